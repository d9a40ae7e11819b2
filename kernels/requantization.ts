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

/** Sums of a channel, and what the short form makes of them. */
interface Shared {
  readonly form: ShortForm
  readonly ranges: readonly SumRange[]
  readonly outputZeroPoint: number
  /** Weights have room to be doubled, and for so many shifts to the left beyond it. */
  readonly mostUp: number
}

/** Shifts for which there is an instruction that clamps as well: `clampShifted` in runtime/lang. */
const quickShifts = [10, 13, 7, 16]

/**
 * The shift that all channels share in the unsigned form, or 0 when they cannot. A channel's weights and
 * bias are taken times 2^up, up = shared - own shift. The upper word of sum * factor then has `up` bits
 * behind the point of gemmlowp's product, whose rounding is to add 2^(up - 1): for up >= 1 a whole number,
 * which the addend of the shift's rounding takes in, so that a multiplication and a clamp are all that is
 * left to do.
 */
export function sharedShift({ form, ranges, outputZeroPoint, mostUp }: Shared): number {
  if (form.isSigned === 1) return 0
  const live = form.channels.flatMap((channel, i) =>
    channel.constantBias === null ? [{ ...channel, range: ranges[i]! }] : [],
  )
  if (live.length === 0) return 0
  const fits = (shared: number): boolean =>
    live.every(({ shift, left, range }) => {
      const up = shared - shift
      const sum = Math.max(Math.abs(range.low), Math.abs(range.high)) * 2 ** up
      const offset = (2 * Math.abs(outputZeroPoint) + 1) * 2 ** shared
      return left === 0 && up >= 1 && up <= mostUp && sum < 2 ** 30 && sum + offset < 2 ** 31 - 1
    })
  const least = Math.max(...live.map(({ shift }) => shift)) + 1
  return [...quickShifts, least].find(fits) ?? 0
}

/** What the addend of a channel holds that shares a shift: both roundings and the zero point. */
export function sharedAddend(
  { shift, constantBias }: ShortChannel,
  outputZeroPoint: number,
  shared: number,
): number {
  if (constantBias !== null) return (constantBias / 4 + outputZeroPoint) * 2 ** shared
  return (2 * outputZeroPoint + 1) * 2 ** (shared - 1) + 2 ** (shared - shift - 1)
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
