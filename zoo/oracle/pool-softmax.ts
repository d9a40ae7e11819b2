// Oracle of AVERAGE_POOL_2D and SOFTMAX: int8 in, int8 out.

import type { PoolAttributes } from '../../kernels/attributes.ts'
import { activationRange, padBefore } from './convolution.ts'
import {
  expOfNegative,
  highMultiply,
  reciprocalOfOnePlus,
  roundingShift,
  splitMultiplier,
} from './fixed-point.ts'
import { at, dimension, type Value, type ValueType } from './values.ts'

function windowMean(x: Value, a: PoolAttributes, base: number, top: number, left: number): number {
  const [height, width, channels] = [dimension(x, 1), dimension(x, 2), dimension(x, 3)]
  let sum = 0
  let count = 0
  for (let iy = Math.max(0, top); iy < Math.min(height, top + a.filterH); iy++) {
    for (let ix = Math.max(0, left); ix < Math.min(width, left + a.filterW); ix++) {
      sum += at(x, base + (iy * width + ix) * channels)
      count++
    }
  }
  const half = Math.floor(count / 2)
  return Math.trunc((sum > 0 ? sum + half : sum - half) / count)
}

/** Mean of the raw values in the window, ties away from zero (TFLite AveragePool, int8). */
export function averagePool(x: Value, y: ValueType, a: PoolAttributes): Int8Array {
  const [batch, outH, outW, channels] = y.shape as readonly [number, number, number, number]
  const before = (axis: number, output: number, kernel: number, stride: number): number =>
    padBefore(a.padding, { input: dimension(x, axis), output, kernel, stride, dilation: 1 })
  const padTop = before(1, outH, a.filterH, a.strideH)
  const padLeft = before(2, outW, a.filterW, a.strideW)
  const [low, high] = activationRange(a.activation, y)
  return Int8Array.from({ length: batch * outH * outW * channels }, (_, i) => {
    const pixel = Math.floor(i / channels)
    const n = Math.floor(pixel / (outH * outW))
    const top = (Math.floor(pixel / outW) % outH) * a.strideH - padTop
    const left = (pixel % outW) * a.strideW - padLeft
    const base = n * dimension(x, 1) * dimension(x, 2) * channels + (i % channels)
    return Math.min(high, Math.max(low, windowMean(x, a, base, top, left)))
  })
}

function softmaxRow(row: readonly number[], beta: number, scale: number): readonly number[] {
  // Differences to the maximum in Q5.26 (TFLite kScaledDiffIntegerBits = 5).
  const real = Math.min(beta * scale * 2 ** 26, 2 ** 31 - 1)
  const { value, exponent } = splitMultiplier(real)
  const lowest = -Math.floor((31 * 2 ** 26) / 2 ** exponent)
  const max = Math.max(...row)
  const exps = row.map(x => {
    const difference = x - max
    if (difference < lowest) return null
    return expOfNegative(highMultiply(BigInt(difference) << BigInt(exponent), value))
  })
  const sum = exps.reduce<bigint>((s, e) => s + (e === null ? 0n : roundingShift(e, 12)), 0n)
  const headroom = 32 - sum.toString(2).length
  const inverse = reciprocalOfOnePlus((sum << BigInt(headroom)) - (1n << 31n))
  return exps.map(e => {
    if (e === null) return -128
    const q = Number(roundingShift(highMultiply(inverse, e), 12 - headroom + 23)) - 128
    return Math.min(127, Math.max(-128, q))
  })
}

/** SOFTMAX over the last axis; the output has scale 1/256 and zero point -128. */
export function softmax(x: Value, beta: number): Int8Array {
  const depth = dimension(x, x.shape.length - 1)
  const output = new Int8Array(x.elements.length)
  for (let from = 0; from < output.length; from += depth) {
    const row = Array.from(x.elements.subarray(from, from + depth))
    output.set(softmaxRow(row, beta, x.scale[0]!), from)
  }
  return output
}
