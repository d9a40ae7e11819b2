// Shapes and values that the variants of both pools must pass.

import type { Activation } from './attributes.ts'
import { activationTensor, windowOf, type WindowOptions } from './case-builder.ts'
import type { OpCase } from './op.ts'

interface Spec extends Omit<WindowOptions, 'dilation' | 'extraPad'> {
  readonly input: readonly [batches: number, height: number, width: number, channels: number]
  readonly filter: readonly [height: number, width: number]
  readonly activation?: Activation
  readonly zeroPoint?: number
}

/** A case of these shapes; tests make random ones with it too. */
export function poolCase<K extends 'average_pool2d' | 'max_pool2d'>(
  kind: K,
  name: string,
  spec: Spec,
): { readonly name: string; readonly context: PoolCaseContext<K> } {
  const [batches, height, width, channels] = spec.input
  const window = windowOf([height, width], spec.filter, spec)
  const zeroPoint = spec.zeroPoint ?? -7
  return {
    name,
    context: {
      attributes: {
        kind,
        padding: window.padding,
        strideH: window.stride[0],
        strideW: window.stride[1],
        filterH: spec.filter[0],
        filterW: spec.filter[1],
        activation: spec.activation ?? 'none',
      },
      inputs: [activationTensor(spec.input, 0.05, zeroPoint)],
      outputs: [activationTensor([batches, ...window.output, channels], 0.05, zeroPoint)],
    },
  }
}

type PoolCaseContext<K> = Omit<OpCase<'average_pool2d'>['context'], 'attributes'> & {
  readonly attributes: Omit<OpCase<'average_pool2d'>['context']['attributes'], 'kind'> & {
    readonly kind: K
  }
}

/** The cases of one of the two pools. */
export function poolCases<K extends 'average_pool2d' | 'max_pool2d'>(kind: K) {
  const make = (name: string, spec: Spec) => poolCase(kind, name, spec)
  return [
    make('2x2 stride 2', { input: [1, 4, 6, 3], filter: [2, 2], stride: [2, 2] }),
    make('2x2 same stride 2, odd size', { input: [1, 5, 7, 4], filter: [2, 2], stride: [2, 2] }),
    make('3x3 same stride 1: fewer taps at the border', { input: [1, 4, 5, 5], filter: [3, 3] }),
    make('3x3 same stride 2, even size', {
      input: [1, 6, 8, 16],
      filter: [3, 3],
      stride: [2, 2],
    }),
    make('3x2 valid, stride 1 down, 3 across', {
      input: [1, 6, 8, 3],
      filter: [3, 2],
      stride: [1, 3],
      padding: 'valid',
    }),
    make('stride wider than the filter', { input: [1, 7, 7, 2], filter: [1, 2], stride: [3, 3] }),
    make('the whole image', {
      input: [1, 5, 4, 7],
      filter: [5, 4],
      stride: [5, 4],
      padding: 'valid',
    }),
    make('the whole height, windows of columns', {
      input: [1, 6, 9, 3],
      filter: [6, 3],
      stride: [6, 2],
      padding: 'valid',
    }),
    make('the whole height and more, fewer columns at the border', {
      input: [1, 4, 6, 3],
      filter: [11, 5],
      stride: [4, 2],
    }),
    make('the whole image, 19 channels', {
      input: [1, 5, 4, 19],
      filter: [5, 4],
      padding: 'valid',
    }),
    make('the whole height, windows of columns, 11 channels', {
      input: [1, 6, 9, 11],
      filter: [6, 3],
      stride: [6, 2],
      padding: 'valid',
      activation: 'relu',
    }),
    make('the whole height and more, 8 channels', {
      input: [1, 4, 6, 8],
      filter: [11, 5],
      stride: [4, 2],
    }),
    make('3x3 same stride 1, 13 channels, 2 images', { input: [2, 4, 5, 13], filter: [3, 3] }),
    make('3x2 same stride 2, 16 channels, relu6', {
      input: [1, 7, 6, 16],
      filter: [3, 2],
      stride: [2, 2],
      activation: 'relu6',
    }),
    make('256 taps', { input: [1, 16, 16, 9], filter: [16, 16], padding: 'valid' }),
    make('257 taps', { input: [1, 257, 1, 9], filter: [257, 1], padding: 'valid' }),
    make('182 taps, 5 channels', { input: [1, 13, 14, 5], filter: [13, 14], padding: 'valid' }),
    make('1x1 image', { input: [1, 1, 1, 5], filter: [1, 1], padding: 'valid' }),
    make('filter larger than the image, same', { input: [1, 2, 3, 3], filter: [5, 5] }),
    make('one row', { input: [1, 1, 9, 2], filter: [1, 3], stride: [1, 2] }),
    make('one column', { input: [1, 9, 1, 1], filter: [3, 1], stride: [2, 1] }),
    make('3 images', { input: [3, 4, 4, 3], filter: [2, 2], stride: [2, 2] }),
    make('relu', {
      input: [1, 4, 4, 3],
      filter: [2, 2],
      activation: 'relu',
      zeroPoint: -20,
    }),
    make('relu6 with zero point -128', {
      input: [1, 4, 4, 3],
      filter: [2, 2],
      activation: 'relu6',
      zeroPoint: -128,
    }),
    make('relu_n1_to_1 with zero point 127', {
      input: [1, 4, 4, 3],
      filter: [2, 2],
      activation: 'relu_n1_to_1',
      zeroPoint: 127,
    }),
  ]
}
