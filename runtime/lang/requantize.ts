// Requantisation as TFLite and gemmlowp define it (double rounding), in the kernel subset.

import { smmlar, ssat8, ssat8Asr1, ssat8Asr10, ssat8Asr13, ssat8Asr16, ssat8Asr7 } from './dsp.ts'
import { clamp } from './math.ts'
import {
  i64,
  i8,
  satI32,
  wrapAdd,
  wrapI8,
  wrapShl,
  wrapSub,
  type Static,
  type i32,
} from './types.ts'

/**
 * floor((a * b + 2^30) / 2^31), saturated for a = b = -2^31, its only overflow. gemmlowp's
 * SaturatingRoundingDoublingHighMul: its sign-dependent nudge and truncation equal this floor.
 */
export function saturatingRoundingDoublingHighMul(a: i32, b: i32): i32 {
  return satI32((i64(a) * i64(b) + 1073741824) >> 31)
}

/** x / 2^exponent, ties away from zero; exponent 0..31 (gemmlowp RoundingDivideByPOT). */
export function roundingDivideByPowerOfTwo(x: i32, exponent: i32): i32 {
  // 2^31 - 1 for exponent 31, which the wrapping operations give without a special case.
  const mask: i32 = wrapSub(wrapShl(1, exponent), 1)
  const remainder: i32 = x & mask
  const threshold: i32 = (mask >> 1) + (x < 0 ? 1 : 0)
  return (x >> exponent) + (remainder > threshold ? 1 : 0)
}

/**
 * x * multiplier * 2^(shift - 31), rounded twice (TFLite MultiplyByQuantizedMultiplier without
 * TFLITE_SINGLE_ROUNDING); shift -31..30. A left shift that overflows wraps, as it does in TFLite
 * builds, whose C++ leaves it undefined.
 */
export function multiplyByQuantizedMultiplier(x: i32, multiplier: i32, shift: i32): i32 {
  const left: i32 = shift > 0 ? shift : 0
  const right: i32 = shift > 0 ? 0 : -shift
  return roundingDivideByPowerOfTwo(
    saturatingRoundingDoublingHighMul(wrapShl(x, left), multiplier),
    right,
  )
}

/** An accumulator as an int8 output: rescaled, moved to the zero point, clamped to [low, high]. */
export function requantize(
  accumulator: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i8 {
  const scaled: i32 = multiplyByQuantizedMultiplier(accumulator, multiplier, shift)
  return i8(clamp(wrapAdd(scaled, zeroPoint), low, high))
}

/**
 * The same in four to six instructions of the DSP extension, for sums that come doubled, below 2^30
 * undoubled, and a factor below 0.5 (kernels/requantization.ts). smmlar(2 acc, M, r) is
 * (acc * M + 2^30) / 2^31 + r, rounded down: gemmlowp's product. r rounds the shift away from zero: half of
 * 2^shift, less 1 where the sum is negative; it holds the zero point, too. `shift` is one less than the
 * shift to the right, `rounding` is 2 * zeroPoint + 1, which shifted to the left by it is that half and the
 * zero point; the last bit goes when the result is clamped.
 *
 * @inline
 */
export function rescaleDoubled(
  doubled: i32,
  multiplier: i32,
  shift: i32,
  rounding: i32,
  low: i32,
  high: i32,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): i32 {
  const half: i32 = wrapShl(rounding, shift)
  const nudged: i32 = isSigned === 1 ? half + (doubled >> 31) : half
  const scaled: i32 = smmlar(doubled, multiplier, nudged) >> shift
  return isClamped === 1 ? clamp(scaled >> 1, low, high) : ssat8Asr1(scaled)
}

/**
 * The same as int8.
 *
 * @inline
 */
export function requantizeDoubled(
  doubled: i32,
  multiplier: i32,
  shift: i32,
  rounding: i32,
  low: i32,
  high: i32,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): i8 {
  return wrapI8(
    rescaleDoubled(doubled, multiplier, shift, rounding, low, high, isSigned, isClamped),
  )
}

/**
 * x / 2^shift, rounded down, clamped to -128 .. 127.
 *
 * @inline
 */
export function clampShifted(x: i32, shift: Static<i32>): i32 {
  if (shift === 7) return ssat8Asr7(x)
  if (shift === 10) return ssat8Asr10(x)
  if (shift === 13) return ssat8Asr13(x)
  if (shift === 16) return ssat8Asr16(x)
  return ssat8(x >> shift)
}
