import type { i32 } from '../../../runtime/lang/types.ts'

export interface P {
  readonly double: i32
  readonly 'a b': i32
}
export function f(register: i32, $x: i32): i32 {
  const größe: i32 = 1
  const a__b: i32 = 1
  let int: i32 = 1
  let arguments: i32 = 1
  const thimble_f: i32 = 2
  return register + int
}
export function früh(x: i32): i32 {
  return x
}
