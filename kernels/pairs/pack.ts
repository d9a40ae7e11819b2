// Packs weights and constants for the matrix products of kernels/pairs, and finds their static forms.

import { constantArg } from '../call.ts'
import type { KernelArg, KernelCall, WorkCounts } from '../op.ts'
import { foldedBias, formStatics, portableForms, type Product, type Requantized } from './forms.ts'

/** Largest sum of magnitudes in a run: 128 times it is less than 2^15. */
export const runLimit = 255

/** A run of four weights costs about a quarter less than two of two, unless it comes twice. */
const extraLimit = 0.2

export interface PackedProduct {
  readonly weights: Int8Array
  readonly table: Int32Array
  /** Per extra run its first word in the expanded pixels, and its weights. */
  readonly extras: Int32Array
  readonly extraRuns: number
  /** Weights whose products are added up before they are taken apart. */
  readonly run: 2 | 4
  readonly statics: KernelCall['statics']
}

/** Null when two neighbouring weights are -128: the products of their run could leave int16. */
export function packProduct(g: Product, q: Requantized): PackedProduct | null {
  const groups = groupsOf(g.depth)
  const requantization = portableForms(g, q)
  const weights = new Int8Array(g.channels * groups * 4)
  for (let c = 0; c < g.channels; c++) {
    if (requantization.channels[c]!.isConstant) continue
    weights.set(g.weights.subarray(c * g.depth, (c + 1) * g.depth), c * groups * 4)
  }
  const runs = (width: 2 | 4): number[] => overfullRuns(weights, width)
  if (runs(2).length > 0) return null
  const overfull = runs(4)
  const run = overfull.length <= extraLimit * (weights.length / 4) ? 4 : 2
  const extras: number[] = []
  const extraCounts = new Int32Array(g.channels)
  if (run === 4) {
    for (const at of overfull) {
      const group = (at / 4) % groups
      const upper = Uint8Array.of(0, 0, weights[at + 2]!, weights[at + 3]!)
      extras.push(group * 8, new DataView(upper.buffer).getInt32(0, true))
      weights.fill(0, at + 2, at + 4)
      extraCounts[Math.floor(at / 4 / groups)]!++
    }
  }
  const table = Int32Array.from(
    requantization.channels.flatMap((channel, c) => {
      const steps = groups * (4 / run) + extraCounts[c]!
      const bias = foldedBias(g, c, channel)
      const start = (Math.imul(bias, 65537) - steps * 2 ** 15) | 0
      return [bias, start, extraCounts[c]!, ...channel.constants]
    }),
  )
  return {
    weights,
    table,
    extras: Int32Array.from(extras),
    extraRuns: extras.length / 2,
    run,
    statics: { run, ...formStatics(requantization) },
  }
}

export function groupsOf(depth: number): number {
  return Math.ceil(depth / 4)
}

/** Positions of the runs whose magnitudes sum up to more than they may. */
function overfullRuns(weights: Int8Array, width: 2 | 4): number[] {
  const found: number[] = []
  for (let at = 0; at < weights.length; at += width) {
    let sum = 0
    for (let k = 0; k < width; k++) sum += Math.abs(weights[at + k]!)
    if (sum > runLimit) found.push(at)
  }
  return found
}

/** The arguments `weights`, `table` and `extras`. */
export function productArgs({ weights, table, extras }: PackedProduct): readonly KernelArg[] {
  return [
    { kind: 'constant', name: 'weights', type: 'i8', values: weights, weights: true },
    constantArg('table', 'i32', [...table]),
    // An array of no elements is no C.
    constantArg('extras', 'i32', extras.length > 0 ? [...extras] : [0]),
  ]
}

/** Passes over all channels: four pixels, and what is left of a row in a pair. */
interface Passes {
  readonly fours: number
  readonly twos: number
}

function passesOf(pixels: number): Passes {
  const rest = pixels % 4
  return { fours: (pixels >> 2) + (rest === 3 ? 1 : 0), twos: rest === 1 || rest === 2 ? 1 : 0 }
}

function countsOf(g: Product & PackedProduct, { fours, twos }: Passes): WorkCounts {
  const groups = groupsOf(g.depth)
  const whole = g.run === 4 ? g.channels * groups + g.extraRuns : 0
  const halves = g.run === 2 ? 2 * g.channels * groups : 0
  return {
    fourChannels: fours * g.channels,
    fourRuns: fours * whole,
    fourHalfRuns: fours * halves,
    twoChannels: twos * g.channels,
    twoRuns: twos * whole,
    twoHalfRuns: twos * halves,
    expansions: (2 * fours + twos) * groups,
  }
}

/** The work in `rows` rows of `width` pixels; `isContiguous`: a call does its rows as one. */
export function productCounts(
  g: Product & PackedProduct,
  rows: number,
  width: number,
  isContiguous: boolean,
): Pick<KernelCall, 'counts' | 'runCounts'> {
  const row = passesOf(width)
  if (!isContiguous) {
    const passes = { fours: rows * row.fours, twos: rows * row.twos }
    return { counts: { rows, ...countsOf(g, passes) }, runCounts: {} }
  }
  const fours = (rows * width) / 4
  const all = passesOf(rows * width)
  const end = { fours: all.fours - fours, twos: all.twos }
  return { counts: { rows, ...countsOf(g, { fours, twos: 0 }) }, runCounts: countsOf(g, end) }
}
