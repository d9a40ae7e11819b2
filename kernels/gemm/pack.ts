// Packs weights and constants for the matrix products of the DSP extension.

import { biasArg } from '../call.ts'
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

/** The weights as `gemmPixels2` wants them; see there. */
export function packWeights(g: Gemm, form: ShortForm): Int8Array {
  const groups = groupsOf(g.depth)
  const blocks = Math.ceil(g.channels / block)
  const packed = new Int8Array(blocks * groups * block * group)
  const weight = (channel: number, k: number): number => {
    if (channel >= g.channels || k >= g.depth || form.channels[channel]!.constantBias !== null)
      return 0
    return g.weights[channel * g.depth + k]!
  }
  let at = 0
  for (let b = 0; b < blocks; b++) {
    for (let q = 0; q < groups; q++) {
      for (const odd of [0, 1]) {
        for (const pair of [0, 2]) {
          for (const k of [group * q + odd, group * q + odd + 2]) {
            packed[at++] = weight(block * b + pair, k) + 128
            packed[at++] = weight(block * b + pair + 1, k)
          }
        }
      }
    }
  }
  return packed
}

/**
 * Nine words per block of channels, see `gemmPixels2`. The input's zero point is folded into the bias,
 * as no tap is left out.
 */
export function packTable(g: Gemm, form: ShortForm): Int32Array {
  const table = packPlainTable(g, form)
  for (let b = 0; b < table.length / 9; b++) {
    for (const pair of [0, 2]) {
      const at = 9 * b + pair
      table[at] = (table[at]! + 256 * table[at + 1]!) | 0
    }
  }
  return table
}

/** The same with the biases as they are, doubled like all sums. */
export function packPlainTable(g: Gemm, form: ShortForm): Int32Array {
  const blocks = Math.ceil(g.channels / block)
  const table = new Int32Array(9 * blocks)
  const shifts = new Int8Array(table.buffer)
  const biases = foldedBias(g, form)
  for (let b = 0; b < blocks; b++) {
    for (let c = 0; c < block; c++) table[9 * b + c] = 2 * (biases[block * b + c] ?? 0)
    for (let c = 0; c < block; c++) {
      const channel = form.channels[block * b + c]
      table[9 * b + 4 + c] = channel?.multiplier ?? 2 ** 30
      shifts[4 * (9 * b + 8) + c] = (channel?.shift ?? 1) - 1
    }
  }
  return table
}

function foldedBias(g: Gemm, form: ShortForm): Float64Array {
  return Float64Array.from({ length: g.channels }, (_, channel) => {
    const { constantBias } = form.channels[channel]!
    if (constantBias !== null) return constantBias
    let sum = 0
    for (let k = 0; k < g.depth; k++) sum += g.weights[channel * g.depth + k]!
    return g.bias[channel]! - g.inputZeroPoint * sum
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

/** The weights of `convLines`: int16, doubled, by block, line, pair of elements and channel. */
export function packLines(g: Gemm, form: ShortForm, lines: number): Int16Array {
  const line = g.depth / lines
  const pairs = Math.ceil(line / 2)
  const blocks = Math.ceil(g.channels / block)
  const packed = new Int16Array(blocks * lines * pairs * block * 2)
  let at = 0
  for (let b = 0; b < blocks; b++) {
    for (let ky = 0; ky < lines; ky++) {
      for (let pair = 0; pair < pairs; pair++) {
        for (let channel = block * b; channel < block * (b + 1); channel++) {
          for (const k of [2 * pair, 2 * pair + 1]) {
            const isThere = channel < g.channels && k < line
            const isLive = isThere && form.channels[channel]!.constantBias === null
            packed[at++] = isLive ? 2 * g.weights[channel * g.depth + ky * line + k]! : 0
          }
        }
      }
    }
  }
  return packed
}

/** The arguments `weights` and `table`. */
export function gemmConstants(g: Gemm, form: ShortForm): readonly KernelArg[] {
  return [
    { kind: 'constant', name: 'weights', type: 'i8', values: packWeights(g, form), weights: true },
    { ...biasArg(packTable(g, form)), name: 'table', weights: false } as KernelArg,
  ]
}

/** Bytes of columns for two pixels. */
export function columnBytes(depth: number): number {
  return 8 + 16 * groupsOf(depth)
}
