// SOFTMAX: which kernel call it becomes, and what it asks of its tensors.

import { accumulatorProblem } from '../accumulator.ts'
import {
  constantArg,
  inputArg,
  inputOf,
  kernelCall,
  outputArg,
  paramsArg,
  scaleOf,
} from '../call.ts'
import { doublingHighMul, expOnNegativeValues } from '../fixed-point.ts'
import { defineOp, type KernelCall, type OpContext } from '../op.ts'
import { inputRadius, quantizeMultiplier } from '../quantize.ts'
import { elementCount } from '../shape.ts'
import { softmaxCases } from './cases.ts'

/** Integer bits of the exponential's argument. */
const integerBits = 5

/** Rows of a softmax in the integers its kernels see. */
export interface Softmax {
  readonly rows: number
  readonly depth: number
  readonly multiplier: number
  readonly leftShift: number
  readonly diffMin: number
}

/** Factor from a difference in input steps to Q5 (TFLite PreprocessSoftmaxScaling). */
function realFactor(context: OpContext<'softmax'>): number {
  const factor = Math.fround(context.attributes.beta) * scaleOf(inputOf(context, 0))
  return Math.min(factor * 2 ** (31 - integerBits), 2 ** 31 - 1)
}

function readSoftmax(context: OpContext<'softmax'>): Softmax {
  const { shape } = inputOf(context, 0)
  const depth = shape.at(-1)!
  const { multiplier, shift } = quantizeMultiplier(realFactor(context))
  return {
    rows: elementCount(shape) / depth,
    depth,
    multiplier,
    leftShift: shift,
    diffMin: -inputRadius(integerBits, shift),
  }
}

export function softmaxReferenceCall(softmax: Softmax): KernelCall {
  const { rows, ...params } = softmax
  return kernelCall({
    kernel: 'softmax/reference',
    entry: 'softmax',
    args: [
      inputArg(0, softmax.depth),
      outputArg(softmax.depth),
      paramsArg('SoftmaxParams', params),
    ],
    batches: rows,
    counts: { elements: softmax.depth, rows: 1 },
  })
}

/** Elements from which a table of at most a kilobyte is worth its flash. */
const tableElements = 128

/** exp(-i) in Q0 of each distance i from the largest input that contributes, in input steps. */
export function exponentialTable({ multiplier, leftShift, diffMin }: Softmax): readonly number[] {
  const scaled = (distance: number): bigint =>
    doublingHighMul(BigInt(-distance) << BigInt(leftShift), BigInt(multiplier))
  return Array.from({ length: Math.min(256, 1 - diffMin) }, (_, distance) =>
    Number(expOnNegativeValues(scaled(distance), integerBits)),
  )
}

function tableCall(softmax: Softmax): KernelCall {
  const { rows, depth } = softmax
  const table = exponentialTable(softmax)
  return kernelCall({
    kernel: 'softmax/table',
    entry: 'softmax',
    args: [
      inputArg(0, depth),
      constantArg('exponentials', 'i32', table),
      outputArg(depth),
      paramsArg('SoftmaxTableParams', { depth, entries: table.length }),
    ],
    batches: rows,
    counts: { elements: depth, rows: 1 },
  })
}

export const softmax = defineOp({
  kind: 'softmax',
  tflite: ['SOFTMAX'],
  problem: accumulatorProblem,
  variants: [
    {
      name: 'table',
      requires: 'base',
      when: context => elementCount(inputOf(context, 0).shape) >= tableElements,
      lower: context => [tableCall(readSoftmax(context))],
      inPlace: () => [0],
      rows: null,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [softmaxReferenceCall(readSoftmax(context))],
      // Every earlier read of the row lies before its first write; the last pass goes element by element.
      inPlace: () => [0],
      rows: null,
    },
  ],
  cases: softmaxCases,
})
