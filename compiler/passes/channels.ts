// Cuts slices out of tensors, and puts what constant channels add to sums into a bias.

import type { Convolution } from '../../kernels/convolution.ts'
import { dtypeBytes, type Quantization, type Tensor } from '../graph/graph.ts'

/** `tensor` without the slices `gone` of dimension `axis`; constants and quantisation with it. */
export function keepChannels(tensor: Tensor, axis: number, gone: ReadonlySet<number>): Tensor {
  const count = tensor.shape[axis] ?? 0
  const kept = Array.from({ length: count }, (_, index) => index).filter(index => !gone.has(index))
  const shape = tensor.shape.map((size, dimension) => (dimension === axis ? kept.length : size))
  const { data, quantization } = tensor
  return {
    ...tensor,
    shape,
    data: data === null ? null : keptBytes(tensor, data, axis, kept),
    quantization: quantization === null ? null : keptScales(quantization, axis, kept),
  }
}

function keptBytes(
  { shape, dtype }: Tensor,
  data: Uint8Array,
  axis: number,
  kept: readonly number[],
): Uint8Array {
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, dtypeBytes(dtype))
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1)
  const count = shape[axis] ?? 0
  const bytes = new Uint8Array(outer * kept.length * inner)
  for (let o = 0; o < outer; o++) {
    kept.forEach((index, position) => {
      const from = (o * count + index) * inner
      bytes.set(data.subarray(from, from + inner), (o * kept.length + position) * inner)
    })
  }
  return bytes
}

function keptScales(q: Quantization, axis: number, kept: readonly number[]): Quantization {
  if (q.axis !== axis || q.scale.length <= 1) return q
  const of = (values: readonly number[]): readonly number[] =>
    values.length <= 1 ? values : kept.map(index => values[index]!)
  return { ...q, scale: of(q.scale), zeroPoint: of(q.zeroPoint) }
}

/** The bias of a dense convolution with the share of constant input channels, all taps inside. */
export function withBias(
  c: Convolution,
  constants: readonly { readonly channel: number; readonly value: number }[],
): Int32Array {
  const [channels, height, width, depth] = c.weightsShape
  const sums = Int32Array.from(c.bias)
  for (let o = 0; o < channels; o++) {
    for (let tap = 0; tap < height * width; tap++) {
      for (const { channel, value } of constants) {
        const weight = c.weights[(o * height * width + tap) * depth + channel]!
        sums[o] = sums[o]! + weight * (value - c.inputZeroPoint)
      }
    }
  }
  return sums
}
