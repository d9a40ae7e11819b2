// Constants of `requantizePortable`, and what folds into the bias of a matrix product.

import type { Convolution } from '../convolution.ts'
import type { KernelCall } from '../op.ts'
import type { QuantizedMultiplier } from '../quantize.ts'

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
  /** The constants q of `requantizePortable`. */
  readonly constants: readonly [number, number, number, number, number]
  /** Weights and bias are taken as 0. */
  readonly isConstant: boolean
}

export interface Forms {
  readonly channels: readonly ChannelForm[]
  /** GENERAL, HALVES or THIRDS of kernels/pairs/requantize.kernel.ts. */
  readonly form: 0 | 1 | 2
  /** 1: the lower clamp lies below the zero point. */
  readonly isSigned: 0 | 1
  /** 1: the range is narrower than int8. */
  readonly isClamped: 0 | 1
}

/** An output channel whose scale is to the right: what both short forms start from. */
interface Short {
  readonly multiplier: number
  readonly shift: number
  readonly offset: number
  readonly bound: number
  readonly isConstant: boolean
}

/** Constants of `requantizePortable`, in the shortest form that all channels allow. */
export function portableForms(g: Product, q: Requantized): Forms {
  const ranges = {
    isSigned: q.activation.min < q.outputZeroPoint ? 1 : 0,
    isClamped: q.activation.min > -128 || q.activation.max < 127 ? 1 : 0,
  } as const
  const indices = Array.from({ length: g.channels }, (_, channel) => channel)
  const multiplierOf = (channel: number): QuantizedMultiplier =>
    q.multipliers[q.multipliers.length > 1 ? channel : 0]!
  const shorts = indices.map(c => short(multiplierOf(c), q.outputZeroPoint, sumBound(g, c)))
  if (!shorts.every(each => each !== null)) {
    const channels = indices.map((c): ChannelForm => {
      const { multiplier, shift } = multiplierOf(c)
      return { constants: [multiplier, shift, q.outputZeroPoint, 0, 0], isConstant: false }
    })
    return { channels, form: 0, ...ranges }
  }
  const isThirds = shorts.every(fitsThirds)
  const channels = shorts.map(each => ({
    constants: isThirds ? thirds(each) : halves(each),
    isConstant: each.isConstant,
  }))
  return { channels, form: isThirds ? 2 : 1, ...ranges }
}

function short(q: QuantizedMultiplier, zeroPoint: number, bound: number): Short | null {
  const shift = -q.shift
  // Less than half a unit after the shift comes to nothing.
  if (q.multiplier === 0 || (shift >= 1 && bound < 2 ** (shift - 1))) {
    return { multiplier: 0, shift: 1, offset: 1 + 2 * zeroPoint, bound: 0, isConstant: true }
  }
  if (shift < 1 || shift > 22 || bound >= 2 ** 29) return null
  const offset = 2 ** (shift - 1) + zeroPoint * 2 ** shift
  if (bound + Math.abs(offset) >= 2 ** 31 - 1) return null
  return { multiplier: q.multiplier, shift, offset, bound, isConstant: false }
}

function halves({ multiplier, offset, shift }: Short): ChannelForm['constants'] {
  return [multiplier >> 16, multiplier & 0xffff, offset, shift, 0]
}

/** Sums have the signs of their products, as multipliers are not negative. */
function fitsThirds({ multiplier, bound, offset }: Short): boolean {
  return (
    multiplier >= 0 && bound < 1_950_000 && bound * 512 + Math.abs(offset) * 512 + 1024 < 2 ** 31
  )
}

function thirds({ multiplier, offset, shift }: Short): ChannelForm['constants'] {
  const lower = (multiplier << 21) >> 21
  const rest = (multiplier - lower) / 2 ** 11
  const middle = (rest << 21) >> 21
  return [(rest - middle) / 2 ** 11, middle, lower, 2 ** 8 + 2 ** 9 * offset, shift + 9]
}

/** Largest magnitude of a channel's sum, bias included. */
function sumBound(g: Product, channel: number): number {
  const largest = Math.max(127 - g.inputZeroPoint, g.inputZeroPoint + 128)
  let sum = Math.abs(g.bias[channel]!)
  for (let k = 0; k < g.depth; k++) sum += Math.abs(g.weights[channel * g.depth + k]!) * largest
  return sum
}

/** The input's zero point is folded into the bias, as no tap is left out. Modulo 2^32. */
export function foldedBias(g: Product, channel: number, { isConstant }: ChannelForm): number {
  if (isConstant) return 0
  let sum = 0
  for (let k = 0; k < g.depth; k++) sum += g.weights[channel * g.depth + k]!
  return (g.bias[channel]! - g.inputZeroPoint * sum) | 0
}

export function formStatics({ form, isSigned, isClamped }: Forms): KernelCall['statics'] {
  return { form, isSigned, isClamped }
}
