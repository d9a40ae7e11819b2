// DEQUANTIZE: int8 to float32.

import { inputOf, sameRow, scaleOf, zeroPointOf } from '../call.ts'
import { elementwiseCall } from '../elementwise.ts'
import { defineOp } from '../op.ts'
import { dequantizeCases } from './cases.ts'

export const dequantize = defineOp({
  kind: 'dequantize',
  tflite: ['DEQUANTIZE'],
  problem: () => null,
  variants: [
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [
        elementwiseCall(
          context,
          { kernel: 'dequantize/reference', entry: 'dequantizeF32', struct: 'DequantizeParams' },
          {
            scale: scaleOf(inputOf(context, 0)),
            zeroPoint: zeroPointOf(inputOf(context, 0)),
          },
        ),
      ],
      inPlace: () => [],
      rows: (_context, _index, row) => sameRow(row),
    },
  ],
  cases: dequantizeCases,
})
