// The short form of requantisation: which channels allow it, and the constants it needs.

import type { Convolution } from './convolution.ts'

/** Least and greatest sum of an output channel over all int8 inputs, bias included. */
export interface SumRange {
  readonly low: number
  readonly high: number
}

/**
 * Constants of an output channel for `requantizeShort` (runtime/lang/requantize.ts):
 * ((h + h >> 31) + (2 * zero point + 1) << (shift - 1)) >> shift with h = acc * M / 2^31, rounded.
 */
export interface ShortChannel {
  /** 2 * M - 2^32, for the multiplier M in Q31. */
  readonly factor: number
  /** To the right, 1 to 22. */
  readonly shift: number
  /**
   * Null, or the bias with which a sum without weights gives the only output that the channel has:
   * pruned channels have tiny scales, and a bias that no input outweighs.
   */
  readonly constantBias: number | null
}

export interface ShortForm {
  readonly channels: readonly ShortChannel[]
  /**
   * 1: the lower clamp lies below the zero point, so that negative sums must be rounded as TFLite does,
   * ties away from zero; 0: they end at the clamp however they are rounded.
   */
  readonly isSigned: 0 | 1
  /** 1: the range is narrower than int8. */
  readonly isClamped: 0 | 1
}

type Rescaled = Pick<Convolution, 'multipliers' | 'outputZeroPoint' | 'activation'>

/** Beyond it zero point and rounding shifted to the left leave too few bits to the sum. */
const largestShift = 22

/** Null when some channel needs the general form: a factor of 0.5 or more, sums without room. */
export function shortForm(c: Rescaled, ranges: readonly SumRange[]): ShortForm | null {
  const channels = ranges.map((range, channel) => shortChannel(c, range, channel))
  if (!channels.every(channel => channel !== null)) return null
  return {
    channels,
    isSigned: c.activation.min < c.outputZeroPoint ? 1 : 0,
    isClamped: c.activation.min > -128 || c.activation.max < 127 ? 1 : 0,
  }
}

function shortChannel(c: Rescaled, { low, high }: SumRange, channel: number): ShortChannel | null {
  const { multiplier, shift } = c.multipliers[c.multipliers.length > 1 ? channel : 0]!
  const right = -shift
  const zeroPoint = c.outputZeroPoint
  const output = (sum: number): number =>
    Math.min(
      c.activation.max,
      Math.max(c.activation.min, rescaled(sum, multiplier, shift) + zeroPoint),
    )
  // The output rises with the sum.
  if (output(low) === output(high)) {
    return { factor: -(2 ** 31), shift: 1, constantBias: 4 * (output(low) - zeroPoint) }
  }
  const largest = Math.max(Math.abs(low), Math.abs(high))
  const offset = (2 * Math.abs(zeroPoint) + 1) * 2 ** (right - 1)
  const fits = right >= 1 && right <= largestShift && largest + offset < 2 ** 31 - 1
  if (!fits || multiplier < 2 ** 30) return null
  return { factor: 2 * multiplier - 2 ** 32, shift: right, constantBias: null }
}

/** TFLite MultiplyByQuantizedMultiplier, double rounding, for sums that no left shift overflows. */
export function rescaled(sum: number, multiplier: number, shift: number): number {
  const left = BigInt(Math.max(0, shift))
  const product = ((BigInt(sum) << left) * BigInt(multiplier) + (1n << 30n)) >> 31n
  if (shift >= 0) return Number(product)
  const half = 1n << BigInt(-shift - 1)
  const away =
    product < 0n ? -((-product + half) >> BigInt(-shift)) : (product + half) >> BigInt(-shift)
  return Number(away)
}
