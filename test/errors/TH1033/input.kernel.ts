import type { Static, i32 } from '../../../runtime/lang/types.ts'

function scaled(x: i32, factor: Static<i32>): i32 {
  return x * factor
}
export function entry(x: i32, n: Static<i32>): i32 {
  return scaled(x, n + 1) + scaled(x, x)
}
