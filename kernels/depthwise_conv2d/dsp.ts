// The DSP variant of DEPTHWISE_CONV_2D: where it is legal, and the calls it makes.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelArg, KernelCall } from '../op.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { positiveMultipliers } from '../requantization.ts'
import { depthwiseForm, packDepthwise } from './pack.ts'

/** Taps are written out in the code, so that their number has a limit. */
const largestWidth = 11
/** Up to here weights are int16; above, they are int8 and made int16 as they are used. */
const wideTaps = 25
/** About what the expanded lines may take. */
const lineBudget = 1100

/** Other strides would need other pairs; dilated rows and columns lie apart. */
export function depthwiseDspFits({ vertical, horizontal }: Convolution): boolean {
  const undilated = [vertical, horizontal].every(axis => axis.dilation === 1 || axis.taps === 1)
  return undilated && horizontal.stride <= 2 && horizontal.taps <= largestWidth
}

interface Chunks {
  /** Output columns at a time. */
  readonly columns: number
  /** Pixels of the lines they need, even. */
  readonly linePixels: number
}

/** Wide rows are cut into chunks of about one size, each a multiple of 4 columns. */
function chunksOf(c: Convolution): Chunks {
  const { taps, stride } = c.horizontal
  const width = c.output[2]
  const fitting = Math.floor(lineBudget / (8 * c.vertical.taps) - taps) / stride + 1
  const largest = Math.max(4, Math.floor(fitting / 4) * 4)
  const parts = Math.ceil(width / largest)
  const columns = parts === 1 ? width : Math.ceil(width / parts / 4) * 4
  const pixels = (columns - 1) * stride + taps
  return { columns, linePixels: pixels + (pixels % 2) }
}

/** Outputs of a row behind those done by fours; five at once take less than four and one. */
function tailOf(width: number, columns: number): number {
  const last = width % columns === 0 ? columns : width % columns
  return last % 4 === 1 && last > 4 ? 5 : last % 4
}

export function depthwiseDspCall(given: Convolution): KernelCall {
  const c = positiveMultipliers(given, position => position % given.output[3])
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const places = rowPlaces(c)
  const { columns, linePixels } = chunksOf(c)
  const wide = kernelHeight * kernelWidth <= wideTaps
  const form = depthwiseForm(c, wide)
  return kernelCall({
    kernel: 'depthwise_conv2d/dsp',
    entry: 'depthwiseConv2d',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      tableArg(packDepthwise(c, form, wide)),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      paramsArg('DepthwiseConv2dDspParams', {
        inputHeight,
        inputWidth,
        inputChannels,
        inputRowElements: places.input.rowElements,
        inputZeroPoint: c.inputZeroPoint,
        outputWidth,
        outputChannels,
        outputRowElements: places.output.rowElements,
        depthMultiplier: outputChannels / inputChannels,
        strideH: c.vertical.stride,
        padTop: c.vertical.before,
        padLeft: c.horizontal.before,
        chunk: columns,
        linePixels,
        outputZeroPoint: c.outputZeroPoint,
        activationMin: c.activation.min,
        activationMax: c.activation.max,
      }),
      ...rowArgs([0]),
    ],
    statics: {
      kernelHeight,
      kernelWidth,
      stride: c.horizontal.stride,
      wide: wide ? 1 : 0,
      form: form.form,
      clamped: form.clamped,
      tail: tailOf(outputWidth, columns),
    },
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * kernelHeight * kernelWidth,
    scratchBytes: 4 * kernelHeight + 8 * kernelHeight * linePixels,
  })
}

function tableArg(values: Int32Array): KernelArg {
  return { kind: 'constant', name: 'table', type: 'i32', values, weights: true }
}
