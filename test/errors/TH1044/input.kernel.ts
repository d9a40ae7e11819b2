import type { Ptr, i32 } from '../../../runtime/lang/types.ts'

function store(p: Ptr<i32>): void {
  p[0] = 1
}
export function f(p: Ptr<i32>): i32 {
  const x = store(p)
  const y: i32 = store(p) + p.storeWord(0, 1)
  return store(p)
}
