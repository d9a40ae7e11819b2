// Small integer functions of the kernel subset.

import type { i32 } from './types.ts'

/** @inline */
export function min(a: i32, b: i32): i32 {
  return a < b ? a : b
}

/** @inline */
export function max(a: i32, b: i32): i32 {
  return a > b ? a : b
}

/** `low` where x is below it, `high` where x is above it; low <= high. */
export function clamp(x: i32, low: i32, high: i32): i32 {
  if (x < low) return low
  return x > high ? high : x
}

/** Zero bits above the highest set bit of x >= 0; 32 for 0. */
export function countLeadingZeros(x: i32): i32 {
  if (x === 0) return 32
  let rest: i32 = x
  let zeros: i32 = 1
  if (rest >> 15 === 0) {
    zeros += 16
    rest = rest << 16
  }
  if (rest >> 23 === 0) {
    zeros += 8
    rest = rest << 8
  }
  if (rest >> 27 === 0) {
    zeros += 4
    rest = rest << 4
  }
  if (rest >> 29 === 0) {
    zeros += 2
    rest = rest << 2
  }
  return rest >> 30 === 0 ? zeros + 1 : zeros
}
