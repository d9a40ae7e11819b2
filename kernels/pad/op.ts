// PAD and PADV2: which kernel calls they become, and what they ask of their tensors.

import {
  indexValues,
  inputArg,
  inputOf,
  int8Values,
  kernelCall,
  outputArg,
  outputOf,
  paramsArg,
  rowArgs,
  zeroPointOf,
} from '../call.ts'
import { copyLoops, copyStridedCall, fillBytesCall, type CopyVariant } from '../copy/calls.ts'
import {
  defineOp,
  type ColumnsOf,
  type KernelCall,
  type OpContext,
  type RowWindow,
  type Strip,
} from '../op.ts'
import { elementCount, mergeLoops, nhwc, rowLayout, stridesOf, type Loop } from '../shape.ts'
import { cutTensor, type RowPlace } from '../strip.ts'
import { padCases, padV2Cases } from './cases.ts'

type PadContext = OpContext<'pad' | 'padv2'>

/** Elements added before and after, per dimension. */
function paddingsOf(context: PadContext): readonly (readonly [before: number, after: number])[] {
  const flat = indexValues(inputOf(context, 1))
  return inputOf(context, 0).shape.map((_, d) => [flat[2 * d]!, flat[2 * d + 1]!])
}

/** The output's zero point, or the value PADV2 is given. */
function padValue(context: PadContext): number {
  return context.attributes.kind === 'pad'
    ? zeroPointOf(outputOf(context))
    : int8Values(inputOf(context, 2))[0]!
}

/** Rows can be made one by one unless images are added to the batch. */
function isRowWise(context: PadContext): boolean {
  const [batch] = paddingsOf(context)
  return (
    inputOf(context, 0).shape.length === 4 &&
    batch !== undefined &&
    batch[0] === 0 &&
    batch[1] === 0
  )
}

function padRowsCall(context: PadContext, variant: CopyVariant, strip?: Strip): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const [batches, inputHeight, width, channels] = nhwc(cutTensor(x, strip?.inputs[0]))
  const [, outputHeight, outputWidth, outputChannels] = nhwc(cutTensor(y, strip?.output))
  const paddings = paddingsOf(context)
  const [top, front] = [paddings[1]![0], paddings[3]![0]]
  const left = paddings[2]![0] + (strip?.inputs[0]?.begin ?? 0) - (strip?.output.begin ?? 0)
  const from: RowPlace = strip?.inputs[0] ?? { rowElements: width * channels, offset: 0 }
  const to: RowPlace = strip?.output ?? { rowElements: outputWidth * outputChannels, offset: 0 }
  const wholeRows = channels === outputChannels
  return kernelCall({
    kernel: `pad/${variant}`,
    entry: 'padRows',
    args: [
      inputArg(0, inputHeight * from.rowElements, from.offset),
      outputArg(outputHeight * to.rowElements, to.offset),
      paramsArg('PadParams', {
        inputHeight,
        padTop: top,
        inputRowElements: from.rowElements,
        outputRowElements: to.rowElements,
        outputElements: outputWidth * outputChannels,
        runs: wholeRows ? 1 : width,
        runElements: wholeRows ? width * channels : channels,
        runStart: left * outputChannels + front,
        runPitch: outputChannels,
        value: padValue(context),
      }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: outputHeight,
    counts: {
      bytes: inputHeight * width * channels,
      filled: outputHeight * outputWidth * outputChannels - inputHeight * width * channels,
      runs: inputHeight * (wholeRows ? 1 : width),
      rows: outputHeight,
    },
  })
}

function padLoops(context: PadContext): readonly Loop[] {
  const { shape } = inputOf(context, 0)
  const [from, to] = [stridesOf(shape), stridesOf(outputOf(context).shape)]
  return shape.map((extent, d): Loop => ({ extent, strides: [from[d]!, to[d]!] }))
}

/** Any rank: the value everywhere, then the input over it. */
function padWholeCalls(context: PadContext, variant: CopyVariant): readonly KernelCall[] {
  const to = stridesOf(outputOf(context).shape)
  const start = paddingsOf(context).reduce((sum, [before], d) => sum + before * to[d]!, 0)
  return [
    fillBytesCall(elementCount(outputOf(context).shape), padValue(context), variant),
    copyStridedCall(padLoops(context), { index: 0 }, start, variant),
  ]
}

function lower(context: PadContext, variant: CopyVariant, strip?: Strip): readonly KernelCall[] {
  return isRowWise(context)
    ? [padRowsCall(context, variant, strip)]
    : padWholeCalls(context, variant)
}

function columns(context: PadContext): ColumnsOf | null {
  if (!isRowWise(context)) return null
  const width = nhwc(inputOf(context, 0))[2]
  const left = paddingsOf(context)[2]![0]
  return (index, column) => {
    if (index !== 0) return null
    const inside = column >= left && column < left + width
    return inside ? { begin: column - left, end: column - left + 1 } : { begin: 0, end: 0 }
  }
}

function rows(context: PadContext, _index: number, row: number): RowWindow {
  const input = rowLayout(inputOf(context, 0).shape)
  if (!isRowWise(context)) return { begin: 0, end: input.rows }
  const inside = row - paddingsOf(context)[1]![0]
  if (inside < 0 || inside >= input.rows) return { begin: 0, end: 0 }
  return { begin: inside, end: inside + 1 }
}

function problem(context: PadContext): string | null {
  return mergeLoops(padLoops(context)).length > copyLoops
    ? `it pads more than ${copyLoops} separate dimensions`
    : null
}

function variant(name: CopyVariant, requires: 'base' | 'dsp') {
  return {
    name,
    requires,
    when: () => true,
    lower: (context: PadContext, strip?: Strip) => lower(context, name, strip),
    inPlace: () => [],
    rows,
    columns,
  } as const
}

const variants = [variant('dsp', 'dsp'), variant('reference', 'base')]

export const pad = defineOp({
  kind: 'pad',
  tflite: ['PAD'],
  problem,
  variants,
  cases: padCases,
})

export const padV2 = defineOp({
  kind: 'padv2',
  tflite: ['PADV2'],
  problem,
  variants,
  cases: padV2Cases,
})
