// RESHAPE: a plain copy, where the planner does not make both tensors one.

import { outputOf } from '../call.ts'
import { copyBytesCall } from '../copy/calls.ts'
import { defineOp } from '../op.ts'
import { elementBytes, elementCount } from '../shape.ts'
import { reshapeCases } from './cases.ts'

export const reshape = defineOp({
  kind: 'reshape',
  tflite: ['RESHAPE'],
  problem: () => null,
  variants: [
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => {
        const y = outputOf(context)
        return [copyBytesCall(elementCount(y.shape) * elementBytes(y))]
      },
      inPlace: () => [0],
      rows: null,
    },
  ],
  cases: reshapeCases,
})
