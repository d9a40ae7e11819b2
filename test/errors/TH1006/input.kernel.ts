import { i32, i8 } from '../../../runtime/lang/types.ts'
import { i8 } from '../../../runtime/lang/types.ts'

const SIZE: i32 = 1
const SIZE: i32 = 2
export interface P {
  readonly size: i32
  readonly size: i32
}
export function f(x: i32, x: i32): i32 {
  const y: i32 = x
  let y: i32 = 1
  return y
}
export function g(x: i32): i32 {
  let x: i32 = 2
  return x
}
