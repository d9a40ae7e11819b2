import { f32, idiv, type i32 } from '../../../runtime/lang/types.ts'

export function mean(sum: i32, count: i32): i32 {
  const right: f32 = f32(sum) / f32(count)
  return sum / count + idiv(sum, count)
}
export function half(sum: i32): i32 {
  let x: i32 = sum
  x /= 2
  return x
}
