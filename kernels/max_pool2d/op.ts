// MAX_POOL_2D: which kernel call it becomes.

import { sameRow } from '../call.ts'
import { defineOp, type KernelCall, type OpContext } from '../op.ts'
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

/** Channels that a variant takes at once, and at least. */
const blocks = { reference: 1, portable: 4, dsp: 8, rows: 1, rows_dsp: 8 } as const

function wholeCall(pool: Pool, variant: 'portable' | 'dsp'): KernelCall {
  return poolCall(pool, { kernel: `max_pool2d/${variant}`, ...target }, blocks[variant])
}

function rowsCall(pool: Pool, variant: 'rows' | 'rows_dsp'): KernelCall {
  return poolRowsCall(
    pool,
    { kernel: `max_pool2d/${variant}`, entry: 'maxPool2dRows', struct: 'MaxPool2dRowsParams' },
    pool.output[2] * pool.output[3],
    blocks[variant],
  )
}

function hasBlock(context: OpContext<'max_pool2d'>, variant: keyof typeof blocks): boolean {
  return readPool(context).input[3] >= blocks[variant]
}

export const maxPool2d = defineOp({
  kind: 'max_pool2d',
  tflite: ['MAX_POOL_2D'],
  problem: () => null,
  variants: [
    {
      name: 'rows_dsp',
      requires: 'dsp',
      when: context => poolsWholeHeight(context) && hasBlock(context, 'rows_dsp'),
      lower: context => [rowsCall(readPool(context), 'rows_dsp')],
      inPlace: () => [],
      rows: (_context, _index, row) => sameRow(row),
      accumulates: true,
    },
    {
      name: 'rows',
      requires: 'base',
      when: poolsWholeHeight,
      lower: context => [rowsCall(readPool(context), 'rows')],
      inPlace: () => [],
      rows: (_context, _index, row) => sameRow(row),
      accumulates: true,
    },
    {
      name: 'dsp',
      requires: 'dsp',
      when: context => hasBlock(context, 'dsp'),
      lower: (context, strip) => [wholeCall(readPool(context, strip), 'dsp')],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
      columns: poolColumns,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => hasBlock(context, 'portable'),
      lower: (context, strip) => [wholeCall(readPool(context, strip), 'portable')],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
      columns: poolColumns,
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
