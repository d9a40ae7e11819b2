// Shapes and values every CONV_2D variant must pass.

import {
  activationTensor,
  weightedTensors,
  windowOf,
  type WeightedOptions,
  type WindowOptions,
} from '../case-builder.ts'
import type { OpCase } from '../op.ts'

export interface Conv2dSpec extends WeightedOptions, WindowOptions {
  readonly input: readonly [batches: number, height: number, width: number, channels: number]
  readonly kernel: readonly [height: number, width: number]
  readonly outputs: number
  readonly groups?: number
}

/** A case of these shapes; tests make random ones with it too. */
export function conv2dCase(name: string, spec: Conv2dSpec): OpCase<'conv2d'> {
  const [batches, height, width, channels] = spec.input
  const groupChannels = channels / (spec.groups ?? 1)
  const window = windowOf([height, width], spec.kernel, spec)
  const taps = spec.kernel[0] * spec.kernel[1] * groupChannels
  const shape = [spec.outputs, ...spec.kernel, groupChannels]
  const { weights, bias, inputScale, outputScale } = weightedTensors(shape, 0, taps, spec)
  const outputShape = [batches, ...window.output, spec.outputs]
  return {
    name,
    context: {
      attributes: {
        kind: 'conv2d',
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

export const conv2dCases: readonly OpCase<'conv2d'>[] = [
  conv2dCase('pointwise 16 to 7', { input: [1, 3, 4, 16], kernel: [1, 1], outputs: 7 }),
  conv2dCase('pointwise 1 to 1 on one pixel', { input: [1, 1, 1, 1], kernel: [1, 1], outputs: 1 }),
  conv2dCase('pointwise stride 2', {
    input: [1, 5, 4, 5],
    kernel: [1, 1],
    outputs: 3,
    stride: [2, 2],
    padding: 'valid',
  }),
  conv2dCase('pointwise 24 to 16 over 3 images', {
    input: [3, 2, 3, 24],
    kernel: [1, 1],
    outputs: 16,
  }),
  conv2dCase('3x3 same, odd size', { input: [1, 5, 5, 3], kernel: [3, 3], outputs: 4 }),
  conv2dCase('3x3 same stride 2, even size: the padding lies behind', {
    input: [1, 6, 8, 3],
    kernel: [3, 3],
    outputs: 8,
    stride: [2, 2],
  }),
  conv2dCase('3x3 valid stride 2', {
    input: [1, 7, 6, 3],
    kernel: [3, 3],
    outputs: 5,
    stride: [2, 2],
    padding: 'valid',
  }),
  conv2dCase('3x3 stride 3 down, 1 across', {
    input: [1, 8, 5, 2],
    kernel: [3, 3],
    outputs: 3,
    stride: [3, 1],
  }),
  conv2dCase('2x4 even kernel same', { input: [1, 4, 7, 3], kernel: [2, 4], outputs: 3 }),
  conv2dCase('5x5 same, larger than the input', {
    input: [1, 3, 3, 2],
    kernel: [5, 5],
    outputs: 3,
  }),
  conv2dCase('7x7 same stride 2', {
    input: [1, 9, 8, 3],
    kernel: [7, 7],
    outputs: 2,
    stride: [2, 2],
  }),
  conv2dCase('10x4 on one channel, stride 2', {
    input: [1, 12, 6, 1],
    kernel: [10, 4],
    outputs: 5,
    stride: [2, 2],
  }),
  conv2dCase('the kernel is the image, valid', {
    input: [2, 4, 3, 5],
    kernel: [4, 3],
    outputs: 6,
    padding: 'valid',
  }),
  conv2dCase('one row', { input: [1, 1, 9, 3], kernel: [1, 3], outputs: 4 }),
  conv2dCase('one column, 3x1', { input: [1, 9, 1, 3], kernel: [3, 1], outputs: 4 }),
  conv2dCase('dilation 2', { input: [1, 7, 7, 3], kernel: [3, 3], outputs: 3, dilation: [2, 2] }),
  conv2dCase('dilation 3 down, 2 across, stride 2, valid', {
    input: [1, 11, 9, 2],
    kernel: [3, 2],
    outputs: 3,
    stride: [2, 2],
    dilation: [3, 2],
    padding: 'valid',
  }),
  conv2dCase('dilation wider than the image', {
    input: [1, 3, 4, 2],
    kernel: [3, 3],
    outputs: 2,
    dilation: [4, 5],
  }),
  conv2dCase('2 groups', { input: [1, 4, 4, 6], kernel: [3, 3], outputs: 8, groups: 2 }),
  conv2dCase('as many groups as channels', {
    input: [1, 4, 5, 3],
    kernel: [3, 2],
    outputs: 6,
    groups: 3,
    stride: [1, 2],
  }),
  conv2dCase('uneven padding taken over from a PAD, valid', {
    input: [1, 5, 6, 3],
    kernel: [3, 3],
    outputs: 3,
    stride: [2, 2],
    padding: 'valid',
    extraPad: { top: 0, bottom: 1, left: 2, right: 1 },
  }),
  conv2dCase('padding taken over from a PAD, then same', {
    input: [1, 4, 4, 3],
    kernel: [3, 3],
    outputs: 3,
    stride: [2, 2],
    extraPad: { top: 1, bottom: 2, left: 0, right: 1 },
  }),
  conv2dCase('windows entirely in the padding', {
    input: [1, 3, 3, 2],
    kernel: [2, 2],
    outputs: 3,
    padding: 'valid',
    extraPad: { top: 3, bottom: 3, left: 3, right: 4 },
  }),
  conv2dCase('per-tensor weights', {
    input: [1, 4, 4, 4],
    kernel: [3, 3],
    outputs: 6,
    perChannel: false,
  }),
  conv2dCase('weights of medium size, pointwise 37 to 19 on 7 pixels', {
    input: [1, 1, 7, 37],
    kernel: [1, 1],
    outputs: 19,
    weightRange: 90,
  }),
  conv2dCase('weights of medium size, 3x3 with relu', {
    input: [1, 4, 6, 5],
    kernel: [3, 3],
    outputs: 18,
    weightRange: 85,
    activation: 'relu',
    inputZeroPoint: -128,
    outputZeroPoint: -128,
  }),
  conv2dCase('no bias', { input: [1, 4, 4, 4], kernel: [3, 3], outputs: 3, bias: 'none' }),
  conv2dCase('biases of 2^29', { input: [1, 3, 3, 4], kernel: [1, 1], outputs: 8, bias: 'large' }),
  conv2dCase('relu with zero points -128', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    outputs: 4,
    activation: 'relu',
    inputZeroPoint: -128,
    outputZeroPoint: -128,
  }),
  conv2dCase('relu6 with zero points 127 and -128', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    outputs: 4,
    activation: 'relu6',
    inputZeroPoint: 127,
    outputZeroPoint: -128,
  }),
  conv2dCase('relu6 in the middle of the range', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    outputs: 4,
    activation: 'relu6',
    outputZeroPoint: -60,
  }),
  conv2dCase('relu_n1_to_1, output zero point 127', {
    input: [1, 4, 4, 5],
    kernel: [3, 3],
    outputs: 4,
    activation: 'relu_n1_to_1',
    outputZeroPoint: 127,
  }),
  conv2dCase('factors above 1', {
    input: [1, 4, 4, 2],
    kernel: [1, 1],
    outputs: 5,
    weightRange: 2,
    factor: 1.7,
  }),
  conv2dCase('factors near 2^-20', {
    input: [1, 3, 3, 3],
    kernel: [1, 1],
    outputs: 5,
    factor: 2 ** -20,
    bias: 'large',
  }),
  conv2dCase('factors below 2^-32, which count as 0', {
    input: [1, 3, 3, 3],
    kernel: [1, 1],
    outputs: 5,
    factor: 2 ** -34,
    bias: 'large',
  }),
  conv2dCase('negative factors', {
    input: [1, 4, 5, 6],
    kernel: [3, 3],
    outputs: 7,
    weightRange: 126,
    negativeScales: true,
  }),
  conv2dCase('factors of 0.5 and more, relu', {
    input: [1, 4, 5, 2],
    kernel: [1, 1],
    outputs: 5,
    weightRange: 2,
    factor: 0.6,
    activation: 'relu',
    outputZeroPoint: -128,
  }),
  conv2dCase('3x3 stride 2 with relu', {
    input: [1, 9, 11, 3],
    kernel: [3, 3],
    outputs: 8,
    stride: [2, 2],
    activation: 'relu',
    outputZeroPoint: -128,
  }),
  conv2dCase('3x3 stride 2, 89 outputs in a row', {
    input: [1, 3, 178, 3],
    kernel: [3, 3],
    outputs: 4,
    stride: [2, 2],
    activation: 'relu',
    outputZeroPoint: -128,
  }),
  conv2dCase('3x3, 61 outputs in a row, valid', {
    input: [1, 4, 63, 3],
    kernel: [3, 3],
    outputs: 5,
    padding: 'valid',
  }),
  conv2dCase('3x3 with relu6 in the middle of the range, 7 channels', {
    input: [2, 6, 7, 3],
    kernel: [3, 3],
    outputs: 7,
    activation: 'relu6',
    outputZeroPoint: -60,
  }),
  conv2dCase('relu, factors 16 times as large as others', {
    input: [1, 6, 8, 2],
    kernel: [3, 3],
    outputs: 9,
    activation: 'relu',
    outputZeroPoint: -128,
    spread: 16,
  }),
  conv2dCase('relu, factors 500 times as large as others', {
    input: [1, 6, 8, 2],
    kernel: [3, 3],
    outputs: 9,
    activation: 'relu',
    outputZeroPoint: -128,
    spread: 500,
  }),
  conv2dCase('relu, some channels with but one output', {
    input: [1, 6, 8, 1],
    kernel: [5, 4],
    outputs: 9,
    activation: 'relu',
    outputZeroPoint: -20,
    spread: 2 ** 24,
  }),
  conv2dCase('some channels with but one output', {
    input: [1, 6, 8, 4],
    kernel: [2, 3],
    outputs: 6,
    spread: 2 ** 24,
  }),
  ...[1, 8].map(channels =>
    conv2dCase(`${channels} channels, outputs without weights, relu`, {
      input: [1, 6, 8, channels],
      kernel: [3, 3],
      outputs: 9,
      activation: 'relu',
      outputZeroPoint: -128,
      pruned: true,
    }),
  ),
  conv2dCase('large factors and relu', {
    input: [1, 5, 6, 1],
    kernel: [2, 2],
    outputs: 8,
    weightRange: 3,
    activation: 'relu',
    outputZeroPoint: -128,
  }),
  // Too large for fitted requantisation.
  ...(['none', 'relu'] as const).map(activation =>
    conv2dCase(`sums beyond 2^23, ${activation}`, {
      input: [1, 1, 3, 1200],
      kernel: [1, 1],
      outputs: 5,
      activation,
      outputZeroPoint: activation === 'relu' ? -128 : -5,
    }),
  ),
]
