import type { i32, i8, ConstPtr } from '../../../runtime/lang/types.ts'

export function f(a: number, b: i32[], c: i32 | i8, d: ConstPtr<ConstPtr<i8>>): i32 {
  return 1
}
export function g(a: u16, b: Map<i32, i8>, c: i32<i8>): i32 {
  return 1
}
