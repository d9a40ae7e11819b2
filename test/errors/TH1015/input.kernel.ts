import type { bool, f32, i32, u32 } from '../../../runtime/lang/types.ts'

export function operators(a: i32, b: u32, c: f32, d: bool, e: bool): i32 {
  const power: i32 = a ** 2
  const logical: i32 = a >>> 1
  const arithmetic: u32 = b >> 1
  const fraction: f32 = c & c
  const order: bool = d < e
  const both: bool = d & e
  const sequence: i32 = (a, 1)
  const found: bool = a in b
  let flag: bool = d
  flag &&= e
  return +a ?? 1
}
