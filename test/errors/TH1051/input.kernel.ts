import type { i32 } from '../../../runtime/lang/types.ts'

export function f(x: i32): i32 {
  const a: i32 = 1
  if (x > 0) {
    const b: i32 = a
    const a: i32 = 2
    return a + b
  }
  for (let x: i32 = x; x < 3; x++) {
  }
  return a
}
