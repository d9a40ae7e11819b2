// MAX_POOL_2D: which kernel call it becomes.

import { defineOp, type KernelCall } from '../op.ts'
import { poolCall, poolRows, readPool, type Pool } from '../pool.ts'
import { maxPool2dCases } from './cases.ts'

export function maxPool2dReferenceCall(pool: Pool): KernelCall {
  return poolCall(pool, {
    kernel: 'max_pool2d/reference',
    entry: 'maxPool2d',
    struct: 'MaxPool2dParams',
  })
}

export const maxPool2d = defineOp({
  kind: 'max_pool2d',
  tflite: ['MAX_POOL_2D'],
  problem: () => null,
  variants: [
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [maxPool2dReferenceCall(readPool(context))],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
    },
  ],
  cases: maxPool2dCases,
})
