// ADD: which kernel call it becomes, and what it asks of its tensors.

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
import { fitLine, int8Axis, rescale, type Line } from '../linear.ts'
import { defineOp, type KernelCall, type OpContext, type Strip } from '../op.ts'
import {
  activationRange,
  quantizeMultiplier,
  type QuantizedMultiplier,
  type Range,
} from '../quantize.ts'
import { addCases } from './cases.ts'

/** An addition in the integers its kernels see. */
export interface Addition {
  readonly aZeroPoint: number
  readonly bZeroPoint: number
  readonly outputZeroPoint: number
  readonly leftShift: number
  readonly a: QuantizedMultiplier
  readonly b: QuantizedMultiplier
  readonly output: QuantizedMultiplier
  readonly activation: Range
}

/** Head room that TFLite gives both inputs before it rescales them (add.cc, CalculateOpDataAdd). */
const leftShift = 20

/** The three factors: inputs to twice the larger input scale, and from there to the output. */
function factorsOf(context: OpContext<'add'>): { a: number; b: number; output: number } {
  const [a, b] = [scaleOf(inputOf(context, 0)), scaleOf(inputOf(context, 1))]
  const common = 2 * Math.max(a, b)
  const output = common / (2 ** leftShift * scaleOf(outputOf(context)))
  return { a: a / common, b: b / common, output }
}

function readAddition(context: OpContext<'add'>): Addition {
  const y = outputOf(context)
  const factors = factorsOf(context)
  return {
    aZeroPoint: zeroPointOf(inputOf(context, 0)),
    bZeroPoint: zeroPointOf(inputOf(context, 1)),
    outputZeroPoint: zeroPointOf(y),
    leftShift,
    a: quantizeMultiplier(factors.a),
    b: quantizeMultiplier(factors.b),
    output: quantizeMultiplier(factors.output),
    activation: activationRange(context.attributes.activation, scaleOf(y), zeroPointOf(y)),
  }
}

export function addReferenceCall(plan: Broadcast, addition: Addition): KernelCall {
  return kernelCall({
    kernel: 'add/reference',
    entry: 'add',
    args: binaryArgs(
      plan,
      paramsArg('AddParams', {
        ...broadcastFields(plan),
        ...innerStrides(plan),
        aZeroPoint: addition.aZeroPoint,
        bZeroPoint: addition.bZeroPoint,
        outputZeroPoint: addition.outputZeroPoint,
        leftShift: addition.leftShift,
        aMultiplier: addition.a.multiplier,
        aShift: addition.a.shift,
        bMultiplier: addition.b.multiplier,
        bShift: addition.b.shift,
        outputMultiplier: addition.output.multiplier,
        outputShift: addition.output.shift,
        activationMin: addition.activation.min,
        activationMax: addition.activation.max,
      }),
    ),
    batches: plan.batches,
    outputRows: plan.outputRows,
    ...binaryCounts(plan),
  })
}

/** TFLite's result for every pair of operands: tables of both rescaled operands, and their sum. */
function exactly(addition: Addition): (a: number, b: number) => number {
  const table = (factor: QuantizedMultiplier, zeroPoint: number): readonly number[] =>
    Array.from({ length: 256 }, (_, i) => rescale((i - 128 - zeroPoint) * 2 ** leftShift, factor))
  const a = table(addition.a, addition.aZeroPoint)
  const b = table(addition.b, addition.bZeroPoint)
  const { min, max } = addition.activation
  return (x, y) => {
    const sum = a[x + 128]! + b[y + 128]!
    return Math.min(Math.max(rescale(sum, addition.output) + addition.outputZeroPoint, min), max)
  }
}

/** Asked for each strip of an operator: there is one answer for all. */
const lines = new WeakMap<OpContext<'add'>, Line | null>()

/** The line that is this addition; null where none is: with an output so fine that sums overflow. */
export function lineOf(context: OpContext<'add'>): Line | null {
  const known = lines.get(context)
  if (known !== undefined) return known
  const line = findLine(context)
  lines.set(context, line)
  return line
}

function findLine(context: OpContext<'add'>): Line | null {
  const addition = readAddition(context)
  if ([addition.a, addition.b, addition.output].some(({ shift }) => shift > 0)) return null
  const scale = scaleOf(outputOf(context))
  const [a, b] = [0, 1].map(index => int8Axis(scaleOf(inputOf(context, index)) / scale))
  return fitLine({
    a: a!,
    b: b!,
    origin:
      addition.outputZeroPoint - addition.aZeroPoint * a!.slope - addition.bZeroPoint * b!.slope,
    range: addition.activation,
    at: exactly(addition),
  })
}

function portableCall(context: OpContext<'add'>, strip?: Strip): KernelCall {
  const [plan, line] = [broadcastOf(context, strip), lineOf(context)]
  if (line === null) throw new Error('no line equals the addition')
  const { min, max } = readAddition(context).activation
  const [aStep, bStep] = runSteps(plan)
  const { aFactor, bFactor, offset, shift } = line
  return kernelCall({
    kernel: 'add/portable',
    entry: 'add',
    args: binaryArgs(
      plan,
      paramsArg('AddLineParams', {
        ...broadcastFields(plan),
        aFactor,
        bFactor,
        offset,
        activationMin: min,
        activationMax: max,
      }),
    ),
    statics: { aStep, bStep, shift, clamps: min === -128 && max === 127 ? 0 : 1 },
    batches: plan.batches,
    outputRows: plan.outputRows,
    ...binaryCounts(plan),
  })
}

/** Whether an input's factor is 0.5, without a shift: that of the larger scale, or of both. */
function isWhole({ multiplier, shift }: QuantizedMultiplier): boolean {
  return multiplier === 2 ** 30 && shift === 0
}

/** A factor below 0.5 as a shift to the right by 1 bit or more; one of 0 has no shift of its own. */
function inputFields(name: 'a' | 'b', factor: QuantizedMultiplier, zeroPoint: number) {
  return {
    [`${name}Offset`]: zeroPoint * 2 ** (isWhole(factor) ? 19 : 21),
    [`${name}Multiplier`]: factor.multiplier,
    [`${name}Shift`]: Math.max(1, -factor.shift),
  }
}

function suitsShortForm(context: OpContext<'add'>): boolean {
  const { a, b, output } = readAddition(context)
  const right = -output.shift
  return right >= 1 && right <= 22 && Math.min(a.shift, b.shift) >= -30
}

function dspCall(context: OpContext<'add'>, strip?: Strip): KernelCall {
  const [plan, addition] = [broadcastOf(context, strip), readAddition(context)]
  const { min: activationMin, max: activationMax } = addition.activation
  const [aStep, bStep] = runSteps(plan)
  return kernelCall({
    kernel: 'add/dsp',
    entry: 'add',
    args: binaryArgs(
      plan,
      paramsArg('AddShortParams', {
        ...broadcastFields(plan),
        ...inputFields('a', addition.a, addition.aZeroPoint),
        ...inputFields('b', addition.b, addition.bZeroPoint),
        outputMultiplier: addition.output.multiplier,
        outputShift: -addition.output.shift - 1,
        rounding: 2 * addition.outputZeroPoint + 1,
        activationMin,
        activationMax,
      }),
    ),
    statics: {
      aStep,
      bStep,
      aWhole: isWhole(addition.a) ? 1 : 0,
      bWhole: isWhole(addition.b) ? 1 : 0,
      clamps: activationMin > -128 || activationMax < 127 ? 1 : 0,
    },
    batches: plan.batches,
    outputRows: plan.outputRows,
    ...binaryCounts(plan),
  })
}

export const add = defineOp({
  kind: 'add',
  tflite: ['ADD'],
  problem: broadcastProblem,
  variants: [
    {
      name: 'portable',
      requires: 'base',
      // Where the three roundings of TFLite lead to results beside every line.
      when: context => lineOf(context) !== null,
      lower: (context, strip) => [portableCall(context, strip)],
      inPlace: binaryInPlace,
      rows: binaryRows,
      columns: broadcastColumns,
    },
    {
      name: 'dsp',
      requires: 'dsp',
      when: suitsShortForm,
      lower: (context, strip) => [dspCall(context, strip)],
      inPlace: binaryInPlace,
      rows: binaryRows,
      columns: broadcastColumns,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [
        addReferenceCall(broadcastOf(context, strip), readAddition(context)),
      ],
      inPlace: binaryInPlace,
      rows: binaryRows,
      columns: broadcastColumns,
    },
  ],
  cases: addCases,
})
