// Requantisation as TFLite and gemmlowp define it (double rounding), in the kernel subset.

import { clamp } from './math.ts'
import { i64, i8, satI32, wrapAdd, wrapShl, wrapSub, type i32 } from './types.ts'

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
