// Constants of `requantizePortable`, and what folds into the bias of a matrix product.

import type { Convolution } from '../convolution.ts'

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

export type Requantized = Pick<Convolution, 'multipliers' | 'outputZeroPoint' | 'activation'>

export interface ChannelForm {
  readonly multiplier: number
  readonly shift: number
  readonly offset: number
  /** Weights and bias are taken as 0. */
  readonly constant: boolean
}

export interface Forms {
  readonly channels: readonly ChannelForm[]
  readonly form: 0 | 1 | 2
}

/** Sums below it can be multiplied in halves. */
const halvesLimit = 2 ** 29

/** Constants of `requantizePortable`: the short form if all channels allow it. */
export function portableForms(g: Product, q: Requantized): Forms {
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

/** The input's zero point is folded into the bias, as no tap is left out. Modulo 2^32. */
export function foldedBias(g: Product, channel: number, { constant }: ChannelForm): number {
  if (constant) return 0
  let sum = 0
  for (let k = 0; k < g.depth; k++) sum += g.weights[channel * g.depth + k]!
  return (g.bias[channel]! - g.inputZeroPoint * sum) | 0
}
