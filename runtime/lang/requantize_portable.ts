// Requantisation without 64-bit products: for cores that multiply 32 bits by 32 into 32.

import { clamp } from './math.ts'
import { requantize } from './requantize.ts'
import { i8, wrapI16, wrapU16, type Static, type i32 } from './types.ts'

/**
 * acc * M / 2^31 rounded (gemmlowp's SaturatingRoundingDoublingHighMul) for |acc| < 2^29 and
 * 0 <= M < 2^31, from three products of halves and the high part of a fourth. With acc = A 2^16 + a, a
 * signed, and M = N 2^16 + n it is floor((A N 2^32 + (A n + a N) 2^16 + a n + 2^30) / 2^31), where 2^16
 * divides all but a n.
 *
 * @inline
 */
export function roundingDoublingHighMulHalves(acc: i32, multiplier: i32): i32 {
  const low: i32 = wrapI16(acc)
  const high: i32 = (acc - low) >> 16
  const factorLow: i32 = wrapU16(multiplier)
  const factorHigh: i32 = multiplier >> 16
  const middle: i32 = high * factorLow + low * factorHigh + ((low * factorLow) >> 16)
  return 2 * (high * factorHigh) + ((middle + 16384) >> 15)
}

/**
 * `requantize` in about 25 instructions of a Cortex-M0+. `form` 2: shift is to the right, 1 to 22, and
 * offset = 2^(shift - 1) + zeroPoint * 2^shift; sums leave it room (kernels/pairs/pack.ts). 1: the same
 * where the lower clamp is not below the zero point, so that ties of negative products do not show.
 * 0: any shift, in TFLite's sense, and offset = zeroPoint.
 *
 * @inline
 */
export function requantizePortable(
  acc: i32,
  multiplier: i32,
  shift: i32,
  offset: i32,
  low: i32,
  high: i32,
  form: Static<i32>,
): i8 {
  if (form === 0) return requantize(acc, multiplier, shift, offset, low, high)
  const product: i32 = roundingDoublingHighMulHalves(acc, multiplier)
  const nudged: i32 = form === 2 ? product + (product >> 31) : product
  return i8(clamp((nudged + offset) >> shift, low, high))
}
