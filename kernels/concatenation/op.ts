// CONCATENATION: one copy per input, and what it asks of its tensors.

import { inputArg, inputOf, kernelCall, outputArg, outputOf, paramsArg, rowArgs } from '../call.ts'
import { copyStridedCall, type CopyVariant } from '../copy/calls.ts'
import { defineOp, type KernelCall, type OpContext, type RowWindow, type Strip } from '../op.ts'
import { elementCount, nhwc, rowLayout } from '../shape.ts'
import { cutContext, sameColumns, type RowPlace } from '../strip.ts'
import { concatenationCases } from './cases.ts'

type ConcatenationContext = OpContext<'concatenation'>

/** Where input `index` begins along the axis. */
function startOf(context: ConcatenationContext, index: number): number {
  const axis = context.attributes.axis
  let start = 0
  for (let i = 0; i < index; i++) start += inputOf(context, i).shape[axis]!
  return start
}

/** NHWC: the part of each output row that comes from this input. */
function copyRowsCall(
  whole: ConcatenationContext,
  index: number,
  variant: CopyVariant,
  strip?: Strip,
): KernelCall {
  const context = cutContext(whole, strip)
  const [x, y, axis] = [inputOf(context, index), outputOf(context), context.attributes.axis]
  const [batches, inputHeight, width, channels] = nhwc(x)
  const [, outputHeight, outputWidth, outputChannels] = nhwc(y)
  const start = startOf(context, index)
  const from: RowPlace = strip?.inputs[index] ?? { rowElements: width * channels, offset: 0 }
  const to: RowPlace = strip?.output ?? { rowElements: outputWidth * outputChannels, offset: 0 }
  const wholeRows = axis !== 3
  // Along the height, rows are chosen instead; along the width and the channels, bytes are skipped.
  const offset = axis === 2 ? start * outputChannels : axis === 3 ? start : 0
  return kernelCall({
    kernel: `copy/${variant}`,
    entry: 'copyRows',
    args: [
      inputArg(index, inputHeight * from.rowElements, from.offset),
      outputArg(outputHeight * to.rowElements, to.offset + offset),
      paramsArg('CopyRowsParams', {
        firstRow: axis === 1 ? start : 0,
        inputHeight,
        inputRowBytes: from.rowElements,
        outputRowBytes: to.rowElements,
        runs: wholeRows ? 1 : width,
        runBytes: wholeRows ? width * channels : channels,
        outputPitch: outputChannels,
      }),
      ...rowArgs([index]),
    ],
    batches,
    outputRows: outputHeight,
    counts: {
      bytes: inputHeight * width * channels,
      runs: inputHeight * (wholeRows ? 1 : width),
      rows: outputHeight,
    },
  })
}

/** Rows of images are joined within each image; joining a batch moves whole images. */
function isRowWise(context: ConcatenationContext): boolean {
  return outputOf(context).shape.length === 4 && context.attributes.axis !== 0
}

/** Any other rank or the batch: a block of bytes per step of the dimensions before the axis. */
function copyBlocksCall(
  context: ConcatenationContext,
  index: number,
  variant: CopyVariant,
): KernelCall {
  const [x, y, axis] = [inputOf(context, index), outputOf(context), context.attributes.axis]
  const block = elementCount(x.shape.slice(axis))
  const pitch = elementCount(y.shape.slice(axis))
  const outer = elementCount(y.shape.slice(0, axis))
  const start = startOf(context, index) * elementCount(y.shape.slice(axis + 1))
  const loops = [
    { extent: outer, strides: [block, pitch] },
    { extent: block, strides: [1, 1] },
  ]
  return copyStridedCall(loops, { index }, start, variant)
}

function lower(
  context: ConcatenationContext,
  variant: CopyVariant,
  strip?: Strip,
): readonly KernelCall[] {
  const call = isRowWise(context) ? copyRowsCall : copyBlocksCall
  return context.inputs.map((_, index) => call(context, index, variant, strip))
}

function rows(context: ConcatenationContext, index: number, row: number): RowWindow {
  const input = rowLayout(inputOf(context, index).shape)
  if (!isRowWise(context)) return { begin: 0, end: input.rows }
  const inside = context.attributes.axis === 1 ? row - startOf(context, index) : row
  if (inside < 0 || inside >= input.rows) return { begin: 0, end: 0 }
  return { begin: inside, end: inside + 1 }
}

function variant(name: CopyVariant, requires: 'base' | 'dsp') {
  return {
    name,
    requires,
    when: () => true,
    lower: (context: ConcatenationContext, strip?: Strip) => lower(context, name, strip),
    inPlace: () => [],
    rows,
    // Along the width, a strip would need some of the inputs only.
    columns: (context: ConcatenationContext) =>
      isRowWise(context) && context.attributes.axis !== 2 ? sameColumns : null,
  } as const
}

export const concatenation = defineOp({
  kind: 'concatenation',
  tflite: ['CONCATENATION'],
  problem: () => null,
  variants: [variant('dsp', 'dsp'), variant('reference', 'base')],
  cases: concatenationCases,
})
