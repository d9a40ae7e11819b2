import { unroll, type ConstPtr, type i32 } from '../../../runtime/lang/types.ts'

const SIZE: i32 = 4
export interface P {
  readonly size: i32
}
export function f(p: ConstPtr<i32>, q: P, x: i32): i32 {
  const y: i32 = 1
  x = 1
  y += 1
  SIZE = 5
  f = 1
  q.size = 3
  p[0]++
  for (const k of unroll(0, 2)) {
    k = 1
  }
  return y
}
