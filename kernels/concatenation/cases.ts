// Shapes and values every CONCATENATION variant must pass.

import { activationTensor } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

/** A case of these shapes; tests make random ones with it too. */
export function concatenationCase(
  name: string,
  axis: number,
  shapes: readonly (readonly number[])[],
): OpCase<'concatenation'> {
  const [first = []] = shapes
  const total = shapes.reduce((sum, shape) => sum + shape[axis]!, 0)
  const output = first.map((extent, d) => (d === axis ? total : extent))
  return {
    name,
    context: {
      attributes: { kind: 'concatenation', axis, activation: 'none' },
      inputs: shapes.map(shape => activationTensor(shape, 0.05, -7)),
      outputs: [activationTensor(output, 0.05, -7)],
    },
  }
}

export const concatenationCases: readonly OpCase<'concatenation'>[] = [
  concatenationCase('channels', 3, [
    [1, 3, 4, 3],
    [1, 3, 4, 5],
  ]),
  concatenationCase('channels of four inputs', 3, [
    [1, 2, 3, 1],
    [1, 2, 3, 7],
    [1, 2, 3, 4],
    [1, 2, 3, 2],
  ]),
  concatenationCase('many channels', 3, [
    [1, 2, 3, 16],
    [1, 2, 3, 37],
    [1, 2, 3, 7],
  ]),
  concatenationCase('width, 2 images', 2, [
    [2, 3, 2, 3],
    [2, 3, 4, 3],
  ]),
  concatenationCase('height', 1, [
    [1, 2, 3, 3],
    [1, 1, 3, 3],
    [1, 4, 3, 3],
  ]),
  concatenationCase('height, 2 images', 1, [
    [2, 2, 3, 2],
    [2, 3, 3, 2],
  ]),
  concatenationCase('the batch', 0, [
    [1, 2, 3, 2],
    [3, 2, 3, 2],
  ]),
  concatenationCase('vectors', 1, [
    [1, 5],
    [1, 8],
    [1, 1],
  ]),
  concatenationCase('rows of a matrix', 0, [
    [2, 4],
    [3, 4],
  ]),
  concatenationCase('columns of a matrix', 1, [
    [3, 2],
    [3, 5],
  ]),
  concatenationCase('the middle of three dimensions', 1, [
    [2, 3, 4],
    [2, 2, 4],
  ]),
  concatenationCase('a single input', 3, [[1, 2, 2, 3]]),
]
