import type { Ptr, i32 } from '../../../runtime/lang/types.ts'

function next(p: Ptr<i32>): i32 {
  p[0] += 1
  return p[0]
}
export function f(p: Ptr<i32>): i32 {
  let i: i32 = 0
  p[i++] = 1
  if ((i = 2) > 1) return --i
  p[next(p)] += 1
  return (i += 1)
}
