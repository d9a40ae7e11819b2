// Requantisation without 64-bit products: for cores that multiply 32 bits by 32 into 32.
//
// With h = (acc * M + 2^30) / 2^31 rounded down (gemmlowp's SaturatingRoundingDoublingHighMul), -1 added
// to a negative h, and offset = 2^(s - 1) + zeroPoint * 2^s, the output is (h + offset) >> s. Both forms
// here compute it exactly; kernels/pairs/forms.ts finds out which sums leave them room, and their constants.

import { clamp } from '../../runtime/lang/math.ts'
import { requantize } from '../../runtime/lang/requantize.ts'
import {
  i8,
  wrapI16,
  wrapShl,
  type ConstPtr,
  type Static,
  type i32,
} from '../../runtime/lang/types.ts'

/** Any sum: q[0] multiplier, q[1] shift in TFLite's sense, q[2] zero point. */
export const GENERAL: i32 = 0
/** |acc| < 2^29: M = q[0] 2^16 + q[1], q[2] offset, q[3] s. */
export const HALVES: i32 = 1
/** |acc| < 2^20.9: M = q[0] 2^22 + q[1] 2^11 + q[2], q[3] = 2^8 + 2^9 offset, q[4] = s + 9. */
export const THIRDS: i32 = 2

/**
 * floor((acc M + 2^30) / 2^31) for acc = A 2^16 + a, a signed, and M = N 2^16 + n: of the terms
 * A N 2^32 + (A n + a N) 2^16 + a n + 2^30 all but a n are multiples of 2^16.
 *
 * @inline
 */
export function doublingHighMulHalves(acc: i32, upper: i32, lower: i32): i32 {
  const low: i32 = wrapI16(acc)
  const high: i32 = (acc - low) >> 16
  const middle: i32 = high * lower + low * upper + ((low * lower) >> 16)
  return 2 * (high * upper) + ((middle + 16384) >> 15)
}

/**
 * floor(acc M / 2^22), for parts of M of 11 bits, the lower ones signed.
 *
 * @inline
 */
export function scaledThirds(acc: i32, upper: i32, middle: i32, lower: i32): i32 {
  return acc * upper + ((acc * middle + ((acc * lower) >> 11)) >> 11)
}

/**
 * `isSigned` 1: negative products are rounded as TFLite does; 0: the lower clamp is not below the zero
 * point, and hides how they are. `isClamped` 0: the range is that of int8.
 *
 * @inline
 */
export function requantizePortable(
  acc: i32,
  q: ConstPtr<i32>,
  low: i32,
  high: i32,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): i8 {
  if (form === GENERAL) return requantize(acc, q[0], q[1], q[2], low, high)
  let scaled: i32 = 0
  if (form === HALVES) {
    const product: i32 = doublingHighMulHalves(acc, q[0], q[1])
    scaled = ((isSigned === 1 ? product + (product >> 31) : product) + q[2]) >> q[3]
  } else {
    // acc is negative where h is, but for -1 in one case, where the nudge makes no difference.
    const nudge: i32 = isSigned === 1 ? wrapShl(acc >> 31, 9) : 0
    scaled = (scaledThirds(acc, q[0], q[1], q[2]) + nudge + q[3]) >> q[4]
  }
  return i8(isClamped === 1 ? clamp(scaled, low, high) : clamp(scaled, -128, 127))
}
