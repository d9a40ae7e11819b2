// TRANSPOSE: one strided copy.

import { indexValues, inputOf, outputOf } from '../call.ts'
import { copyLoops, copyStridedCall, type CopyVariant } from '../copy/calls.ts'
import { defineOp, type OpContext } from '../op.ts'
import { mergeLoops, stridesOf, type Loop } from '../shape.ts'
import { transposeCases } from './cases.ts'

/** In the order of the output's bytes: output dimension d is input dimension permutation[d]. */
function loopsOf(context: OpContext<'transpose'>): readonly Loop[] {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const [from, to] = [stridesOf(x.shape), stridesOf(y.shape)]
  return indexValues(inputOf(context, 1)).map((p, d): Loop => {
    const dimension = p < 0 ? p + x.shape.length : p
    return { extent: y.shape[d]!, strides: [from[dimension]!, to[d]!] }
  })
}

function variant(name: CopyVariant, requires: 'base' | 'dsp') {
  return {
    name,
    requires,
    when: () => true,
    lower: (context: OpContext<'transpose'>) => [
      copyStridedCall(loopsOf(context), { index: 0 }, 0, name),
    ],
    inPlace: () => [],
    rows: null,
  } as const
}

export const transpose = defineOp({
  kind: 'transpose',
  tflite: ['TRANSPOSE'],
  problem: context =>
    mergeLoops(loopsOf(context)).length > copyLoops
      ? `it moves more than ${copyLoops} dimensions apart`
      : null,
  variants: [variant('dsp', 'dsp'), variant('reference', 'base')],
  cases: transposeCases,
})
