// Shapes and values every LOGISTIC variant must pass.

import { activationTensor } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

function logisticCase(
  name: string,
  shape: readonly number[],
  scale: number,
  zeroPoint: number,
): OpCase<'logistic'> {
  return {
    name,
    context: {
      attributes: { kind: 'logistic' },
      inputs: [activationTensor(shape, scale, zeroPoint)],
      outputs: [activationTensor(shape, 1 / 256, -128)],
    },
  }
}

export const logisticCases: readonly OpCase<'logistic'>[] = [
  logisticCase('NHWC', [1, 4, 4, 16], 0.05, 3),
  logisticCase('2 images', [2, 3, 4, 5], 0.02, -17),
  logisticCase('a vector', [1, 300], 0.1, 0),
  logisticCase('zero point -128', [1, 300], 0.03, -128),
  logisticCase('zero point 127', [1, 300], 0.03, 127),
  logisticCase('a large scale: most inputs saturate', [1, 300], 1.5, 1),
  logisticCase('so large that the radius is 0', [1, 300], 20, 1),
  logisticCase('a tiny scale', [1, 300], 2 ** -30, 5),
  logisticCase('three dimensions', [2, 3, 20], 0.07, 9),
]
