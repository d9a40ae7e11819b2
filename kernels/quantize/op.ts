// QUANTIZE: from float32, from int8 of another quantisation, or between int8 and uint8.

import { inputOf, outputOf, sameRow, scaleOf, zeroPointOf } from '../call.ts'
import { elementwiseCall, elementwiseColumns } from '../elementwise.ts'
import { lookUpCall } from '../lookup/calls.ts'
import { fitLine, int8Axis, noAxis, rescale, type Line } from '../linear.ts'
import {
  defineOp,
  type KernelCall,
  type OpContext,
  type RowWindow,
  type Strip,
  type TensorInfo,
} from '../op.ts'
import { quantizeMultiplier, type QuantizedMultiplier } from '../quantize.ts'
import { quantizeCases } from './cases.ts'

type QuantizeContext = OpContext<'quantize'>

function isFromFloat(context: QuantizeContext): boolean {
  return inputOf(context, 0).dtype === 'float32'
}

function factorOf(context: QuantizeContext): QuantizedMultiplier {
  return quantizeMultiplier(scaleOf(inputOf(context, 0)) / scaleOf(outputOf(context)))
}

/** Which 8-bit types stand on either side; models with uint8 inputs and outputs begin and end so. */
function requantizeEntry(context: QuantizeContext): string {
  if (inputOf(context, 0).dtype === 'uint8') return 'requantizeFromU8'
  return outputOf(context).dtype === 'uint8' ? 'requantizeToU8' : 'requantizeI8'
}

function fromFloatCall(context: QuantizeContext, kernel: string, strip?: Strip): KernelCall {
  const y = outputOf(context)
  return elementwiseCall(
    context,
    { kernel, entry: 'quantizeF32', struct: 'QuantizeParams' },
    { scale: scaleOf(y), zeroPoint: zeroPointOf(y) },
    strip,
  )
}

function quantizeCall(context: QuantizeContext, strip?: Strip): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const kernel = 'quantize/reference'
  if (isFromFloat(context)) return fromFloatCall(context, kernel, strip)
  return elementwiseCall(
    context,
    { kernel, entry: requantizeEntry(context), struct: 'RequantizeParams' },
    {
      inputZeroPoint: zeroPointOf(x),
      ...factorOf(context),
      outputZeroPoint: zeroPointOf(y),
    },
    strip,
  )
}

function isByte(tensor: TensorInfo): boolean {
  return tensor.dtype === 'int8' || tensor.dtype === 'uint8'
}

/** uint8 to int8 or back, real values unchanged. */
function isFlip(context: QuantizeContext): boolean {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  if (!isByte(x) || x.dtype === y.dtype) return false
  const apart = x.dtype === 'uint8' ? 128 : -128
  return scaleOf(x) === scaleOf(y) && zeroPointOf(x) - zeroPointOf(y) === apart
}

function flipCall(context: QuantizeContext, strip?: Strip): KernelCall {
  const target = { kernel: 'quantize/dsp', entry: 'flipSigns', struct: 'FlipParams' }
  return elementwiseCall(context, target, {}, strip)
}

/** Asked for each strip of an operator: there is one answer for all. */
const lines = new WeakMap<QuantizeContext, Line | null>()

/** The rescaling of 8-bit inputs as a line; to uint8, of outputs less 128. null: no line does it. */
function lineOf(context: QuantizeContext): Line | null {
  const known = lines.get(context)
  if (known !== undefined) return known
  const line = findLine(context)
  lines.set(context, line)
  return line
}

function findLine(context: QuantizeContext): Line | null {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const factor = factorOf(context)
  if (!staysInInt32(context)) return null
  const slope = scaleOf(x) / scaleOf(y)
  const target = zeroPointOf(y) - (y.dtype === 'uint8' ? 128 : 0)
  const a = x.dtype === 'uint8' ? { low: 0, high: 255, slope } : int8Axis(slope)
  return fitLine({
    a,
    b: noAxis,
    origin: target - zeroPointOf(x) * slope,
    range: { min: -128, max: 127 },
    at: value => {
      const scaled = rescale(value - zeroPointOf(x), factor) + target
      return Math.min(Math.max(scaled, -128), 127)
    },
  })
}

/** Any rescaling of 8-bit inputs, for its double rounding makes no line of most factors below 0.5. */
function tableCall(context: QuantizeContext, strip?: Strip): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const factor = factorOf(context)
  const [low, high] = y.dtype === 'uint8' ? [0, 255] : [-128, 127]
  const resultOf = (value: number): number => {
    const scaled = rescale(value - zeroPointOf(x), factor) + zeroPointOf(y)
    return Math.min(Math.max(scaled, low), high)
  }
  return lookUpCall(context, resultOf, strip)
}

/** Whether 255 steps of the input, shifted to the left, are inside int32. */
function staysInInt32(context: QuantizeContext): boolean {
  return factorOf(context).shift <= 22
}

function portableCall(context: QuantizeContext, strip?: Strip): KernelCall {
  const kernel = 'quantize/portable'
  if (isFromFloat(context)) return fromFloatCall(context, kernel, strip)
  const line = lineOf(context)
  if (line === null) throw new Error('no line equals the rescaling')
  const call = elementwiseCall(
    context,
    { kernel, entry: 'requantizeLine', struct: 'RequantizeLineParams' },
    { factor: line.aFactor, offset: line.offset },
    strip,
  )
  const isU8 = (tensor: TensorInfo): 0 | 1 => (tensor.dtype === 'uint8' ? 1 : 0)
  const statics = {
    shift: line.shift,
    isFromU8: isU8(inputOf(context, 0)),
    isToU8: isU8(outputOf(context)),
  }
  return { ...call, statics }
}

// A float32 element is four times the size of its result, so the bytes do not line up.
const inPlace = (context: QuantizeContext): readonly number[] => (isFromFloat(context) ? [] : [0])
const rows = (_context: QuantizeContext, _index: number, row: number): RowWindow => sameRow(row)

export const quantize = defineOp({
  kind: 'quantize',
  tflite: ['QUANTIZE'],
  problem: () => null,
  variants: [
    {
      name: 'dsp',
      requires: 'dsp',
      when: isFlip,
      lower: (context, strip) => [flipCall(context, strip)],
      inPlace,
      rows,
      columns: elementwiseColumns,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => isFromFloat(context) || lineOf(context) !== null,
      lower: (context, strip) => [portableCall(context, strip)],
      inPlace,
      rows,
      columns: elementwiseColumns,
    },
    {
      name: 'table',
      requires: 'base',
      when: context => !isFromFloat(context) && staysInInt32(context),
      lower: (context, strip) => [tableCall(context, strip)],
      inPlace,
      rows,
      columns: elementwiseColumns,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [quantizeCall(context, strip)],
      inPlace,
      rows,
      columns: elementwiseColumns,
    },
  ],
  cases: quantizeCases,
})
