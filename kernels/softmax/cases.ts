// Shapes and values every SOFTMAX variant must pass.

import { activationTensor } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

/** A case of these shapes; tests make random ones with it too. */
export function softmaxCase(
  name: string,
  shape: readonly number[],
  scale: number,
  options: { readonly beta?: number; readonly zeroPoint?: number } = {},
): OpCase<'softmax'> {
  return {
    name,
    context: {
      attributes: { kind: 'softmax', beta: options.beta ?? 1 },
      inputs: [activationTensor(shape, scale, options.zeroPoint ?? 4)],
      outputs: [activationTensor(shape, 1 / 256, -128)],
    },
  }
}

export const softmaxCases: readonly OpCase<'softmax'>[] = [
  softmaxCase('2 classes', [1, 2], 0.05),
  softmaxCase('12 classes', [1, 12], 0.15),
  softmaxCase('one class', [1, 1], 0.1),
  softmaxCase('3 rows', [3, 10], 0.1),
  softmaxCase('per pixel', [1, 2, 3, 5], 0.08),
  softmaxCase('a vector of one dimension', [7], 0.08),
  softmaxCase('300 classes, most of them 0', [1, 300], 0.2),
  softmaxCase('1000 classes of nearly equal weight', [1, 1000], 0.0001),
  softmaxCase('90 rows of a coarse scale', [90, 3], 0.9),
  softmaxCase('many rows of a scale that saturates', [30, 9], 4),
  softmaxCase('many rows, the factor is capped', [30, 9], 40),
  softmaxCase('many rows, beta 3.7', [30, 7], 0.02, { beta: 3.7, zeroPoint: -128 }),
  softmaxCase('3000 classes', [1, 3000], 0.01),
  softmaxCase('a scale that saturates the exponential', [2, 9], 4),
  softmaxCase('the factor is capped', [2, 9], 40),
  softmaxCase('a tiny scale', [1, 9], 2 ** -20),
  softmaxCase('beta 0.5', [1, 9], 0.1, { beta: 0.5 }),
  softmaxCase('beta 3.7, zero point -128', [1, 9], 0.1, { beta: 3.7, zeroPoint: -128 }),
]
