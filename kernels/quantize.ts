// Turns scales into the integer multipliers, shifts and bounds that kernels compute with, as TFLite does.

import type { Activation } from './attributes.ts'

/** A real factor as multiplier * 2^(shift - 31), multiplier in Q31; shift > 0 is to the left. */
export interface QuantizedMultiplier {
  readonly multiplier: number
  readonly shift: number
}

/** Nearest integer, ties away from zero, exact for any double (TfLiteRound, std::round). */
export function roundHalfAway(x: number): number {
  const whole = Math.trunc(x)
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole
}

/** x = fraction * 2^exponent with 0.5 <= |fraction| < 1 (C frexp); [x, 0] for 0 and non-finite x. */
export function frexp(x: number): readonly [fraction: number, exponent: number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0]
  let exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(x))) + 1)
  let fraction = x * 2 ** -exponent
  for (; Math.abs(fraction) < 0.5; exponent--) fraction *= 2
  for (; Math.abs(fraction) >= 1; exponent++) fraction /= 2
  return [fraction, exponent]
}

/**
 * TFLite QuantizeMultiplier (double rounding build): factors below about 2^-32 become 0. A shift above
 * 30 means a factor of 2^30 or more, which int32 arithmetic cannot carry out: the caller refuses it.
 */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 }
  const [fraction, exponent] = frexp(real)
  const rounded = roundHalfAway(fraction * 2 ** 31)
  const carried = rounded === 2 ** 31
  const shift = carried ? exponent + 1 : exponent
  if (shift < -31) return { multiplier: 0, shift: 0 }
  return { multiplier: carried ? 2 ** 30 : rounded, shift }
}

export interface Range {
  readonly min: number
  readonly max: number
}

/**
 * Bounds of a fused activation on the int8 axis (TFLite CalculateActivationRangeQuantized): the
 * quotients are float32.
 */
export function activationRange(activation: Activation, scale: number, zeroPoint: number): Range {
  const quantized = (real: number): number =>
    zeroPoint + roundHalfAway(Math.fround(real / Math.fround(scale)))
  switch (activation) {
    case 'none':
      return { min: -128, max: 127 }
    case 'relu':
      return { min: Math.max(-128, quantized(0)), max: 127 }
    case 'relu6':
      return { min: Math.max(-128, quantized(0)), max: Math.min(127, quantized(6)) }
    case 'relu_n1_to_1':
      return { min: Math.max(-128, quantized(-1)), max: Math.min(127, quantized(1)) }
  }
}

/**
 * The factors of a convolution, one per weight scale: the product and quotient are double
 * (TFLite PopulateConvolutionQuantizationParams).
 */
export function convolutionMultipliers(
  inputScale: number,
  weightScales: readonly number[],
  outputScale: number,
): readonly QuantizedMultiplier[] {
  return weightScales.map(scale => quantizeMultiplier((inputScale * scale) / outputScale))
}

/**
 * The largest difference, in input steps, whose rescaled value still fits `integerBits` integer bits
 * (TFLite CalculateInputRadius with 31 bits in total).
 */
export function inputRadius(integerBits: number, leftShift: number): number {
  return Math.floor(((2 ** integerBits - 1) * 2 ** (31 - integerBits)) / 2 ** leftShift)
}
