// Shapes and values every QUANTIZE variant must pass.

import { activationTensor, floatTensor } from '../case-builder.ts'
import type { OpCase, TensorInfo } from '../op.ts'

function fromFloat(
  name: string,
  shape: readonly number[],
  scale: number,
  zeroPoint: number,
): OpCase<'quantize'> {
  return {
    name,
    context: {
      attributes: { kind: 'quantize' },
      inputs: [floatTensor(shape)],
      outputs: [activationTensor(shape, scale, zeroPoint)],
    },
  }
}

function fromInt8(
  name: string,
  shape: readonly number[],
  scales: readonly [input: number, output: number],
  zeroPoints: readonly [input: number, output: number],
): OpCase<'quantize'> {
  return {
    name,
    context: {
      attributes: { kind: 'quantize' },
      inputs: [activationTensor(shape, scales[0], zeroPoints[0])],
      outputs: [activationTensor(shape, scales[1], zeroPoints[1])],
    },
  }
}

function uint8(scale: number, zeroPoint: number): TensorInfo {
  return { ...activationTensor([2, 5, 5, 6], scale, zeroPoint), dtype: 'uint8' }
}

function int8(scale: number, zeroPoint: number): TensorInfo {
  return activationTensor([2, 5, 5, 6], scale, zeroPoint)
}

function between(name: string, x: TensorInfo, y: TensorInfo): OpCase<'quantize'> {
  return {
    name,
    context: { attributes: { kind: 'quantize' }, inputs: [x], outputs: [y] },
  }
}

export const quantizeCases: readonly OpCase<'quantize'>[] = [
  fromFloat('float32, NHWC', [1, 3, 4, 5], 0.05, -7),
  fromFloat('float32, zero point -128', [1, 200], 0.0078125, -128),
  fromFloat('float32, zero point 127, 2 images', [2, 5, 4, 3], 0.3, 127),
  fromFloat('float32, a fine scale', [1, 100], 1e-6, 0),
  fromInt8('int8, coarser', [1, 5, 5, 12], [0.05, 0.13], [3, -20]),
  fromInt8('int8, finer', [1, 300], [0.05, 0.013], [3, -20]),
  fromInt8('int8, only the zero point moves by 128', [2, 5, 5, 6], [0.05, 0.05], [0, -128]),
  fromInt8('int8, zero points -128 and 127', [1, 300], [0.02, 0.03], [-128, 127]),
  fromInt8('int8, factor below 2^-32', [1, 40], [1e-8, 1000], [3, -20]),
  between('uint8 to int8, the same scale', uint8(0.05, 128), int8(0.05, 0)),
  between('uint8 to int8, finer', uint8(0.05, 255), int8(0.02, -7)),
  between('int8 to uint8, the same scale', int8(1 / 256, -128), uint8(1 / 256, 0)),
  between('int8 to uint8, coarser', int8(0.05, 9), uint8(0.13, 200)),
]
