// gemmlowp's fixed-point functions in the kernel subset; Qi means i integer bits and 31 - i fraction bits.

import { roundingDivideByPowerOfTwo, saturatingRoundingDoublingHighMul } from './requantize.ts'
import { i64, satI32, wrapI32, wrapShl, type i32 } from './types.ts'

/** 2^31 - 1, the largest Q0 number, which stands for 1. */
const ONE: i32 = 2147483647

/** exp(a) in Q0 for a in [-1/4, 0) in Q0: a Taylor polynomial of degree 4 around -1/8. */
export function expOnSmallNegativeValues(a: i32): i32 {
  const exponentialOfCentre: i32 = 1895147668
  const third: i32 = 715827883
  const x: i32 = a + 268435456
  const x2: i32 = saturatingRoundingDoublingHighMul(x, x)
  const x3: i32 = saturatingRoundingDoublingHighMul(x2, x)
  const x4: i32 = saturatingRoundingDoublingHighMul(x2, x2)
  const cubic: i32 = saturatingRoundingDoublingHighMul(
    roundingDivideByPowerOfTwo(x4, 2) + x3,
    third,
  )
  const tail: i32 = roundingDivideByPowerOfTwo(cubic + x2, 1)
  return exponentialOfCentre + saturatingRoundingDoublingHighMul(exponentialOfCentre, x + tail)
}

/** `value` times `factor` (exp of minus a power of two) when bit `bit` of `remainder` is set. */
function scaleIfBit(value: i32, remainder: i32, bit: i32, factor: i32): i32 {
  if ((remainder & wrapShl(1, bit)) === 0) return value
  return saturatingRoundingDoublingHighMul(value, factor)
}

/**
 * exp(a) in Q0 for a <= 0 in Q`integerBits`, 1 <= integerBits <= 5 (gemmlowp exp_on_negative_values):
 * the polynomial on a's remainder modulo 1/4, then one factor per set bit above it.
 */
export function expOnNegativeValues(a: i32, integerBits: i32): i32 {
  if (a === 0) return ONE
  const fractionBits: i32 = 31 - integerBits
  const quarter: i32 = 1 << (fractionBits - 2)
  const small: i32 = (a & (quarter - 1)) - quarter
  const rest: i32 = small - a
  let result: i32 = expOnSmallNegativeValues(small << integerBits)
  result = scaleIfBit(result, rest, fractionBits - 2, 1672461947)
  result = scaleIfBit(result, rest, fractionBits - 1, 1302514674)
  result = scaleIfBit(result, rest, fractionBits, 790015084)
  if (integerBits > 1) result = scaleIfBit(result, rest, fractionBits + 1, 290630308)
  if (integerBits > 2) result = scaleIfBit(result, rest, fractionBits + 2, 39332535)
  if (integerBits > 3) result = scaleIfBit(result, rest, fractionBits + 3, 720401)
  if (integerBits > 4) result = scaleIfBit(result, rest, fractionBits + 4, 242)
  return result
}

/** x * 2^bits, saturated. */
function saturatingShl(x: i32, bits: i32): i32 {
  return satI32(i64(x) << bits)
}

/**
 * 1 / (1 + x) in Q0 for x in [0, 1] in Q0 (gemmlowp one_over_one_plus_x_for_x_in_0_1): three
 * Newton-Raphson steps in Q2 on half the denominator, from 48/17 - 32/17 * half.
 */
export function oneOverOnePlusX(x: i32): i32 {
  // Halves are rounded up: the sum is never negative, so up is away from zero.
  const half: i32 = wrapI32((i64(x) + 2147483648) >> 1)
  let estimate: i32 = 1515870810 + saturatingRoundingDoublingHighMul(half, -1010580540)
  for (let step: i32 = 0; step < 3; step++) {
    const error: i32 = 536870912 - saturatingRoundingDoublingHighMul(half, estimate)
    estimate += saturatingShl(saturatingRoundingDoublingHighMul(estimate, error), 2)
  }
  return saturatingShl(estimate, 1)
}

/** 1 / (1 + exp(-z)) in Q0 for z in Q`integerBits` (gemmlowp logistic). */
export function logisticOf(z: i32, integerBits: i32): i32 {
  if (z === 0) return 1073741824
  const positive: i32 = oneOverOnePlusX(expOnNegativeValues(z > 0 ? -z : z, integerBits))
  return z > 0 ? positive : ONE - positive
}
