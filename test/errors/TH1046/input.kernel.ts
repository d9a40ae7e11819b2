import { defineIntrinsic, i8, type Ptr, type i32 } from '../../../runtime/lang/types.ts'

export interface P {
  readonly size: i32
}
export function f(x: i32): i32 {
  const a = f
  const b = i8
  const c: i32 = P + Ptr(x)
  return defineIntrinsic(x)
}
