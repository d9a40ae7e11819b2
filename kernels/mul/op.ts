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
  runSteps,
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

/** Shift to the right, where the short forms have it: factors below 0.5. */
function rightShift({ factor }: Multiplication): number | null {
  const right = -factor.shift
  return factor.multiplier !== 0 && right >= 1 && right <= 22 ? right : null
}

function suitsShortForm(context: OpContext<'mul'>): boolean {
  return rightShift(readMultiplication(context)) !== null
}

/** What the calls of the short forms have in common. */
function shortCall(
  plan: Broadcast,
  { activation }: Multiplication,
  variant: 'portable' | 'dsp',
  struct: string,
  fields: Readonly<Record<string, number>>,
): KernelCall {
  const [aStep, bStep] = runSteps(plan)
  const { min: activationMin, max: activationMax } = activation
  return kernelCall({
    kernel: `mul/${variant}`,
    entry: 'mul',
    args: binaryArgs(
      plan,
      paramsArg(struct, { ...broadcastFields(plan), ...fields, activationMin, activationMax }),
    ),
    statics: { aStep, bStep },
    batches: plan.batches,
    outputRows: plan.outputRows,
    ...binaryCounts(plan),
  })
}

function dspCall(plan: Broadcast, m: Multiplication): KernelCall {
  const call = shortCall(plan, m, 'dsp', 'MulShortParams', {
    aDoubledZeroPoint: 2 * m.aZeroPoint,
    bZeroPoint: m.bZeroPoint,
    multiplier: m.factor.multiplier,
    shift: rightShift(m)! - 1,
    rounding: 2 * m.outputZeroPoint + 1,
  })
  const clamps = m.activation.min > -128 || m.activation.max < 127 ? 1 : 0
  return { ...call, statics: { ...call.statics, clamps } }
}

function portableCall(plan: Broadcast, m: Multiplication): KernelCall {
  const shift = rightShift(m)!
  return shortCall(plan, m, 'portable', 'MulHalvesParams', {
    aZeroPoint: m.aZeroPoint,
    bZeroPoint: m.bZeroPoint,
    upper: m.factor.multiplier >> 16,
    lower: m.factor.multiplier & 0xffff,
    shift,
    rounding: (2 * m.outputZeroPoint + 1) * 2 ** (shift - 1),
  })
}

export const mul = defineOp({
  kind: 'mul',
  tflite: ['MUL'],
  problem: broadcastProblem,
  variants: [
    {
      name: 'dsp',
      requires: 'dsp',
      when: suitsShortForm,
      lower: (context, strip) => [
        dspCall(broadcastOf(context, strip), readMultiplication(context)),
      ],
      inPlace: binaryInPlace,
      rows: binaryRows,
      columns: broadcastColumns,
    },
    {
      name: 'portable',
      requires: 'base',
      when: suitsShortForm,
      lower: (context, strip) => [
        portableCall(broadcastOf(context, strip), readMultiplication(context)),
      ],
      inPlace: binaryInPlace,
      rows: binaryRows,
      columns: broadcastColumns,
    },
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
