// The outputs of a channel as a function of its sum: at which sums TFLite's next output begins.

import type { Range } from './quantize.ts'
import type { ShortChannel, SumRange } from './requantization.ts'

/** A bound on k of a line k = output * u - sum (fitted-requantization.ts). */
export interface Bound {
  readonly output: number
  readonly sum: number
}

/** Of lines that k must not lie below, and of lines that it must lie below, those that matter for some u. */
export interface Bounds {
  readonly least: readonly Bound[]
  readonly limit: readonly Bound[]
}

/** Outputs are counted from the zero point, and end where the activation does. */
export interface Stairs {
  readonly multiplier: number
  readonly shift: number
  readonly range: SumRange
  /** The only output of a channel that has no weights. */
  readonly constant: number | null
  /** Output at `range.low`; at the first of `steps` the next one begins, and so on. */
  readonly first: number
  readonly steps: readonly number[]
  /** From sums of 0 on, and from those below. */
  readonly positive: Bounds
  readonly negative: Bounds
  /** Outputs at the ends are not those at which the activation ends: nothing may lie beyond them. */
  readonly isOpen: readonly [low: boolean, high: boolean]
}

/** Of a layer; kernels clamp to the activation what lies beyond it. */
export interface Outputs {
  readonly outputZeroPoint: number
  readonly activation: Range
}

/** Null when a step is not where it was computed to be: double has too few digits for it. */
export function stairsOf(
  { multiplier, shift, constantBias }: ShortChannel,
  range: SumRange,
  { outputZeroPoint, activation }: Outputs,
): Stairs | null {
  const [lowest, highest] = [activation.min - outputZeroPoint, activation.max - outputZeroPoint]
  const rescaled = rescaler(multiplier, shift)
  const clamped = (sum: number): number => Math.min(highest, Math.max(lowest, rescaled(sum)))
  const [first, last] = [clamped(range.low), clamped(range.high)]
  const isOpen = [first > lowest, last < highest] as const
  const common = { multiplier, shift, range, first, isOpen }
  if (constantBias !== null) {
    const none: Bounds = { least: [], limit: [] }
    const constant = constantBias / 4
    return { ...common, constant, steps: [], positive: none, negative: none }
  }
  const steps: number[] = []
  const stepTo = stepper(multiplier, shift)
  const [positive, negative] = [hulls(), hulls()]
  const sideOf = (sum: number): typeof positive => (sum < 0 ? negative : positive)
  if (isOpen[0]) extend(sideOf(range.low).least, { output: first - 0.5, sum: range.low }, 1)
  for (let output = first + 1; output <= last; output++) {
    const sum = stepTo(output)
    if (rescaled(sum) < output || rescaled(sum - 1) >= output) return null
    steps.push(sum)
    extend(sideOf(sum).least, { output: output - 0.5, sum }, 1)
    extend(sideOf(sum - 1).limit, { output: output - 0.5, sum: sum - 1 }, -1)
  }
  if (isOpen[1]) extend(sideOf(range.high).limit, { output: last + 0.5, sum: range.high }, -1)
  return { ...common, constant: null, steps, positive, negative }
}

function hulls(): { readonly least: Bound[]; readonly limit: Bound[] } {
  return { least: [], limit: [] }
}

/** Adds a bound to those that are greatest for some u (sign 1), or least (-1). Outputs rise. */
function extend(hull: Bound[], c: Bound, sign: 1 | -1): void {
  while (hull.length > 1) {
    const [a, b] = [hull[hull.length - 2]!, hull[hull.length - 1]!]
    const turn = (b.output - a.output) * (c.sum - a.sum) - (c.output - a.output) * (b.sum - a.sum)
    if (turn * sign > 0) break
    hull.pop()
  }
  hull.push(c)
}

/** The least sum that gives an output or more, but for what double loses. */
function stepper(multiplier: number, shift: number): (output: number) => number {
  const half = 2 ** (shift - 1)
  return output => {
    const product = shift === 0 ? output : (2 * output - 1) * half
    // A tie is rounded away from zero.
    const least = output <= 0 && shift > 0 ? product + 1 : product
    return Math.ceil(((2 * least - 1) * 2 ** 30) / multiplier)
  }
}

/**
 * `rescaled` (requantization.ts) for sums below 2^30 and shifts to the right, in numbers that double holds:
 * a tenth of the time that BigInt takes.
 */
function rescaler(multiplier: number, shift: number): (sum: number) => number {
  const [upper, lower] = [multiplier >> 16, multiplier & 0xffff]
  const scale = 2 ** -shift
  return sum => {
    const low = Math.floor((sum * lower + 2 ** 30) / 2 ** 16)
    const product = Math.floor((sum * upper + low) / 2 ** 15)
    const away = Math.floor(Math.abs(product) * scale + 0.5)
    return product < 0 ? -away : away
  }
}
