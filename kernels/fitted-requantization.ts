// Fitted requantisation: factors, biases and addends with which one shift serves all channels of a layer.
//
// Outputs rise with the sum: all there is to get right is at which sums they do. Say output v is reached
// from the sum T(v) on, and a kernel computes (floor(z * factor / 2^32) + addend) >> shift with z = scale *
// sum + bias. It reaches v where z * factor >= (v * 2^shift - addend) * 2^32: with u = 2^(shift + 32) /
// factor and k = bias + addend * 2^32 / factor both agree if and only if, for each v that sums reach,
//
//     v * u - scale * T(v)  <=  k  <  v * u - scale * (T(v) - 1)
//
// which leaves a polygon of (u, k). So a factor need not have all digits of the layer's own one, which a
// shift that is less than the channel's own cuts off. TFLite rounds away from zero: for negative sums all
// T lie 2^31 / M sums further up, which `nudge` makes up for, as it comes off where z is negative.

import type { ShortForm, SumRange } from './requantization.ts'
import { stairsOf, type Bounds, type Outputs, type Stairs } from './stairs.ts'

/** What a kernel does with the sum of a channel: z = scale * sum + bias, less `nudge` if that is negative. */
export interface FittedChannel {
  /** Below 2^31. */
  readonly factor: number
  readonly bias: number
  /** An int16, 0 in the unsigned form. */
  readonly nudge: number
}

export interface FittedForm {
  readonly shift: number
  /** Those with but one output have no weights: their sum is 0. */
  readonly channels: readonly FittedChannel[]
  /** One for each `together` channels. */
  readonly addends: readonly number[]
}

/** How a kernel sums up and requantises. */
export interface Fitting {
  /** Sums come times that. */
  readonly scale: number
  /** Shifts that it has; the first one that fits is taken. */
  readonly shifts: readonly number[]
  /** Channels that share an addend. */
  readonly together: number
}

/**
 * With int8 weights, or activations, times 256 as int16. Shifts of `clampShifted` (runtime/lang): the first one
 * suits nearly all layers, and few of them are few instances of a kernel.
 */
export const int16Fitting: Fitting = { scale: 256, shifts: [10, 13, 7, 16], together: 1 }

/**
 * Null for factors of 1 and more, and where no shift fits. What is returned gives TFLite's output for all sums
 * within `ranges`, once it is clamped: it is tried on both sides of every step and at both ends.
 */
export function fittedForm(
  outputs: Outputs,
  { channels }: ShortForm,
  ranges: readonly SumRange[],
  fitting: Fitting,
): FittedForm | null {
  if (channels.some(({ left }) => left > 0)) return null
  const stairs = channels.map((channel, i) => stairsOf(channel, ranges[i]!, outputs))
  if (!stairs.every(each => each !== null)) return null
  for (const shift of fitting.shifts) {
    const form = fitShift(stairs, { ...fitting, shift, zeroPoint: outputs.outputZeroPoint })
    if (form !== null) return form
  }
  return null
}

interface Shifted extends Fitting {
  readonly shift: number
  readonly zeroPoint: number
}

function fitShift(stairs: readonly Stairs[], fitting: Shifted): FittedForm | null {
  const { shift, zeroPoint, together } = fitting
  const channels: FittedChannel[] = []
  const addends: number[] = []
  for (let from = 0; from < stairs.length; from += together) {
    const some = stairs.slice(from, from + together)
    // Mostly the factor in the middle of its interval will do, and no addend.
    const fitted = fitTogether(some, fitting, 1, 1) ?? fitTogether(some, fitting)
    if (fitted === null) return null
    channels.push(...fitted.channels)
    addends.push(zeroPoint * 2 ** shift + fitted.extra)
  }
  return { shift, channels, addends }
}

/** A factor and the bounds [least, limit) it leaves to k, for sums from 0 on and below. */
interface FactorFit {
  readonly factor: number
  readonly positive: Window
  readonly negative: Window
}

type Window = readonly [least: number, limit: number]

/** Most factors tried of a channel. */
const mostFactors = 48

/**
 * Up to `most` factors that leave something to k: the real one does, and so do those of an interval around it.
 */
function factorsOf(stairs: Stairs, { scale, shift }: Shifted, most: number): readonly FactorFit[] {
  if (stairs.constant !== null) return []
  const exact = (stairs.multiplier * 2 ** (shift + 1 - stairs.shift)) / scale
  const fitOf = (factor: number): FactorFit | null => {
    if (factor < 1 || factor >= 2 ** 31) return null
    const u = 2 ** (shift + 32) / factor
    const [positive, negative] = [
      window(stairs.positive, u, scale),
      window(stairs.negative, u, scale),
    ]
    return positive[0] < positive[1] && negative[0] < negative[1]
      ? { factor, positive, negative }
      : null
  }
  const centre = [Math.floor(exact), Math.ceil(exact)].find(factor => fitOf(factor) !== null)
  if (centre === undefined) return []
  const fits = [fitOf(centre)!]
  if (most === 1) return fits
  const reach = (sign: 1 | -1): number => {
    let far = 1
    while (far < 2 ** 20 && fitOf(centre + sign * far) !== null) far *= 2
    return centre + (sign * far) / 2
  }
  const [begin, end] = [Math.ceil(reach(-1)), Math.floor(reach(1))]
  const stride = Math.max(1, Math.ceil((end - begin + 1) / most))
  for (let factor = begin; factor <= end; factor += stride) {
    const fit = factor === centre ? null : fitOf(factor)
    if (fit !== null) fits.push(fit)
  }
  return fits
}

function window({ least, limit }: Bounds, u: number, scale: number): Window {
  let [low, high] = [-Infinity, Infinity]
  for (const { output, sum } of least) low = Math.max(low, output * u - scale * sum)
  for (const { output, sum } of limit) high = Math.min(high, output * u - scale * sum)
  return [low, high]
}

/** Addends tried: beyond, what is missing is another shift. */
const mostAddends = 4096

/** Channels with the first addend that suits them all: half of the shift and something `extra`. */
function fitTogether(
  stairs: readonly Stairs[],
  fitting: Shifted,
  factorCount = mostFactors,
  addendCount = mostAddends,
): { readonly channels: readonly FittedChannel[]; readonly extra: number } | null {
  const half = 2 ** (fitting.shift - 1)
  const factors = stairs.map(each => factorsOf(each, fitting, factorCount))
  if (factors.some((list, i) => list.length === 0 && stairs[i]!.constant === null)) return null
  for (let i = 0; i < addendCount; i++) {
    const extra = i % 2 === 0 ? i / 2 : -(i + 1) / 2
    const channels: FittedChannel[] = []
    for (const [at, each] of stairs.entries()) {
      const channel = fitChannel(each, factors[at]!, extra, fitting)
      if (channel === null) break
      channels.push(channel)
    }
    if (channels.length === stairs.length) return { channels, extra: half + extra }
  }
  return null
}

function fitChannel(
  stairs: Stairs,
  factors: readonly FactorFit[],
  extra: number,
  fitting: Shifted,
): FittedChannel | null {
  if (stairs.constant !== null) {
    // In the middle of its step.
    const bias = 4 * (stairs.constant * 2 ** fitting.shift - extra)
    return { factor: 2 ** 30, bias, nudge: 0 }
  }
  // Where the bounds come from, before they are rounded to whole sums.
  const wish = (fitting.scale * 2 ** 30) / stairs.multiplier
  for (const { factor, positive, negative } of factors) {
    const beyond = extra * (2 ** 32 / factor)
    const bias = integerIn(positive, beyond, wish)
    const nudge = isFree(negative) ? 0 : integerIn(negative, bias + beyond, -wish)
    if (Number.isNaN(bias + nudge)) continue
    const channel = { factor, bias, nudge: 0 - nudge }
    const addend = 2 ** (fitting.shift - 1) + extra
    if (climbs(stairs, channel, addend, fitting.scale, fitting.shift)) return channel
  }
  return null
}

function isFree([least, limit]: Window): boolean {
  return least === -Infinity && limit === Infinity
}

/** What is to be added to `start` to be within a window, as near to `wish` as whole numbers allow; else NaN. */
function integerIn([least, limit]: Window, start: number, wish: number): number {
  const nearest = Math.max(Math.round(wish - start), Math.ceil(least - start))
  const chosen = Math.min(nearest, Math.ceil(limit - start) - 1)
  return chosen >= least - start ? chosen : NaN
}

/** Whether a kernel's outputs are those of the stairs, whatever the sum; `addend` without the zero point. */
export function climbs(
  { steps, first, range, isOpen }: Stairs,
  { factor, bias, nudge }: FittedChannel,
  addend: number,
  scale: number,
  shift: number,
): boolean {
  const [upper, lower] = [factor >> 16, factor & 0xffff]
  const unit = 2 ** shift
  /** Rises with the sum, so that it need not be tried between steps. */
  const scaled = (sum: number): number => {
    const start = scale * sum + bias
    const z = start < 0 ? start - nudge : start
    return Math.floor((z * upper + Math.floor((z * lower) / 2 ** 16)) / 2 ** 16) + addend
  }
  const fits = [range.low, range.high].every(sum => {
    return Math.abs(scale * sum + bias) + Math.abs(nudge) < 2 ** 31
  })
  return (
    fits &&
    nudge >= 0 &&
    nudge < 2 ** 15 &&
    (!isOpen[0] || scaled(range.low) >= first * unit) &&
    (!isOpen[1] || scaled(range.high) < (first + steps.length + 1) * unit) &&
    steps.every((sum, i) => {
      const begin = (first + 1 + i) * unit
      return scaled(sum) >= begin && scaled(sum - 1) < begin
    })
  )
}
