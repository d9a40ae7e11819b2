// Packs weights and constants for the matrix products of the DSP extension.

import { int16Fitting, type FittedForm } from '../fitted-requantization.ts'
import type { KernelArg } from '../op.ts'
import type { ShortForm, SumRange } from '../requantization.ts'

/** A matrix product as its kernels see it: one row of weights per output channel. */
export interface Gemm {
  readonly channels: number
  /** Elements of a pixel. */
  readonly depth: number
  /** [channels, depth]. */
  readonly weights: Int8Array
  readonly bias: Int32Array
  readonly inputZeroPoint: number
}

/** Channels computed together, elements per group of packed weights. */
const block = 4
const group = 4

export function groupsOf(depth: number): number {
  return Math.ceil(depth / group)
}

/** The constants of requantisation: with `fitted` one shift for all channels, else shifts of their own. */
export interface GemmForm {
  readonly short: ShortForm
  readonly fitted: FittedForm | null
}

/**
 * The weights as `gemmPixels2` wants them, see there: each block of four channels between its biases and
 * factors. The input's zero point is folded into the bias, as no tap is left out.
 */
function packWeights(g: Gemm, form: GemmForm): Int32Array {
  const biases = foldedBias(g, form)
  const blocks = Array.from({ length: Math.ceil(g.channels / block) }, (_, b) => {
    // Channels e and o are summed as e + 256 * o and o.
    const bias = (c: number): number => biases[block * b + c] ?? 0
    return [
      ...[0, 2].flatMap(c => [bias(c) + 256 * bias(c + 1), bias(c + 1)]),
      ...packBlock(g, form.short, b),
      ...rescaling(form, b),
    ]
  })
  return Int32Array.from(blocks.flat(), word => word | 0)
}

/** What block `b` ends with. */
function rescaling({ short, fitted }: GemmForm, b: number): readonly number[] {
  if (fitted === null) {
    const channels = [0, 1, 2, 3].map(c => short.channels[block * b + c] ?? idle)
    const shifts = channels.reduce((word, { shift }, c) => word | ((shift - 1) << (8 * c)), 0)
    return [...channels.map(({ multiplier }) => multiplier), shifts]
  }
  const channels = [0, 1, 2, 3].map(c => fitted.channels[block * b + c] ?? idleFitted)
  const nudge = (c: number): number => channels[c]!.nudge
  const pair = (c: number): number => nudge(c) | (nudge(c + 1) << 16)
  const nudges = short.isSigned === 1 ? [pair(0), pair(2)] : []
  return [...channels.map(({ factor }) => factor), fitted.addends[b]!, ...nudges]
}

/** What fills up the last block. */
const idle = { multiplier: 2 ** 30, shift: 1 }
const idleFitted = { factor: 0, nudge: 0 }

/** Words of block `b`: channels e and o as e + 128 + 256 * o for two elements, pairs of channels in turn. */
function packBlock(g: Gemm, form: ShortForm, b: number): readonly number[] {
  const weight = (channel: number, k: number): number => {
    if (channel >= g.channels || k >= g.depth || form.channels[channel]!.constantBias !== null)
      return 0
    return g.weights[channel * g.depth + k]!
  }
  const half = (e: number, k: number): number => weight(e, k) + 128 + 256 * weight(e + 1, k)
  const words: number[] = []
  for (let k = 0; k < group * groupsOf(g.depth); k += group) {
    for (const first of [k, k + 1]) {
      for (const e of [block * b, block * b + 2]) {
        words.push((half(e, first) & 0xffff) | (half(e, first + 2) << 16))
      }
    }
  }
  return words
}

/** What the sums of doubled, or of 256 times, elements begin with. */
function foldedBias(g: Gemm, { short, fitted }: GemmForm): Float64Array {
  return Float64Array.from({ length: g.channels }, (_, channel) => {
    const { constantBias } = short.channels[channel]!
    const own = fitted?.channels[channel]?.bias ?? 0
    const scale = fitted === null ? 2 : int16Fitting.scale
    if (constantBias !== null) return fitted === null ? scale * constantBias : own
    let sum = 0
    for (let k = 0; k < g.depth; k++) sum += g.weights[channel * g.depth + k]!
    return scale * (g.bias[channel]! - g.inputZeroPoint * sum) + own
  })
}

export function sumRanges(g: Gemm): readonly SumRange[] {
  const least = -128 - g.inputZeroPoint
  const greatest = 127 - g.inputZeroPoint
  return Array.from({ length: g.channels }, (_, channel) => {
    let [low, high] = [g.bias[channel]!, g.bias[channel]!]
    for (let k = 0; k < g.depth; k++) {
      const w = g.weights[channel * g.depth + k]!
      low += w > 0 ? w * least : w * greatest
      high += w > 0 ? w * greatest : w * least
    }
    return { low, high }
  })
}

/** The argument `weights`. */
export function gemmWeights(g: Gemm, form: GemmForm): KernelArg {
  return {
    kind: 'constant',
    name: 'weights',
    type: 'i32',
    values: packWeights(g, form),
    weights: true,
  }
}

/** Bytes of columns for two pixels, or for the only one there is. */
export function columnBytes(depth: number, pixels = 2): number {
  return 8 + 8 * Math.min(pixels, 2) * groupsOf(depth)
}
