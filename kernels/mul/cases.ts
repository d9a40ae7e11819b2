// Shapes and values every MUL variant must pass.

import type { Activation } from '../attributes.ts'
import { activationTensor } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

type Shape = readonly number[]

interface Options {
  readonly scales?: readonly [a: number, b: number, output: number]
  readonly zeroPoints?: readonly [a: number, b: number, output: number]
  readonly activation?: Activation
}

/** A case of these shapes; tests make random ones with it too. */
export function mulCase(
  name: string,
  shapes: readonly [a: Shape, b: Shape, output: Shape],
  options: Options = {},
): OpCase<'mul'> {
  const { scales = [0.05, 0.03, 0.09], zeroPoints = [3, -20, -5], activation = 'none' } = options
  const tensor = (i: 0 | 1 | 2) => activationTensor(shapes[i], scales[i], zeroPoints[i])
  return {
    name,
    context: {
      attributes: { kind: 'mul', activation },
      inputs: [tensor(0), tensor(1)],
      outputs: [tensor(2)],
    },
  }
}

const same = (shape: Shape): readonly [Shape, Shape, Shape] => [shape, shape, shape]

export const mulCases: readonly OpCase<'mul'>[] = [
  mulCase('NHWC', same([1, 4, 5, 3])),
  mulCase('2 images', same([2, 3, 2, 5])),
  mulCase('a vector', same([1, 17])),
  mulCase('squeeze and excite: a factor per channel', [
    [1, 4, 3, 5],
    [1, 1, 1, 5],
    [1, 4, 3, 5],
  ]),
  mulCase('squeeze and excite over 2 images', [
    [2, 2, 3, 4],
    [2, 1, 1, 4],
    [2, 2, 3, 4],
  ]),
  mulCase('a factor per pixel, first', [
    [1, 3, 4, 1],
    [1, 3, 4, 5],
    [1, 3, 4, 5],
  ]),
  mulCase('a factor per row', [
    [1, 3, 4, 2],
    [1, 3, 1, 1],
    [1, 3, 4, 2],
  ]),
  mulCase('squeeze and excite of 19 channels', [
    [1, 2, 3, 19],
    [1, 1, 1, 19],
    [1, 2, 3, 19],
  ]),
  mulCase('a factor just below 0.5', same([1, 5, 5, 7]), { scales: [0.7, 0.7, 0.981] }),
  mulCase('a factor of 2^-20', same([1, 5, 5, 7]), { scales: [0.001, 0.001, 0.95] }),
  mulCase('three dimensions', [
    [2, 3, 4],
    [1, 3, 1],
    [2, 3, 4],
  ]),
  mulCase('one value', [[1, 2, 3, 2], [], [1, 2, 3, 2]]),
  mulCase('a factor above 1', same([1, 3, 4, 3]), { scales: [1.5, 1.25, 0.5] }),
  mulCase('a factor below 2^-32', same([1, 3, 4, 3]), { scales: [0.0001, 0.0001, 500] }),
  mulCase('zero points -128', same([1, 4, 4, 3]), {
    zeroPoints: [-128, -128, -128],
    scales: [0.05, 0.03, 0.4],
  }),
  mulCase('zero points 127', same([1, 4, 4, 3]), {
    zeroPoints: [127, 127, 127],
    scales: [0.05, 0.03, 0.4],
  }),
  mulCase('relu', same([1, 4, 4, 3]), { activation: 'relu' }),
  mulCase('relu6', same([1, 4, 4, 3]), { activation: 'relu6' }),
  mulCase('relu_n1_to_1', same([1, 4, 4, 3]), { activation: 'relu_n1_to_1' }),
]
