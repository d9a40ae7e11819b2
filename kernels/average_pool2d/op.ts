// AVERAGE_POOL_2D: which kernel call it becomes.

import { accumulatorProblem } from '../accumulator.ts'
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
import { averagePool2dCases } from './cases.ts'

const target = { entry: 'averagePool2d', struct: 'AveragePool2dParams' } as const

export function averagePool2dReferenceCall(pool: Pool): KernelCall {
  return poolCall(pool, { kernel: 'average_pool2d/reference', ...target }, 1)
}

/** Sums of as many int8 values fit 16 bits. */
const packedTaps = 256

function portableCall(pool: Pool): KernelCall {
  return poolCall(pool, { kernel: 'average_pool2d/portable', ...target }, 4)
}

function dspCall(pool: Pool): KernelCall {
  const { min, max } = pool.activation
  const call = poolCall(pool, { kernel: 'average_pool2d/dsp', ...target }, 8)
  return { ...call, statics: { clamps: min === -128 && max === 127 ? 0 : 1 } }
}

function rowsCall(pool: Pool, variant: 'rows' | 'rows_dsp'): KernelCall {
  const [channels, width] = [pool.input[3], pool.output[2]]
  const kernel = `average_pool2d/${variant}`
  return poolRowsCall(
    pool,
    { kernel, entry: 'averagePool2dRows', struct: 'AveragePool2dRowsParams' },
    // A word per sum, or half of one for each of a whole number of eights.
    width * (variant === 'rows' ? channels * 4 : Math.ceil(channels / 8) * 16),
    variant === 'rows' ? 1 : 8,
  )
}

/** Whether sums fit 16 bits, and there are channels for two words. */
function suitsDsp(context: OpContext<'average_pool2d'>): boolean {
  const { input, vertical, horizontal } = readPool(context)
  return vertical.taps * horizontal.taps <= packedTaps && input[3] >= 8
}

export const averagePool2d = defineOp({
  kind: 'average_pool2d',
  tflite: ['AVERAGE_POOL_2D'],
  problem: accumulatorProblem,
  variants: [
    {
      name: 'rows_dsp',
      requires: 'dsp',
      when: context => poolsWholeHeight(context) && suitsDsp(context),
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
      when: suitsDsp,
      lower: (context, strip) => [dspCall(readPool(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
      columns: poolColumns,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => readPool(context).input[3] >= 4,
      lower: (context, strip) => [portableCall(readPool(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
      columns: poolColumns,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [averagePool2dReferenceCall(readPool(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => poolRows(context, row),
      columns: poolColumns,
    },
  ],
  cases: averagePool2dCases,
})
