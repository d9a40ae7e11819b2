// Packs weights and constants for the matrix products of the DSP extension.

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

/**
 * The weights as `gemmPixels2` wants them, see there, each block between its biases and factors. The
 * input's zero point is folded into the bias, as no tap is left out.
 */
export function packWeights(g: Gemm, form: ShortForm): Int32Array {
  const words = block * groupsOf(g.depth)
  const table = packTable(g, form)
  const blocks = table.length / tableWords
  const packed = new Int32Array(blocks * (words + tableWords))
  for (let b = 0; b < blocks; b++) {
    const at = b * (words + tableWords)
    const constants = table.subarray(tableWords * b, tableWords * (b + 1))
    packed.set(constants.subarray(0, block), at)
    for (const pair of [0, 2]) {
      packed[at + pair] = (constants[pair]! + 256 * constants[pair + 1]!) | 0
    }
    packed.set(packBlock(g, form, b), at + block)
    packed.set(constants.subarray(block), at + block + words)
  }
  return packed
}

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

/** Words of `packTable` for a block of channels. */
const tableWords = 9

/** Per block of channels four biases, doubled like all sums, four factors, and the shifts as bytes. */
export function packTable(g: Gemm, form: ShortForm): Int32Array {
  const blocks = Math.ceil(g.channels / block)
  const table = new Int32Array(tableWords * blocks)
  const shifts = new Int8Array(table.buffer)
  const biases = foldedBias(g, form)
  for (let b = 0; b < blocks; b++) {
    for (let c = 0; c < block; c++) table[tableWords * b + c] = 2 * (biases[block * b + c] ?? 0)
    for (let c = 0; c < block; c++) {
      const channel = form.channels[block * b + c]
      table[tableWords * b + block + c] = channel?.multiplier ?? 2 ** 30
      shifts[4 * (tableWords * b + 2 * block) + c] = (channel?.shift ?? 1) - 1
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

/** The argument `weights`. */
export function gemmWeights(g: Gemm, form: ShortForm): KernelArg {
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
