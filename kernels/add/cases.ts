// Shapes and values every ADD variant must pass.

import type { Activation } from '../attributes.ts'
import { activationTensor, int8Constant } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

type Shape = readonly number[]

interface Options {
  readonly scales?: readonly [a: number, b: number, output: number]
  readonly zeroPoints?: readonly [a: number, b: number, output: number]
  readonly activation?: Activation
}

/** A case of these shapes; tests make random ones with it too. */
export function addCase(
  name: string,
  shapes: readonly [a: Shape, b: Shape, output: Shape],
  options: Options = {},
): OpCase<'add'> {
  const { scales = [0.04, 0.03, 0.05], zeroPoints = [3, -20, -5], activation = 'none' } = options
  const tensor = (i: 0 | 1 | 2) => activationTensor(shapes[i], scales[i], zeroPoints[i])
  return {
    name,
    context: {
      attributes: { kind: 'add', activation },
      inputs: [tensor(0), tensor(1)],
      outputs: [tensor(2)],
    },
  }
}

const same = (shape: Shape): readonly [Shape, Shape, Shape] => [shape, shape, shape]

export const addCases: readonly OpCase<'add'>[] = [
  addCase('NHWC', same([1, 4, 5, 3])),
  addCase('2 images', same([2, 3, 2, 5])),
  addCase('a vector', same([1, 17])),
  addCase('rows of 8 and 7 elements more', same([1, 3, 3, 13])),
  addCase('a value per channel, many channels', [[1, 3, 2, 19], [19], [1, 3, 2, 19]]),
  addCase('a value per pixel, first, many channels', [
    [1, 2, 3, 1],
    [1, 2, 3, 21],
    [1, 2, 3, 21],
  ]),
  addCase('a scalar', same([])),
  addCase('five dimensions', same([1, 2, 3, 2, 3])),
  addCase('a value per channel', [[1, 3, 4, 5], [5], [1, 3, 4, 5]]),
  addCase('a value per channel as NHWC, first', [
    [1, 1, 1, 5],
    [1, 3, 4, 5],
    [1, 3, 4, 5],
  ]),
  addCase('a value per pixel', [
    [1, 3, 4, 5],
    [1, 3, 4, 1],
    [1, 3, 4, 5],
  ]),
  addCase('a row for all rows', [
    [1, 3, 4, 2],
    [1, 1, 4, 2],
    [1, 3, 4, 2],
  ]),
  addCase('a column and a row', [
    [1, 3, 1, 2],
    [1, 1, 4, 2],
    [1, 3, 4, 2],
  ]),
  addCase('an image for all images', [
    [3, 2, 3, 2],
    [1, 2, 3, 2],
    [3, 2, 3, 2],
  ]),
  addCase('an image of three dimensions for all images', [
    [2, 2, 3, 2],
    [2, 3, 2],
    [2, 2, 3, 2],
  ]),
  addCase('alternating in five dimensions', [
    [2, 1, 3, 1, 2],
    [1, 3, 1, 2, 1],
    [2, 3, 3, 2, 2],
  ]),
  addCase('one value', [
    [1, 2, 3, 2],
    [1, 1, 1, 1],
    [1, 2, 3, 2],
  ]),
  addCase('inputs a thousand times apart in scale', same([1, 4, 4, 3]), {
    scales: [0.04, 0.00004, 0.05],
  }),
  addCase('an output 100 times finer', same([1, 4, 4, 3]), { scales: [0.04, 0.03, 0.0004] }),
  addCase('an output 10000 times coarser', same([1, 4, 4, 3]), { scales: [0.04, 0.03, 400] }),
  addCase('equal scales', same([1, 4, 4, 3]), { scales: [0.05, 0.05, 0.05] }),
  addCase('ties everywhere', same([1, 4, 5, 5]), { scales: [0.25, 0.5, 1] }),
  addCase('ties that thirds decide', same([1, 4, 5, 5]), { scales: [0.25, 1 / 6, 0.5] }),
  addCase('zero points -128', same([1, 4, 4, 3]), { zeroPoints: [-128, -128, -128] }),
  addCase('zero points 127', same([1, 4, 4, 3]), { zeroPoints: [127, 127, 127] }),
  addCase('relu', same([1, 4, 4, 3]), { activation: 'relu' }),
  addCase('relu6', same([1, 4, 4, 3]), { activation: 'relu6', zeroPoints: [0, 1, -50] }),
  addCase('relu_n1_to_1', same([1, 4, 4, 3]), { activation: 'relu_n1_to_1' }),
  constantCase(),
]

/** The second input is a constant of the model. */
function constantCase(): OpCase<'add'> {
  const base = addCase('a constant per channel', same([1, 2, 3, 4]))
  const constant = int8Constant([4], [-128, -1, 5, 127], [0.03])
  return { ...base, context: { ...base.context, inputs: [base.context.inputs[0]!, constant] } }
}
