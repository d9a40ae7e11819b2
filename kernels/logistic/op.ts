// LOGISTIC: which kernel call it becomes, and what it asks of its tensors.

import { inputOf, sameRow, scaleOf, zeroPointOf } from '../call.ts'
import { elementwiseCall, elementwiseColumns } from '../elementwise.ts'
import { logisticOf, roundingShift } from '../fixed-point.ts'
import { rescale } from '../linear.ts'
import { lookUpCall } from '../lookup/calls.ts'
import { defineOp, type KernelCall, type OpContext, type Strip } from '../op.ts'
import { inputRadius, quantizeMultiplier, type QuantizedMultiplier } from '../quantize.ts'
import { logisticCases } from './cases.ts'

/** Integer bits of the function's argument. */
const integerBits = 4

/**
 * Input steps to Q4 (activations_common.cc). A factor too small for a multiplier becomes 0, which puts
 * every input at the middle, as it should be; with one too large the radius is 0 and none is scaled.
 */
function factorOf(context: OpContext<'logistic'>): QuantizedMultiplier {
  return quantizeMultiplier(scaleOf(inputOf(context, 0)) * 2 ** (31 - integerBits))
}

function logisticCall(context: OpContext<'logistic'>, strip?: Strip): KernelCall {
  const { multiplier, shift } = factorOf(context)
  return elementwiseCall(
    context,
    { kernel: 'logistic/reference', entry: 'logistic', struct: 'LogisticParams' },
    {
      inputZeroPoint: zeroPointOf(inputOf(context, 0)),
      // Centred inputs are below 256: a radius beyond int32 is never reached.
      inputRadius: Math.min(inputRadius(integerBits, shift), 2 ** 31 - 1),
      multiplier,
      shift,
    },
    strip,
  )
}

/** TFLite reference_integer_ops::Logistic of an input value. */
function resultOf(context: OpContext<'logistic'>): (x: number) => number {
  const factor = factorOf(context)
  const zeroPoint = zeroPointOf(inputOf(context, 0))
  const radius = inputRadius(integerBits, factor.shift)
  return x => {
    const centred = x - zeroPoint
    if (centred <= -radius) return -128
    if (centred >= radius) return 127
    const argument = rescale(centred, factor)
    const probability = roundingShift(logisticOf(BigInt(argument), integerBits), 23n)
    return Math.min(Number(probability) - 128, 127)
  }
}

export const logistic = defineOp({
  kind: 'logistic',
  tflite: ['LOGISTIC'],
  problem: () => null,
  variants: [
    {
      name: 'table',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [lookUpCall(context, resultOf(context), strip)],
      inPlace: () => [0],
      rows: (_context, _index, row) => sameRow(row),
      columns: elementwiseColumns,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [logisticCall(context, strip)],
      inPlace: () => [0],
      rows: (_context, _index, row) => sameRow(row),
      columns: elementwiseColumns,
    },
  ],
  cases: logisticCases,
})
