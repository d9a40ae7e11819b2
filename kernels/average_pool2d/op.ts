// AVERAGE_POOL_2D: which kernel call it becomes.

import { accumulatorProblem } from '../accumulator.ts'
import { defineOp, type KernelCall } from '../op.ts'
import { poolCall, poolRows, readPool, type Pool } from '../pool.ts'
import { averagePool2dCases } from './cases.ts'

export function averagePool2dReferenceCall(pool: Pool): KernelCall {
  return poolCall(pool, {
    kernel: 'average_pool2d/reference',
    entry: 'averagePool2d',
    struct: 'AveragePool2dParams',
  })
}

export const averagePool2d = defineOp({
  kind: 'average_pool2d',
  tflite: ['AVERAGE_POOL_2D'],
  problem: accumulatorProblem,
  variants: [
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [averagePool2dReferenceCall(readPool(context))],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
    },
  ],
  cases: averagePool2dCases,
})
