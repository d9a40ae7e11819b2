import { type bool, f32, i64, type i16, type i32, type i8, type u32, type u8 } from '../../../runtime/lang/types.ts'

export function narrow(a: i8, b: i8): i8 {
  return a + b
}
export function widths(a: i32, b: i64, c: f32, d: bool, e: u8): i32 {
  const x: i16 = a
  const y: i64 = a
  const z: i32 = b
  const w: f32 = a
  const v: i32 = c
  const u: i32 = d
  const t: bool = a
  const s: u32 = e
  const r: u32 = a
  return x
}
export function step(a: i8): i32 {
  let x: i8 = a
  x++
  return x
}
