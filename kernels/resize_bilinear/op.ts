// RESIZE_BILINEAR: positions in 1/1024 of the input, and which shapes TFLite can compute.

import { inputArg, inputOf, kernelCall, outputArg, outputOf, paramsArg, rowArgs } from '../call.ts'
import {
  defineOp,
  type ColumnsOf,
  type KernelCall,
  type OpContext,
  type RowWindow,
  type Strip,
} from '../op.ts'
import { nhwc } from '../shape.ts'
import { cutTensor, type RowPlace } from '../strip.ts'
import { resizeBilinearCases } from './cases.ts'

type Context = OpContext<'resize_bilinear'>

/** Position i of an axis of `output` positions reads at (i * scale + shift) / 1024 of `input`. */
interface Axis {
  readonly input: number
  readonly output: number
  readonly scale: number
  readonly shift: number
}

/** TFLite reference_ops::ResizeBilinearInteger: the scale is rounded, half its value is cut off. */
function axisOf(input: number, output: number, { attributes }: Context): Axis {
  const aligned = attributes.alignCorners && output > 1
  const [from, to] = aligned ? [input - 1, output - 1] : [input, output]
  const scale = Math.floor((1024 * from + Math.floor(to / 2)) / to)
  const shift = attributes.halfPixelCenters ? Math.floor(scale / 2) - 512 : 0
  return { input, output, scale, shift }
}

function axesOf(context: Context): readonly [vertical: Axis, horizontal: Axis] {
  const [input, output] = [nhwc(inputOf(context, 0)), nhwc(outputOf(context))]
  return [axisOf(input[1], output[1], context), axisOf(input[2], output[2], context)]
}

/** Input positions on both sides of output position `index`. */
function neighbours(axis: Axis, index: number): RowWindow {
  const at = index * axis.scale + axis.shift
  const begin = Math.max(0, Math.floor(at / 1024))
  return { begin, end: Math.min(Math.ceil(at / 1024), axis.input - 1) + 1 }
}

/** Positions that TFLite computes with an overflow, or reads behind the input. */
function axisProblem(axis: Axis, what: string): string | null {
  const last = (axis.output - 1) * axis.scale + axis.shift
  if (Math.max(1024 * axis.input + axis.output, last + 1023) >= 2 ** 31) {
    return `its positions along ${axis.input} input ${what} do not fit int32`
  }
  if (neighbours(axis, axis.output - 1).begin < axis.input) return null
  return (
    `its scale of ${axis.scale}/1024, rounded up, leads output ${what.slice(0, -1)} ${axis.output - 1} ` +
    `beyond ${axis.input} input ${what}, where TFLite reads other memory`
  )
}

function problem(context: Context): string | null {
  const { alignCorners, halfPixelCenters } = context.attributes
  if (alignCorners && halfPixelCenters) {
    return 'it has both aligned corners and half-pixel centres, which exclude each other'
  }
  const [vertical, horizontal] = axesOf(context)
  return axisProblem(vertical, 'rows') ?? axisProblem(horizontal, 'columns')
}

function columnsOf(context: Context): ColumnsOf {
  const [, horizontal] = axesOf(context)
  return (index, column) => (index === 0 ? neighbours(horizontal, column) : null)
}

function resizeCall(
  context: Context,
  variant: 'reference' | 'portable',
  strip?: Strip,
): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const [batches, inputHeight, inputWidth, channels] = nhwc(cutTensor(x, strip?.inputs[0]))
  const [, outputHeight, outputWidth] = nhwc(cutTensor(y, strip?.output))
  const from: RowPlace = strip?.inputs[0] ?? { rowElements: inputWidth * channels, offset: 0 }
  const to: RowPlace = strip?.output ?? { rowElements: outputWidth * channels, offset: 0 }
  const [firstOut, firstIn] = [strip?.output.begin ?? 0, strip?.inputs[0]?.begin ?? 0]
  const [vertical, horizontal] = axesOf(context)
  return kernelCall({
    kernel: `resize_bilinear/${variant}`,
    entry: 'resizeBilinear',
    args: [
      inputArg(0, inputHeight * from.rowElements, from.offset),
      outputArg(outputHeight * to.rowElements, to.offset),
      paramsArg('ResizeBilinearParams', {
        inputHeight,
        inputWidth,
        inputRowElements: from.rowElements,
        outputWidth,
        outputRowElements: to.rowElements,
        channels,
        scaleY: vertical.scale,
        shiftY: vertical.shift,
        scaleX: horizontal.scale,
        // A strip counts columns from its own first ones.
        shiftX: horizontal.shift + firstOut * horizontal.scale - firstIn * 1024,
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

function variant(name: 'reference' | 'portable') {
  return {
    name,
    requires: 'base',
    when: () => true,
    lower: (context: Context, strip?: Strip) => [resizeCall(context, name, strip)],
    inPlace: () => [],
    rows: (context: Context, _index: number, row: number) => neighbours(axesOf(context)[0], row),
    columns: columnsOf,
  } as const
}

export const resizeBilinear = defineOp({
  kind: 'resize_bilinear',
  tflite: ['RESIZE_BILINEAR'],
  problem,
  variants: [variant('portable'), variant('reference')],
  cases: resizeBilinearCases,
})
