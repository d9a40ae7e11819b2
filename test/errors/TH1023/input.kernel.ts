import type { i32 } from '../../../runtime/lang/types.ts'

export function factorial(n: i32): i32 {
  return n < 2 ? 1 : n * factorial(n - 1)
}
export function even(n: i32): i32 {
  return n === 0 ? 1 : odd(n - 1)
}
function odd(n: i32): i32 {
  return n === 0 ? 0 : even(n - 1)
}
