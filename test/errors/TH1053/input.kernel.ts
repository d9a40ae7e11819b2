import type { ConstPtr, Static, f32, i32, i64 } from '../../../runtime/lang/types.ts'

const SIZE: Static<i32> = 4
export function f(a: Static<f32>, b: Static<i64>, c: Static<ConstPtr<i32>>): i32 {
  return 1
}
export function g(x: i32): Static<i32> {
  const y: Static<i32> = x
  return y
}
