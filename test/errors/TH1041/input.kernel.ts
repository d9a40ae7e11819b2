import type { i32 } from '../../../runtime/lang/types.ts'

export async function a(x: i32): i32 {
  return x
}
export function* b(x: i32): i32 {
  return x
}
export function c<T>(x: i32): i32 {
  return x
}
export function d(x: i32 = 1, y?: i32, ...z: i32): i32 {
  return x
}
export function e({ x }: i32): i32 {
  return x
}
@decorated
export function f(x: i32): i32 {
  return x
}
export declare function g(x: i32): i32
export function h(x: i32): i32
export default function (x: i32): i32 {
  return x
}
