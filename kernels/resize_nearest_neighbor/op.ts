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
import { defineOp, type KernelCall, type OpContext } from '../op.ts'
import { roundHalfAway } from '../quantize.ts'
import { nhwc } from '../shape.ts'
import { resizeNearestNeighborCases } from './cases.ts'

interface Alignment {
  readonly alignCorners: boolean
  readonly halfPixelCenters: boolean
}

/**
 * Which input position each output position repeats, along one axis; every step in float32 (TFLite
 * reference_ops::ResizeNearestNeighbor, GetNearestNeighbor).
 */
export function nearestPositions(input: number, output: number, alignment: Alignment): number[] {
  const { alignCorners, halfPixelCenters } = alignment
  const scale =
    alignCorners && output > 1
      ? Math.fround((input - 1) / Math.fround(output - 1))
      : Math.fround(input / Math.fround(output))
  const offset = halfPixelCenters ? 0.5 : 0
  return Array.from({ length: output }, (_, i) => {
    const position = Math.fround(Math.fround(i + offset) * scale)
    const nearest = alignCorners ? roundHalfAway(position) : Math.floor(position)
    return Math.max(0, Math.min(nearest, input - 1))
  })
}

function resizeCall(context: OpContext<'resize_nearest_neighbor'>): KernelCall {
  const [batches, inputHeight, inputWidth, channels] = nhwc(inputOf(context, 0))
  const [, outputHeight, outputWidth] = nhwc(outputOf(context))
  const { attributes } = context
  return kernelCall({
    kernel: 'resize_nearest_neighbor/reference',
    entry: 'resizeNearestNeighbor',
    args: [
      inputArg(0, inputHeight * inputWidth * channels),
      constantArg('rows', 'i32', nearestPositions(inputHeight, outputHeight, attributes)),
      constantArg('columns', 'i32', nearestPositions(inputWidth, outputWidth, attributes)),
      outputArg(outputHeight * outputWidth * channels),
      paramsArg('ResizeNearestNeighborParams', { inputWidth, outputWidth, channels }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: outputHeight,
  })
}

export const resizeNearestNeighbor = defineOp({
  kind: 'resize_nearest_neighbor',
  tflite: ['RESIZE_NEAREST_NEIGHBOR'],
  problem: () => null,
  variants: [
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [resizeCall(context)],
      inPlace: () => [],
      rows: (context, _index, row) => {
        const [inputHeight, outputHeight] = [
          nhwc(inputOf(context, 0))[1],
          nhwc(outputOf(context))[1],
        ]
        const source = nearestPositions(inputHeight, outputHeight, context.attributes)[row]!
        return { begin: source, end: source + 1 }
      },
    },
  ],
  cases: resizeNearestNeighborCases,
})
