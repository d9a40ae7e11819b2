// Shapes every TRANSPOSE variant must pass.

import { activationTensor, int32Constant } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

/** A case of these shapes; tests make random ones with it too. */
export function transposeCase(
  name: string,
  shape: readonly number[],
  permutation: readonly number[],
): OpCase<'transpose'> {
  const output = permutation.map(p => shape[p]!)
  return {
    name,
    context: {
      attributes: { kind: 'transpose' },
      inputs: [activationTensor(shape, 0.05, -7), int32Constant([permutation.length], permutation)],
      outputs: [activationTensor(output, 0.05, -7)],
    },
  }
}

export const transposeCases: readonly OpCase<'transpose'>[] = [
  transposeCase('a matrix', [3, 5], [1, 0]),
  transposeCase('NHWC to NCHW', [1, 3, 4, 5], [0, 3, 1, 2]),
  transposeCase('NCHW to NHWC, 2 images', [2, 3, 4, 5], [0, 2, 3, 1]),
  transposeCase('NHWC to NCHW, larger', [1, 7, 9, 6], [0, 3, 1, 2]),
  transposeCase('rows of 23 bytes', [2, 3, 23], [1, 0, 2]),
  transposeCase('all four dimensions', [2, 3, 4, 5], [3, 2, 1, 0]),
  transposeCase('nothing moves', [2, 3, 4], [0, 1, 2]),
  transposeCase('only dimensions of 1 move', [1, 5, 1, 4], [2, 1, 0, 3]),
  transposeCase('a vector', [7], [0]),
  transposeCase('five dimensions', [2, 3, 2, 3, 2], [4, 2, 0, 3, 1]),
  transposeCase('six dimensions', [2, 3, 2, 2, 3, 2], [5, 3, 1, 4, 2, 0]),
]
