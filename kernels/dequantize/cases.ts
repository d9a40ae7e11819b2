// Shapes and values every DEQUANTIZE variant must pass.

import { activationTensor, floatTensor } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

function dequantizeCase(
  name: string,
  shape: readonly number[],
  scale: number,
  zeroPoint: number,
): OpCase<'dequantize'> {
  return {
    name,
    context: {
      attributes: { kind: 'dequantize' },
      inputs: [activationTensor(shape, scale, zeroPoint)],
      outputs: [floatTensor(shape)],
    },
  }
}

export const dequantizeCases: readonly OpCase<'dequantize'>[] = [
  dequantizeCase('NHWC', [1, 3, 4, 5], 0.05, -7),
  dequantizeCase('2 images', [2, 3, 2, 5], 0.123456, 20),
  dequantizeCase('a vector, zero point -128', [1, 300], 1 / 256, -128),
  dequantizeCase('zero point 127', [300], 0.0123, 127),
]
