import type { f32, i32, i64, u32 } from '../../../runtime/lang/types.ts'

export function mix(a: i32, b: u32, c: i64, d: f32): i32 {
  const x: i32 = a + b
  const y: i64 = c * a
  const z: f32 = d - a
  const w: i32 = a > 0 ? a : b
  return a < b ? a << c : a
}
