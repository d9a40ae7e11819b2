import { f32, i8, localArray, satI32, satI8, truncI32, type ConstPtr, type Ptr, type bool, type i16, type i32, type u32 } from '../../../runtime/lang/types.ts'

export interface P {
  readonly size: i32
}
export function results(q: P): P {
  return q
}
export function nothing(x: void): void {
  return 1
}
export function f(p: ConstPtr<i8>, q: P, b: bool, x: i32, y: f32, z: u32): i32 {
  const a: Ptr<i8> = p
  const c: ConstPtr<i16> = p
  const d: Ptr<i16> = localArray<i8>(4)
  const e: void = x
  const g: i32 = i8(b) + i8(y) + truncI32(x) + satI8(z) + satI32(x)
  const h = p.reinterpret<bool>()
  let s: f32 = y
  s++
  return x[0] + p + (b ? p : p)[0]
}
