// Shapes and values every DEPTHWISE_CONV_2D variant must pass.

import {
  activationTensor,
  weightedTensors,
  windowOf,
  type WeightedOptions,
  type WindowOptions,
} from '../case-builder.ts'
import type { OpCase } from '../op.ts'

export interface DepthwiseSpec extends WeightedOptions, WindowOptions {
  readonly input: readonly [batches: number, height: number, width: number, channels: number]
  readonly kernel: readonly [height: number, width: number]
  readonly multiplier?: number
}

/** A case of these shapes; tests make random ones with it too. */
export function depthwiseCase(name: string, spec: DepthwiseSpec): OpCase<'depthwise_conv2d'> {
  const [batches, height, width, channels] = spec.input
  const depthMultiplier = spec.multiplier ?? 1
  const window = windowOf([height, width], spec.kernel, spec)
  const taps = spec.kernel[0] * spec.kernel[1]
  const outputs = channels * depthMultiplier
  const shape = [1, ...spec.kernel, outputs]
  const { weights, bias, inputScale, outputScale } = weightedTensors(shape, 3, taps, spec)
  const outputShape = [batches, ...window.output, outputs]
  return {
    name,
    context: {
      attributes: {
        kind: 'depthwise_conv2d',
        depthMultiplier,
        padding: window.padding,
        strideH: window.stride[0],
        strideW: window.stride[1],
        dilationH: window.dilation[0],
        dilationW: window.dilation[1],
        activation: spec.activation ?? 'none',
        extraPad: window.extraPad,
      },
      inputs: [activationTensor(spec.input, inputScale, spec.inputZeroPoint ?? 3), weights, bias],
      outputs: [activationTensor(outputShape, outputScale, spec.outputZeroPoint ?? -5)],
    },
  }
}

export const depthwiseConv2dCases: readonly OpCase<'depthwise_conv2d'>[] = [
  depthwiseCase('3x3 same, odd size', { input: [1, 5, 5, 3], kernel: [3, 3] }),
  depthwiseCase('3x3 same, 16 channels', { input: [1, 4, 6, 16], kernel: [3, 3] }),
  depthwiseCase('3x3 same stride 2, even size: the padding lies behind', {
    input: [1, 6, 8, 5],
    kernel: [3, 3],
    stride: [2, 2],
  }),
  depthwiseCase('3x3 same stride 2, odd size', {
    input: [1, 7, 5, 4],
    kernel: [3, 3],
    stride: [2, 2],
  }),
  depthwiseCase('3x3 valid stride 1', { input: [1, 5, 4, 7], kernel: [3, 3], padding: 'valid' }),
  depthwiseCase('3x3 valid stride 2', {
    input: [1, 7, 7, 8],
    kernel: [3, 3],
    stride: [2, 2],
    padding: 'valid',
  }),
  depthwiseCase('3x3 stride 3 down, 1 across', {
    input: [1, 8, 5, 2],
    kernel: [3, 3],
    stride: [3, 1],
  }),
  depthwiseCase('5x5 same', { input: [1, 7, 6, 4], kernel: [5, 5] }),
  depthwiseCase('5x5 same stride 2', { input: [1, 8, 9, 3], kernel: [5, 5], stride: [2, 2] }),
  depthwiseCase('7x7 same, larger than the input', { input: [1, 4, 5, 4], kernel: [7, 7] }),
  depthwiseCase('7x7 same stride 2', { input: [1, 9, 8, 4], kernel: [7, 7], stride: [2, 2] }),
  depthwiseCase('2x4 even kernel', { input: [1, 4, 7, 3], kernel: [2, 4] }),
  depthwiseCase('1x1 on one pixel', { input: [1, 1, 1, 5], kernel: [1, 1] }),
  depthwiseCase('one row', { input: [1, 1, 9, 3], kernel: [3, 3] }),
  depthwiseCase('one column', { input: [1, 9, 1, 3], kernel: [3, 3], stride: [2, 2] }),
  depthwiseCase('the kernel is the image, valid', {
    input: [2, 4, 3, 5],
    kernel: [4, 3],
    padding: 'valid',
  }),
  depthwiseCase('2 images', { input: [2, 4, 3, 4], kernel: [3, 3] }),
  depthwiseCase('multiplier 2', { input: [1, 5, 4, 3], kernel: [3, 3], multiplier: 2 }),
  depthwiseCase('multiplier 8 on one channel', {
    input: [1, 6, 5, 1],
    kernel: [4, 3],
    multiplier: 8,
    stride: [2, 2],
  }),
  depthwiseCase('dilation 2', { input: [1, 7, 7, 3], kernel: [3, 3], dilation: [2, 2] }),
  depthwiseCase('dilation 3 down, 2 across, multiplier 3, valid', {
    input: [1, 9, 6, 2],
    kernel: [3, 3],
    multiplier: 3,
    dilation: [3, 2],
    padding: 'valid',
  }),
  depthwiseCase('uneven padding taken over from a PAD, valid stride 2', {
    input: [1, 6, 6, 4],
    kernel: [3, 3],
    stride: [2, 2],
    padding: 'valid',
    extraPad: { top: 0, bottom: 1, left: 0, right: 1 },
  }),
  depthwiseCase('windows entirely in the padding', {
    input: [1, 3, 3, 4],
    kernel: [3, 3],
    padding: 'valid',
    extraPad: { top: 4, bottom: 3, left: 3, right: 5 },
  }),
  depthwiseCase('per-tensor weights', { input: [1, 4, 4, 6], kernel: [3, 3], perChannel: false }),
  depthwiseCase('no bias', { input: [1, 4, 4, 4], kernel: [3, 3], bias: 'none' }),
  depthwiseCase('biases of 2^29', { input: [1, 3, 3, 8], kernel: [3, 3], bias: 'large' }),
  depthwiseCase('relu with zero points -128', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    activation: 'relu',
    inputZeroPoint: -128,
    outputZeroPoint: -128,
  }),
  depthwiseCase('relu6 with zero points 127 and -128', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    activation: 'relu6',
    inputZeroPoint: 127,
    outputZeroPoint: -128,
  }),
  depthwiseCase('relu_n1_to_1 in the middle of the range', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    activation: 'relu_n1_to_1',
    outputZeroPoint: 40,
  }),
  depthwiseCase('factors above 1', {
    input: [1, 4, 4, 6],
    kernel: [1, 1],
    weightRange: 2,
    factor: 1.7,
  }),
  depthwiseCase('factors below 2^-32, which count as 0', {
    input: [1, 3, 3, 5],
    kernel: [3, 3],
    factor: 2 ** -34,
    bias: 'large',
  }),
  depthwiseCase('negative factors', {
    input: [1, 4, 5, 6],
    kernel: [3, 3],
    weightRange: 126,
    negativeScales: true,
  }),
  depthwiseCase('factors of 0.5 and more, relu', {
    input: [1, 4, 5, 7],
    kernel: [3, 3],
    weightRange: 2,
    factor: 0.9,
    activation: 'relu',
    outputZeroPoint: -128,
  }),
  ...[1, 2, 3, 5, 6, 7, 9].map(width =>
    depthwiseCase(`3x3, ${width} columns`, { input: [1, 4, width, 5], kernel: [3, 3] }),
  ),
  ...[1, 2, 6, 9, 17].map(channels =>
    depthwiseCase(`5x5 stride 2, ${channels} channels`, {
      input: [1, 6, 9, channels],
      kernel: [5, 5],
      stride: [2, 2],
      activation: 'relu',
      outputZeroPoint: -128,
    }),
  ),
  ...[1, 2, 4, 6, 9].map(taps =>
    depthwiseCase(`${taps} rows and ${7 - (taps % 4)} columns of taps, stride 1 and 2`, {
      input: [1, 7, 13, 6],
      kernel: [taps, 7 - (taps % 4)],
      stride: [1, 1 + (taps % 2)],
    }),
  ),
  ...[1, 2, 3, 5].map(width =>
    depthwiseCase(`3x4 valid, ${width} columns`, {
      input: [1, 4, width + 3, 4],
      kernel: [3, 4],
      padding: 'valid',
    }),
  ),
  depthwiseCase('1x1 stride 2', { input: [1, 5, 7, 4], kernel: [1, 1], stride: [2, 2] }),
  depthwiseCase('1x11', { input: [1, 2, 23, 7], kernel: [1, 11] }),
  depthwiseCase('11x2', { input: [1, 9, 8, 5], kernel: [11, 2] }),
  depthwiseCase('7x7 on 3x3 pixels', { input: [1, 3, 3, 7], kernel: [7, 7] }),
  depthwiseCase('7x7 on one pixel', { input: [1, 1, 1, 4], kernel: [7, 7], activation: 'relu6' }),
  depthwiseCase('3x3, a row too long for one go', { input: [1, 3, 89, 5], kernel: [3, 3] }),
  depthwiseCase('7x7 stride 2, a row too long for one go', {
    input: [1, 8, 61, 6],
    kernel: [7, 7],
    stride: [2, 2],
  }),
  depthwiseCase('5x5, two rows and a column in the last go', {
    input: [1, 6, 69, 4],
    kernel: [5, 5],
    activation: 'relu6',
    outputZeroPoint: -128,
  }),
  depthwiseCase('multiplier 3 on 6 channels', {
    input: [1, 5, 6, 6],
    kernel: [3, 3],
    multiplier: 3,
  }),
  // Images of 400 pixels have int16 weights, and with relu one shift for all channels if they allow it.
  ...[1, 12, 40, 500, 2 ** 24].map((spread, i) =>
    depthwiseCase(`relu on 400 pixels, factors ${spread} times as large as others`, {
      input: [1, 20, 20, 5],
      kernel: [3 + (i % 3), 3 + (i % 2)],
      activation: i === 2 ? 'relu6' : 'relu',
      outputZeroPoint: i === 3 ? -20 : -128,
      spread,
    }),
  ),
  ...[0.4, 0.05, 0.0007].map(factor =>
    depthwiseCase(`relu on 400 pixels, factor ${factor}`, {
      input: [1, 40, 40, 4],
      kernel: [3, 3],
      stride: [2, 2],
      activation: 'relu',
      outputZeroPoint: -128,
      factor,
      weightRange: factor > 0.1 ? 3 : 127,
    }),
  ),
  ...(['none', 'relu'] as const).map(activation =>
    depthwiseCase(`400 pixels, channels without weights, ${activation}`, {
      input: [1, 20, 20, 6],
      kernel: [3, 3],
      activation,
      outputZeroPoint: activation === 'relu' ? -128 : -5,
      pruned: true,
    }),
  ),
  depthwiseCase('400 pixels, large biases', {
    input: [1, 20, 20, 4],
    kernel: [7, 7],
    activation: 'relu',
    outputZeroPoint: -128,
    bias: 'large',
  }),
  depthwiseCase('400 pixels, no activation', { input: [1, 20, 20, 6], kernel: [3, 3] }),
  depthwiseCase('weights of -128', {
    input: [1, 5, 6, 4],
    kernel: [5, 3],
    weightRange: 128,
    inputZeroPoint: 127,
    bias: 'large',
  }),
]
