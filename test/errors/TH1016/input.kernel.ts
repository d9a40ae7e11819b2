import type { ConstPtr, i32, i8 } from '../../../runtime/lang/types.ts'

export function count(p: ConstPtr<i8>, n: i32): i32 {
  let i: i32 = n
  while (i) {
    i -= 1
  }
  if (!n || p) return 1
  return n ? 1 : 2
}
