// Shapes and values every PAD and PADV2 variant must pass.

import { activationTensor, int32Constant, int8Constant } from '../case-builder.ts'
import type { OpCase, OpContext } from '../op.ts'

type Paddings = readonly (readonly [before: number, after: number])[]

function contextOf<K extends 'pad' | 'padv2'>(
  kind: K,
  shape: readonly number[],
  paddings: Paddings,
  zeroPoint: number,
): Omit<OpContext<'pad'>, 'attributes'> & { readonly attributes: { readonly kind: K } } {
  const output = shape.map((extent, d) => extent + paddings[d]![0] + paddings[d]![1])
  return {
    attributes: { kind },
    inputs: [
      activationTensor(shape, 0.05, zeroPoint),
      int32Constant([shape.length, 2], paddings.flat()),
    ],
    outputs: [activationTensor(output, 0.05, zeroPoint)],
  }
}

/** A case of these shapes; tests make random ones with it too. */
export function padCase(
  name: string,
  shape: readonly number[],
  paddings: Paddings,
  zeroPoint = -7,
): OpCase<'pad'> {
  return { name, context: contextOf('pad', shape, paddings, zeroPoint) }
}

function padV2Case(
  name: string,
  shape: readonly number[],
  paddings: Paddings,
  value: number,
): OpCase<'padv2'> {
  const context = contextOf('padv2', shape, paddings, -7)
  const constant = int8Constant([1], [value], [0.05], { zeroPoint: -7 })
  return { name, context: { ...context, inputs: [...context.inputs, constant] } }
}

const none = [0, 0] as const

export const padCases: readonly OpCase<'pad'>[] = [
  padCase('one all round', [1, 4, 5, 3], [none, [1, 1], [1, 1], none]),
  padCase('below and to the right', [1, 3, 3, 5], [none, [0, 1], [0, 1], none]),
  padCase('uneven', [1, 2, 3, 4], [none, [2, 0], [3, 1], none], -128),
  padCase('wide rows', [1, 2, 9, 5], [none, [1, 1], [3, 8], none], 9),
  padCase('channels to 24', [1, 2, 3, 21], [none, [0, 1], none, [2, 1]]),
  padCase('nothing', [1, 3, 2, 4], [none, none, none, none]),
  padCase('channels behind', [1, 3, 2, 3], [none, none, none, [0, 5]], 127),
  padCase('channels on both sides and pixels', [2, 2, 3, 3], [none, [1, 0], [0, 2], [1, 2]]),
  padCase('images', [1, 2, 2, 3], [[1, 1], [1, 0], none, none]),
  padCase('one row', [1, 1, 5, 1], [none, [1, 1], [2, 2], none]),
  padCase('a vector', [7], [[2, 3]]),
  padCase(
    'a matrix',
    [3, 4],
    [
      [1, 0],
      [0, 2],
    ],
  ),
  padCase('three dimensions', [2, 3, 4], [[0, 1], [1, 1], none]),
  padCase('five dimensions', [1, 2, 2, 2, 3], [none, [1, 0], [0, 1], [1, 1], none]),
]

export const padV2Cases: readonly OpCase<'padv2'>[] = [
  padV2Case('-128 all round', [1, 3, 4, 3], [none, [1, 1], [1, 1], none], -128),
  padV2Case('127 on channels', [1, 2, 2, 3], [none, none, none, [1, 1]], 127),
  padV2Case(
    '0 on a matrix',
    [3, 4],
    [
      [1, 1],
      [2, 0],
    ],
    0,
  ),
]
