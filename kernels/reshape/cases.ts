// Shapes every RESHAPE variant must pass.

import { activationTensor, floatTensor, int32Constant } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

function reshapeCase(
  name: string,
  from: readonly number[],
  to: readonly number[],
): OpCase<'reshape'> {
  return {
    name,
    context: {
      attributes: { kind: 'reshape' },
      // No tensor has 0 elements: a scalar's shape is left out.
      inputs: [
        activationTensor(from, 0.05, -7),
        ...(to.length === 0 ? [] : [int32Constant([to.length], to)]),
      ],
      outputs: [activationTensor(to, 0.05, -7)],
    },
  }
}

export const reshapeCases: readonly OpCase<'reshape'>[] = [
  reshapeCase('an image to a vector', [1, 3, 4, 5], [1, 60]),
  reshapeCase('a vector to an image', [1, 24], [1, 2, 3, 4]),
  reshapeCase('to a scalar', [1, 1], []),
  {
    name: 'float32',
    context: {
      attributes: { kind: 'reshape' },
      inputs: [floatTensor([2, 6]), int32Constant([3], [1, 3, 4])],
      outputs: [floatTensor([1, 3, 4])],
    },
  },
]
