// Fixed-point primitives of TFLite int8 arithmetic on BigInt, written for clarity, not for speed.
//
// Independent of the project's kernels: it serves as oracle for them. Sources: gemmlowp
// fixedpoint.h and TFLite kernels/internal/common.h, quantization_util.cc.

const bit31 = 1n << 31n

/** Wraps to a signed 32-bit integer, as a C left shift does in practice. */
function wrap32(x: bigint): bigint {
  return BigInt.asIntN(32, x)
}

function saturate32(x: bigint): bigint {
  return x > bit31 - 1n ? bit31 - 1n : x < -bit31 ? -bit31 : x
}

/** A real factor as value * 2^(exponent - 31) with value in [2^30, 2^31), or 0. */
export interface Multiplier {
  readonly value: bigint
  readonly exponent: number
}

/** Splits a factor >= 0 (TFLite QuantizeMultiplier); factors below 2^-32 become 0. */
export function splitMultiplier(factor: number): Multiplier {
  if (factor === 0) return { value: 0n, exponent: 0 }
  let exponent = 0
  let fraction = factor
  while (fraction >= 1) [fraction, exponent] = [fraction / 2, exponent + 1]
  while (fraction < 0.5) [fraction, exponent] = [fraction * 2, exponent - 1]
  let value = BigInt(Math.floor(fraction * 2 ** 31 + 0.5))
  if (value === bit31) [value, exponent] = [bit31 / 2n, exponent + 1]
  return exponent < -31 ? { value: 0n, exponent: 0 } : { value, exponent }
}

/** High half of 2ab, rounded (SaturatingRoundingDoublingHighMul): floor((ab + 2^30) / 2^31). */
export function highMultiply(a: bigint, b: bigint): bigint {
  return saturate32((a * b + (1n << 30n)) >> 31n)
}

/** x / 2^n rounded to nearest, ties away from zero (RoundingDivideByPOT). */
export function roundingShift(x: bigint, n: number): bigint {
  const half = n === 0 ? 0n : 1n << BigInt(n - 1)
  return x >= 0n ? (x + half) >> BigInt(n) : -((-x + half) >> BigInt(n))
}

/**
 * How a product is rounded: 'double' is the default build of TensorFlow Lite Micro and CMSIS-NN,
 * 'single' (ties towards +infinity, TFLITE_SINGLE_ROUNDING) is what XNNPACK does.
 */
export type Rounding = 'double' | 'single'

/** x * multiplier (MultiplyByQuantizedMultiplier). */
export function scaleBy(x: bigint, { value, exponent }: Multiplier, rounding: Rounding): bigint {
  if (rounding === 'single') {
    const shift = BigInt(31 - exponent)
    return (x * value + (1n << (shift - 1n))) >> shift
  }
  const shifted = wrap32(x << BigInt(Math.max(exponent, 0)))
  return roundingShift(highMultiply(shifted, value), Math.max(-exponent, 0))
}

/** exp of a Q0.31 value in [-1/4, 0): Taylor series of degree 4 around -1/8. */
function expOnQuarter(a: bigint): bigint {
  const x = a + (1n << 28n)
  const x2 = highMultiply(x, x)
  const x3 = highMultiply(x2, x)
  const x4 = highMultiply(x2, x2)
  const cubic = highMultiply(roundingShift(x4, 2) + x3, 715827883n) + x2
  const expMinusEighth = 1895147668n
  return expMinusEighth + highMultiply(expMinusEighth, x + roundingShift(cubic, 1))
}

/** exp(-2^k) in Q0.31 for k = -2 … 4. */
const expOfPowers = [1672461947n, 1302514674n, 790015084n, 290630308n, 39332535n, 720401n, 242n]

/** exp of a Q5.26 value <= 0, result Q0.31 (gemmlowp exp_on_negative_values). */
export function expOfNegative(a: bigint): bigint {
  if (a === 0n) return bit31 - 1n
  const quarter = 1n << 24n
  const part = (a & (quarter - 1n)) - quarter
  const rest = part - a
  let result = expOnQuarter(part << 5n)
  expOfPowers.forEach((factor, k) => {
    if ((rest >> BigInt(24 + k)) & 1n) result = highMultiply(result, factor)
  })
  return result
}

/** 1 / (1 + x) for a Q0.31 value in [0, 1): three Newton steps (gemmlowp one_over_one_plus_x). */
export function reciprocalOfOnePlus(x: bigint): bigint {
  const half = (x + bit31 - 1n + 1n) >> 1n // rounded half sum of two non-negative numbers
  let y = 1515870810n + highMultiply(half, -1010580540n) // 48/17 - 32/17 half, in Q2.29
  for (let i = 0; i < 3; i++) {
    const error = (1n << 29n) - highMultiply(half, y)
    y += saturate32(highMultiply(y, error) << 2n)
  }
  return saturate32(y << 1n)
}
