// MAX_POOL_2D: which kernel call it becomes.

import { sameRow } from '../call.ts'
import { defineOp, type KernelCall } from '../op.ts'
import {
  poolCall,
  poolColumns,
  poolRows,
  poolRowsCall,
  poolsWholeHeight,
  readPool,
  type Pool,
} from '../pool.ts'
import { maxPool2dCases } from './cases.ts'

const target = { entry: 'maxPool2d', struct: 'MaxPool2dParams' } as const

export function maxPool2dReferenceCall(pool: Pool): KernelCall {
  return poolCall(pool, { kernel: 'max_pool2d/reference', ...target }, 1)
}

function rowsCall(pool: Pool): KernelCall {
  const kernel = 'max_pool2d/rows'
  return poolRowsCall(
    pool,
    { kernel, entry: 'maxPool2dRows', struct: 'MaxPool2dRowsParams' },
    pool.output[2] * pool.output[3],
    1,
  )
}

export const maxPool2d = defineOp({
  kind: 'max_pool2d',
  tflite: ['MAX_POOL_2D'],
  problem: () => null,
  variants: [
    {
      name: 'rows',
      requires: 'base',
      when: poolsWholeHeight,
      lower: context => [rowsCall(readPool(context))],
      inPlace: () => [],
      rows: (_context, _index, row) => sameRow(row),
      accumulates: true,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [maxPool2dReferenceCall(readPool(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
      columns: poolColumns,
    },
  ],
  cases: maxPool2dCases,
})
