// RESHAPE: a plain copy, where the planner does not make both tensors one.

import { outputOf } from '../call.ts'
import { copyBytesCall, type CopyVariant } from '../copy/calls.ts'
import { defineOp, type OpContext } from '../op.ts'
import { elementBytes, elementCount } from '../shape.ts'
import { reshapeCases } from './cases.ts'

function variant(name: CopyVariant, requires: 'base' | 'dsp') {
  return {
    name,
    requires,
    when: () => true,
    lower: (context: OpContext<'reshape'>) => {
      const y = outputOf(context)
      return [copyBytesCall(elementCount(y.shape) * elementBytes(y), name)]
    },
    inPlace: () => [0],
    rows: null,
  } as const
}

export const reshape = defineOp({
  kind: 'reshape',
  tflite: ['RESHAPE'],
  problem: () => null,
  variants: [variant('dsp', 'dsp'), variant('reference', 'base')],
  cases: reshapeCases,
})
