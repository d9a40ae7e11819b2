// Builds the one-operator test cases of cases.ts files.

import type { Activation, ExtraPad, Padding } from './attributes.ts'
import { noExtraPad } from './attributes.ts'
import type { TensorInfo } from './op.ts'

/** A seeded generator of integers (a 32-bit linear congruence; its high bits are used). */
export function integers(seed: number): (low: number, high: number) => number {
  let state = Math.imul(seed, 2654435761) ^ 0x9e3779b9
  return (low, high) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return low + Math.floor(((state >>> 8) / 2 ** 24) * (high - low + 1))
  }
}

/** An int8 tensor computed at run time, or a model input. */
export function activationTensor(
  shape: readonly number[],
  scale: number,
  zeroPoint: number,
): TensorInfo {
  return {
    shape,
    dtype: 'int8',
    scale: [Math.fround(scale)],
    zeroPoint: [zeroPoint],
    axis: 0,
    data: null,
  }
}

export function floatTensor(shape: readonly number[]): TensorInfo {
  return { shape, dtype: 'float32', scale: [], zeroPoint: [], axis: 0, data: null }
}

/** A constant int8 tensor quantised along `axis`, or as a whole when there is one scale. */
export function int8Constant(
  shape: readonly number[],
  values: readonly number[],
  scale: readonly number[],
  options: { readonly axis?: number; readonly zeroPoint?: number } = {},
): TensorInfo {
  const { axis = 0, zeroPoint = 0 } = options
  const zeroPoints = scale.map(() => zeroPoint)
  const data = new Uint8Array(Int8Array.from(values).buffer)
  return { shape, dtype: 'int8', scale: scale.map(Math.fround), zeroPoint: zeroPoints, axis, data }
}

/** A constant int32 tensor: axes, paddings, sizes, a permutation; with a scale, a bias. */
export function int32Constant(
  shape: readonly number[],
  values: readonly number[],
  scale: readonly number[] = [],
): TensorInfo {
  const data = new Uint8Array(values.length * 4)
  const view = new DataView(data.buffer)
  values.forEach((value, i) => view.setInt32(i * 4, value, true))
  const zeroPoint = scale.map(() => 0)
  return { shape, dtype: 'int32', scale: scale.map(Math.fround), zeroPoint, axis: 0, data }
}

/** What the cases of convolutions and fully connected layers vary beside their shapes. */
export interface WeightedOptions {
  readonly activation?: Activation
  readonly inputZeroPoint?: number
  readonly outputZeroPoint?: number
  /** 0.05 by default. */
  readonly outputScale?: number
  /** Weights with a scale each, the default, or one scale for all. */
  readonly perChannel?: boolean
  /** Every third scale is below 0, which TFLite takes as a negative factor. */
  readonly negativeScales?: boolean
  /** Every third channel has no weights but 0. */
  readonly pruned?: boolean
  /** Every third scale is smaller by this factor, 1 by default. */
  readonly spread?: number
  /** Mean factor from accumulator to output; by default outputs spread over int8. */
  readonly factor?: number
  /** Largest magnitude of the weights, 127 by default. */
  readonly weightRange?: number
  readonly bias?: 'random' | 'none' | 'large'
}

export interface WeightedTensors {
  readonly weights: TensorInfo
  readonly bias: TensorInfo | null
  readonly inputScale: number
  readonly outputScale: number
}

/** Weights and bias of `channels` outputs that sum `taps` products each, and scales that suit them. */
export function weightedTensors(
  shape: readonly number[],
  axis: number,
  taps: number,
  options: WeightedOptions,
): WeightedTensors {
  const channels = shape[axis]!
  const count = shape.reduce((product, extent) => product * extent, 1)
  const next = integers(count + taps + channels)
  const range = options.weightRange ?? 127
  const outputScale = Math.fround(options.outputScale ?? 0.05)
  const factor = options.factor ?? 50 / (range * 43 * Math.sqrt(taps))
  const sign = (channel: number): number =>
    (options.negativeScales ?? false) && channel % 3 === 0 ? -1 : 1
  const spread = (channel: number): number => (channel % 3 === 1 ? (options.spread ?? 1) : 1)
  const weightScale = (channel: number): number =>
    (sign(channel) * 0.004 * (1 + 0.3 * (channel % 5))) / spread(channel)
  const scales =
    (options.perChannel ?? true)
      ? Array.from({ length: channels }, (_, channel) => Math.fround(weightScale(channel)))
      : [Math.fround(weightScale(2))]
  const inputScale = Math.fround((factor * outputScale) / weightScale(2))
  const channelSize = axis === 0 ? count / channels : 1
  const isDead = (at: number): boolean =>
    (options.pruned ?? false) && (Math.floor(at / channelSize) % channels) % 3 === 1
  const values = Array.from({ length: count }, (_, at) => {
    const value = next(-range, range)
    return isDead(at) ? 0 : value
  })
  const reach = options.bias === 'large' ? 2 ** 29 : 3000
  const biases = Array.from({ length: channels }, () => next(-reach, reach))
  const biasScales = scales.map(scale => scale * inputScale)
  return {
    weights: int8Constant(shape, values, scales, { axis: scales.length > 1 ? axis : 0 }),
    bias: options.bias === 'none' ? null : int32Constant([channels], biases, biasScales),
    inputScale,
    outputScale,
  }
}

/** What the cases of windowed operators vary; strides and dilations are [vertical, horizontal]. */
export interface WindowOptions {
  readonly stride?: readonly [number, number]
  readonly dilation?: readonly [number, number]
  readonly padding?: Padding
  readonly extraPad?: ExtraPad
}

/** The options with their defaults, and the output extents that TFLite gives them. */
export function windowOf(
  input: readonly [height: number, width: number],
  taps: readonly [height: number, width: number],
  options: WindowOptions,
) {
  const { stride = [1, 1], dilation = [1, 1], padding = 'same', extraPad = noExtraPad } = options
  const extent = (size: number, axis: 0 | 1): number => {
    const span = (taps[axis] - 1) * dilation[axis] + 1
    return padding === 'same'
      ? Math.ceil(size / stride[axis])
      : Math.floor((size - span) / stride[axis]) + 1
  }
  const output = [
    extent(input[0] + extraPad.top + extraPad.bottom, 0),
    extent(input[1] + extraPad.left + extraPad.right, 1),
  ] as const
  return { stride, dilation, padding, extraPad, output }
}
