// Oracle of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: int8, sums in exact doubles.

import type { Activation, ConvAttributes, Padding } from '../../kernels/attributes.ts'
import { scaleBy, splitMultiplier, type Multiplier, type Rounding } from './fixed-point.ts'
import { at, dimension, type Value, type ValueType } from './values.ts'

/** Bounds of a fused activation in quantised units (TFLite CalculateActivationRangeQuantized). */
export function activationRange(activation: Activation, output: ValueType): [number, number] {
  const scale = output.scale[0] ?? NaN
  const quantize = (real: number): number => {
    const q = Math.fround(Math.fround(real) / Math.fround(scale))
    return output.zeroPoint + Math.sign(q) * Math.floor(Math.abs(q) + 0.5)
  }
  switch (activation) {
    case 'none':
      return [-128, 127]
    case 'relu':
      return [Math.max(-128, quantize(0)), 127]
    case 'relu6':
      return [Math.max(-128, quantize(0)), Math.min(127, quantize(6))]
    case 'relu_n1_to_1':
      return [Math.max(-128, quantize(-1)), Math.min(127, quantize(1))]
  }
}

/** Rows or columns before the first input row; the odd one goes after (ComputePadding). */
export function padBefore(
  padding: Padding,
  sizes: { input: number; output: number; kernel: number; stride: number; dilation: number },
): number {
  if (padding === 'valid') return 0
  const { input, output, kernel, stride, dilation } = sizes
  return Math.max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input) >> 1
}

/** From an accumulator of a channel to the output value: scale, add the zero point, clamp. */
function requantizer(
  scales: readonly Multiplier[],
  y: ValueType,
  activation: Activation,
  rounding: Rounding,
): (sum: number, channel: number) => number {
  const [low, high] = activationRange(activation, y)
  return (sum, channel) => {
    if (!Number.isInteger(sum) || Math.abs(sum) >= 2 ** 31) throw new Error(`oracle: sum ${sum}`)
    const q = Number(scaleBy(BigInt(sum), scales[channel]!, rounding)) + y.zeroPoint
    return Math.min(high, Math.max(low, q))
  }
}

/** One multiplier per output channel: s_x * s_w[c] / s_y in double. */
function multipliers(x: Value, w: Value, y: ValueType, channels: number): readonly Multiplier[] {
  return Array.from({ length: channels }, (_, c) => {
    const weightScale = w.scale.length === 1 ? w.scale[0]! : w.scale[c]!
    return splitMultiplier((x.scale[0]! * weightScale) / y.scale[0]!)
  })
}

/**
 * Sum over the taps inside the image for one output element of image `n`. `depthMultiplier` null
 * means a full or grouped convolution with weights OHWI, a number depthwise with weights 1HWO.
 */
function tapSum(
  x: Value,
  w: Value,
  attributes: ConvAttributes,
  place: { n: number; top: number; left: number; channel: number },
  depthMultiplier: number | null,
): number {
  const [height, width, channels] = [dimension(x, 1), dimension(x, 2), dimension(x, 3)]
  const [kernelH, kernelW, depth] = [dimension(w, 1), dimension(w, 2), dimension(w, 3)]
  const { n, top, left, channel } = place
  const perGroup = dimension(w, 0) / (channels / depth)
  const firstInput = depthMultiplier === null ? Math.floor(channel / perGroup) * depth : 0
  let sum = 0
  for (let ky = 0; ky < kernelH; ky++) {
    const iy = top + ky * attributes.dilationH
    if (iy < 0 || iy >= height) continue
    for (let kx = 0; kx < kernelW; kx++) {
      const ix = left + kx * attributes.dilationW
      if (ix < 0 || ix >= width) continue
      const pixel = ((n * height + iy) * width + ix) * channels
      if (depthMultiplier !== null) {
        const input = at(x, pixel + Math.floor(channel / depthMultiplier)) - x.zeroPoint
        sum += input * at(w, (ky * kernelW + kx) * depth + channel)
        continue
      }
      const tap = ((channel * kernelH + ky) * kernelW + kx) * depth
      for (let c = 0; c < depth; c++) {
        sum += (at(x, pixel + firstInput + c) - x.zeroPoint) * at(w, tap + c)
      }
    }
  }
  return sum
}

/** CONV_2D (depthMultiplier null) and DEPTHWISE_CONV_2D on NHWC. */
export function convolution(
  [x, w, bias]: readonly (Value | undefined)[],
  y: ValueType,
  attributes: ConvAttributes,
  depthMultiplier: number | null,
  rounding: Rounding,
): Int8Array {
  if (x === undefined || w === undefined) throw new Error('oracle: convolution without inputs')
  if (Object.values(attributes.extraPad).some(p => p !== 0)) throw new Error('oracle: folded pad')
  const [batch, outH, outW, outC] = y.shape as readonly [number, number, number, number]
  const { padding, strideH, strideW, dilationH, dilationW } = attributes
  const before = (axis: number, output: number, stride: number, dilation: number): number => {
    const sizes = {
      input: dimension(x, axis),
      output,
      kernel: dimension(w, axis),
      stride,
      dilation,
    }
    return padBefore(padding, sizes)
  }
  const padTop = before(1, outH, strideH, dilationH)
  const padLeft = before(2, outW, strideW, dilationW)
  const scales = multipliers(x, w, y, outC)
  const requantize = requantizer(scales, y, attributes.activation, rounding)
  return Int8Array.from({ length: batch * outH * outW * outC }, (_, i) => {
    const channel = i % outC
    const pixel = Math.floor(i / outC)
    const place = {
      n: Math.floor(pixel / (outH * outW)),
      top: (Math.floor(pixel / outW) % outH) * strideH - padTop,
      left: (pixel % outW) * strideW - padLeft,
      channel,
    }
    const sum = tapSum(x, w, attributes, place, depthMultiplier)
    const total = sum + (bias === undefined ? 0 : at(bias, channel))
    return requantize(total, channel)
  })
}

/** FULLY_CONNECTED; a per-tensor s_x * s_w is a float32 product before it is widened. */
export function fullyConnected(
  [x, w, bias]: readonly (Value | undefined)[],
  y: ValueType,
  activation: Activation,
  rounding: Rounding,
): Int8Array {
  if (x === undefined || w === undefined) throw new Error('oracle: dense layer without inputs')
  const [outC, depth] = [dimension(w, 0), dimension(w, 1)]
  const shared = Math.fround(Math.fround(x.scale[0]!) * Math.fround(w.scale[0]!)) / y.scale[0]!
  const scales =
    w.scale.length === 1
      ? Array.from({ length: outC }, () => splitMultiplier(shared))
      : multipliers(x, w, y, outC)
  const requantize = requantizer(scales, y, activation, rounding)
  return Int8Array.from({ length: (x.elements.length / depth) * outC }, (_, i) => {
    const channel = i % outC
    const row = Math.floor(i / outC) * depth
    let sum = bias === undefined ? 0 : at(bias, channel)
    for (let c = 0; c < depth; c++) {
      sum += (at(x, row + c) - x.zeroPoint) * (at(w, channel * depth + c) - w.zeroPoint)
    }
    return requantize(sum, channel)
  })
}
