// Packs weights and constants for the matrix products of kernels/pairs, and finds their static forms.

import { biasArg, constantArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelArg, KernelCall } from '../op.ts'

/** A matrix product as its kernels see it: one row of weights per output channel. */
export interface Product {
  readonly channels: number
  /** Elements of a pixel. */
  readonly depth: number
  /** [channels, depth]. */
  readonly weights: Int8Array
  readonly bias: Int32Array
  readonly inputZeroPoint: number
}

type Requantized = Pick<Convolution, 'multipliers' | 'outputZeroPoint' | 'activation'>

/** Largest sum of magnitudes in a run: 128 times it is less than 2^15. */
const runLimit = 255

/** A run of four weights costs about a quarter less than two of two, unless it comes twice. */
const extraLimit = 0.2

export interface PackedProduct {
  readonly weights: Int8Array
  readonly table: Int32Array
  /** Per extra run its first word in the expanded pixels, and its weights. */
  readonly extras: Int32Array
  readonly run: 2 | 4
  readonly form: 0 | 1 | 2
}

/** Null when two neighbouring weights are -128: the products of their run could leave int16. */
export function packProduct(g: Product, q: Requantized): PackedProduct | null {
  const groups = groupsOf(g.depth)
  const requantization = channelForms(g, q)
  const weights = new Int8Array(g.channels * groups * 4)
  for (let c = 0; c < g.channels; c++) {
    if (requantization.channels[c]!.constant) continue
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
  const perGroup = run === 4 ? 1 : 2
  const table = Int32Array.from(
    requantization.channels.flatMap((channel, c) => {
      const steps = groups * perGroup + extraCounts[c]!
      const bias = foldedBias(g, c, channel.constant)
      const start = (Math.imul(bias, 65537) - steps * 2 ** 15) | 0
      return [bias, start, channel.multiplier, channel.offset, channel.shift, extraCounts[c]!]
    }),
  )
  return { weights, table, extras: Int32Array.from(extras), run, form: requantization.form }
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

/** The input's zero point is folded into the bias, as no tap is left out. Modulo 2^32. */
function foldedBias(g: Product, channel: number, constant: boolean): number {
  if (constant) return 0
  let sum = 0
  for (let k = 0; k < g.depth; k++) sum += g.weights[channel * g.depth + k]!
  return (g.bias[channel]! - g.inputZeroPoint * sum) | 0
}

interface ChannelForm {
  readonly multiplier: number
  readonly shift: number
  readonly offset: number
  /** Weights and bias are taken as 0. */
  readonly constant: boolean
}

interface Forms {
  readonly channels: readonly ChannelForm[]
  readonly form: 0 | 1 | 2
}

/** Sums below it can be multiplied in halves. */
const halvesLimit = 2 ** 29

/** Constants of `requantizePortable`: the short form if all channels allow it. */
function channelForms(g: Product, q: Requantized): Forms {
  const channels: ChannelForm[] = []
  for (let c = 0; c < g.channels; c++) {
    const short = shortForm(q, q.multipliers.length > 1 ? c : 0, sumBound(g, c))
    if (short === null) return generalForms(g.channels, q)
    channels.push(short)
  }
  return { channels, form: q.activation.min < q.outputZeroPoint ? 2 : 1 }
}

function shortForm(q: Requantized, index: number, bound: number): ChannelForm | null {
  const { multiplier, shift } = q.multipliers[index]!
  const right = -shift
  // Less than half a unit after the shift comes to nothing.
  if (multiplier === 0 || (right >= 1 && bound < 2 ** (right - 1))) {
    return { multiplier: 0, shift: 1, offset: 1 + 2 * q.outputZeroPoint, constant: true }
  }
  if (right < 1 || right > 22 || bound >= halvesLimit) return null
  const offset = 2 ** (right - 1) + q.outputZeroPoint * 2 ** right
  if (bound + Math.abs(offset) >= 2 ** 31 - 1) return null
  return { multiplier, shift: right, offset, constant: false }
}

function generalForms(channels: number, q: Requantized): Forms {
  const form = (c: number): ChannelForm => {
    const { multiplier, shift } = q.multipliers[q.multipliers.length > 1 ? c : 0]!
    return { multiplier, shift, offset: q.outputZeroPoint, constant: false }
  }
  return { channels: Array.from({ length: channels }, (_, c) => form(c)), form: 0 }
}

/** Largest magnitude of a channel's sum, bias included. */
function sumBound(g: Product, channel: number): number {
  const largest = Math.max(127 - g.inputZeroPoint, g.inputZeroPoint + 128)
  let sum = Math.abs(g.bias[channel]!)
  for (let k = 0; k < g.depth; k++) sum += Math.abs(g.weights[channel * g.depth + k]!) * largest
  return sum
}

/** The arguments `weights`, `table` and `extras`. */
export function productArgs({ weights, table, extras }: PackedProduct): readonly KernelArg[] {
  return [
    { kind: 'constant', name: 'weights', type: 'i8', values: weights, weights: true },
    { ...biasArg(table), name: 'table', weights: false } as KernelArg,
    // An array of no elements is no C.
    constantArg('extras', 'i32', extras.length > 0 ? [...extras] : [0]),
  ]
}

export function productStatics({ run, form }: PackedProduct): KernelCall['statics'] {
  return { run, form }
}
