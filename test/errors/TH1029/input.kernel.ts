import { i8, type Static, type f32, type i32, type i64, type u32 } from '../../../runtime/lang/types.ts'

const A: i32 = 2147483648
const B: u32 = -1
const C: i64 = 9007199254740993
const D: f32 = 1e39
const E: i32 = 2.5
const F: i32 = -0x80000001
const OK: i32 = -0x8000_0000
export function f(x: i32): i32 {
  return i8(200) + x
}
