// RESIZE_NEAREST_NEIGHBOR: source positions worked out here, and what it asks of its tensors.

import {
  constantArg,
  inputArg,
  inputOf,
  kernelCall,
  outputArg,
  outputOf,
  paramsArg,
  rowArgs,
} from '../call.ts'
import { defineOp, type ColumnsOf, type KernelCall, type OpContext, type Strip } from '../op.ts'
import { roundHalfAway } from '../quantize.ts'
import { nhwc } from '../shape.ts'
import { cutTensor, type RowPlace } from '../strip.ts'
import { resizeNearestNeighborCases } from './cases.ts'

interface Alignment {
  readonly alignCorners: boolean
  readonly halfPixelCenters: boolean
}

/**
 * Which input position output position `index` repeats, along one axis; every step in float32 (TFLite
 * reference_ops::ResizeNearestNeighbor, GetNearestNeighbor).
 */
function nearestPosition(
  input: number,
  output: number,
  index: number,
  { alignCorners, halfPixelCenters }: Alignment,
): number {
  const scale =
    alignCorners && output > 1
      ? Math.fround((input - 1) / Math.fround(output - 1))
      : Math.fround(input / Math.fround(output))
  const offset = halfPixelCenters ? 0.5 : 0
  const position = Math.fround(Math.fround(index + offset) * scale)
  const nearest = alignCorners ? roundHalfAway(position) : Math.floor(position)
  return Math.max(0, Math.min(nearest, input - 1))
}

/** All positions of an axis. */
export function nearestPositions(input: number, output: number, alignment: Alignment): number[] {
  return Array.from({ length: output }, (_, i) => nearestPosition(input, output, i, alignment))
}

/** Which input column each output column repeats. */
function columnTable(context: OpContext<'resize_nearest_neighbor'>): readonly number[] {
  const [input, output] = [nhwc(inputOf(context, 0))[2], nhwc(outputOf(context))[2]]
  return nearestPositions(input, output, context.attributes)
}

function columnsOf(context: OpContext<'resize_nearest_neighbor'>): ColumnsOf {
  const table = columnTable(context)
  return (index, column) =>
    index === 0 ? { begin: table[column]!, end: table[column]! + 1 } : null
}

function resizeCall(
  context: OpContext<'resize_nearest_neighbor'>,
  variant: 'reference' | 'dsp',
  strip?: Strip,
): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const [batches, inputHeight, inputWidth, channels] = nhwc(cutTensor(x, strip?.inputs[0]))
  const [, outputHeight, outputWidth] = nhwc(cutTensor(y, strip?.output))
  const from: RowPlace = strip?.inputs[0] ?? { rowElements: inputWidth * channels, offset: 0 }
  const to: RowPlace = strip?.output ?? { rowElements: outputWidth * channels, offset: 0 }
  const { attributes } = context
  const columns = columnTable(context)
    .slice(strip?.output.begin, strip?.output.end)
    .map(column => column - (strip?.inputs[0]?.begin ?? 0))
  return kernelCall({
    kernel: `resize_nearest_neighbor/${variant}`,
    entry: 'resizeNearestNeighbor',
    args: [
      inputArg(0, inputHeight * from.rowElements, from.offset),
      constantArg('rows', 'i32', nearestPositions(inputHeight, outputHeight, attributes)),
      constantArg('columns', 'i32', columns),
      outputArg(outputHeight * to.rowElements, to.offset),
      paramsArg('ResizeNearestNeighborParams', {
        inputRowElements: from.rowElements,
        outputWidth,
        outputRowElements: to.rowElements,
        channels,
      }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: outputHeight,
    counts: {
      elements: outputHeight * outputWidth * channels,
      pixels: outputHeight * outputWidth,
      rows: outputHeight,
    },
  })
}

function variant(name: 'reference' | 'dsp', requires: 'base' | 'dsp') {
  return {
    name,
    requires,
    when: () => true,
    lower: (context: OpContext<'resize_nearest_neighbor'>, strip?: Strip) => [
      resizeCall(context, name, strip),
    ],
    inPlace: () => [],
    rows: (context: OpContext<'resize_nearest_neighbor'>, _index: number, row: number) => {
      const [inputHeight, outputHeight] = [nhwc(inputOf(context, 0))[1], nhwc(outputOf(context))[1]]
      const source = nearestPosition(inputHeight, outputHeight, row, context.attributes)
      return { begin: source, end: source + 1 }
    },
    columns: columnsOf,
  } as const
}

export const resizeNearestNeighbor = defineOp({
  kind: 'resize_nearest_neighbor',
  tflite: ['RESIZE_NEAREST_NEIGHBOR'],
  problem: () => null,
  variants: [variant('dsp', 'dsp'), variant('reference', 'base')],
  cases: resizeNearestNeighborCases,
})
