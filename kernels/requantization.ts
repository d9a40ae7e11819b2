// The short form of requantisation: which channels allow it, and the constants it needs.

import type { Convolution } from './convolution.ts'

/** Least and greatest sum of an output channel over all int8 inputs, bias included. */
export interface SumRange {
  readonly low: number
  readonly high: number
}

/** Constants of an output channel for `requantizeDoubled` (runtime/lang/requantize.ts). */
export interface ShortChannel {
  /** In Q31, 2^30 or more. */
  readonly multiplier: number
  /** To the right, 0 to 22; at least 1 in the signed form. */
  readonly shift: number
  /** Weights and bias are to be taken times 2^left: factors of 1 and more, where weights have room. */
  readonly left: number
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

/** What a kernel can do beyond factors below 0.5. */
export interface ShortLimits {
  /** 0: it can do without a shift to the right, in the unsigned form. */
  readonly leastShift: 0 | 1
  /** Its weights have room for so many shifts to the left. */
  readonly mostLeft: number
}

/** Null when some channel needs the general form: sums without room, factors beyond the limits. */
export function shortForm(
  c: Rescaled,
  ranges: readonly SumRange[],
  { leastShift, mostLeft }: ShortLimits = { leastShift: 1, mostLeft: 0 },
): ShortForm | null {
  const isSigned = c.activation.min < c.outputZeroPoint ? 1 : 0
  const channels = ranges.map((range, channel) => {
    const short = shortChannel(c, range, channel)
    const fits =
      short !== null && short.shift >= Math.max(isSigned, leastShift) && short.left <= mostLeft
    return fits ? short : null
  })
  if (!channels.every(channel => channel !== null)) return null
  return {
    channels,
    isSigned,
    isClamped: c.activation.min > -128 || c.activation.max < 127 ? 1 : 0,
  }
}

function shortChannel(c: Rescaled, { low, high }: SumRange, channel: number): ShortChannel | null {
  const { multiplier, shift } = c.multipliers[c.multipliers.length > 1 ? channel : 0]!
  const zeroPoint = c.outputZeroPoint
  const output = (sum: number): number =>
    Math.min(
      c.activation.max,
      Math.max(c.activation.min, rescaled(sum, multiplier, shift) + zeroPoint),
    )
  const left = Math.max(0, shift)
  const largest = Math.max(Math.abs(low), Math.abs(high)) * 2 ** left
  // A sum that overflows where it is shifted to the left, or moved to the zero point, wraps around in TFLite.
  if (largest >= 2 ** 31 - 128) return null
  // The output rises with the sum, or falls.
  if (output(low) === output(high)) {
    return { multiplier: 2 ** 30, shift: 1, left: 0, constantBias: 4 * (output(low) - zeroPoint) }
  }
  const right = Math.max(0, -shift)
  const offset = (2 * Math.abs(zeroPoint) + 1) * 2 ** right
  const fits = right <= largestShift && largest < 2 ** 30 && largest + offset < 2 ** 31 - 1
  if (!fits || multiplier < 2 ** 30) return null
  return { multiplier, shift: right, left, constantBias: null }
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

/**
 * The same sums with positive multipliers: acc * -M is -acc * M, so that weights and bias of such a channel
 * change their sign. `channelOf` maps a weight's position to its channel. Unchanged when a weight of
 * -128 stands in the way.
 */
export function positiveMultipliers<T extends Negatable>(
  c: T,
  channelOf: (position: number) => number,
): T {
  const isNegative = (channel: number): boolean =>
    (c.multipliers[c.multipliers.length > 1 ? channel : 0]?.multiplier ?? 0) < 0
  if (!c.multipliers.some(({ multiplier }) => multiplier < 0)) return c
  if (c.weights.some((w, position) => w === -128 && isNegative(channelOf(position)))) return c
  return {
    ...c,
    weights: c.weights.map((w, position) => (isNegative(channelOf(position)) ? -w : w)),
    bias: c.bias.map((b, channel) => (isNegative(channel) ? -b : b)),
    multipliers: c.multipliers.map(({ multiplier, shift }) => {
      return { multiplier: Math.abs(multiplier), shift }
    }),
  }
}

type Negatable = Pick<Convolution, 'multipliers'> & {
  readonly weights: Int8Array
  readonly bias: Int32Array
}
