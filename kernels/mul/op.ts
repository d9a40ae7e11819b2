// MUL: which kernel call it becomes, and what it asks of its tensors.

import {
  binaryArgs,
  binaryCounts,
  binaryInPlace,
  binaryRows,
  broadcastColumns,
  broadcastFields,
  broadcastOf,
  broadcastProblem,
  innerStrides,
  type Broadcast,
} from '../binary.ts'
import { inputOf, kernelCall, outputOf, paramsArg, scaleOf, zeroPointOf } from '../call.ts'
import { defineOp, type KernelCall, type OpContext } from '../op.ts'
import {
  activationRange,
  quantizeMultiplier,
  type QuantizedMultiplier,
  type Range,
} from '../quantize.ts'
import { mulCases } from './cases.ts'

/** A multiplication in the integers its kernels see. */
export interface Multiplication {
  readonly aZeroPoint: number
  readonly bZeroPoint: number
  readonly outputZeroPoint: number
  readonly factor: QuantizedMultiplier
  readonly activation: Range
}

function factorOf(context: OpContext<'mul'>): QuantizedMultiplier {
  const [a, b] = [scaleOf(inputOf(context, 0)), scaleOf(inputOf(context, 1))]
  return quantizeMultiplier((a * b) / scaleOf(outputOf(context)))
}

function readMultiplication(context: OpContext<'mul'>): Multiplication {
  const y = outputOf(context)
  return {
    aZeroPoint: zeroPointOf(inputOf(context, 0)),
    bZeroPoint: zeroPointOf(inputOf(context, 1)),
    outputZeroPoint: zeroPointOf(y),
    factor: factorOf(context),
    activation: activationRange(context.attributes.activation, scaleOf(y), zeroPointOf(y)),
  }
}

export function mulReferenceCall(plan: Broadcast, m: Multiplication): KernelCall {
  return kernelCall({
    kernel: 'mul/reference',
    entry: 'mul',
    args: binaryArgs(
      plan,
      paramsArg('MulParams', {
        ...broadcastFields(plan),
        ...innerStrides(plan),
        aZeroPoint: m.aZeroPoint,
        bZeroPoint: m.bZeroPoint,
        outputZeroPoint: m.outputZeroPoint,
        multiplier: m.factor.multiplier,
        shift: m.factor.shift,
        activationMin: m.activation.min,
        activationMax: m.activation.max,
      }),
    ),
    batches: plan.batches,
    outputRows: plan.outputRows,
    ...binaryCounts(plan),
  })
}

export const mul = defineOp({
  kind: 'mul',
  tflite: ['MUL'],
  problem: broadcastProblem,
  variants: [
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [
        mulReferenceCall(broadcastOf(context, strip), readMultiplication(context)),
      ],
      inPlace: binaryInPlace,
      rows: binaryRows,
      columns: broadcastColumns,
    },
  ],
  cases: mulCases,
})
