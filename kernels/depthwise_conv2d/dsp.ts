// The DSP variant of DEPTHWISE_CONV_2D: where it is legal, and the calls it makes.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelArg, KernelCall, Optimize } from '../op.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { positiveMultipliers } from '../requantization.ts'
import { chunksOf, passesOf, tailOf, type Chunks } from './chunks.ts'
import { depthwiseForm, packDepthwise, type DepthwiseForm } from './pack.ts'
import { trimTaps } from './trim.ts'
import { countWindows } from './window-counts.ts'

/** Taps are written out in the code, so that their number has a limit. */
const largestTaps = 11
/**
 * Up to here weights are int16, if they are used often enough to be worth the flash; else they are int8
 * and made int16 as they are used.
 */
const wideTaps = 49
const widePixels = 400
/** Pixels of an expanded line: more are done in parts, so that streamed plans stay small. */
const linePixelBudget = 25

/** Other strides would need other pairs; dilated rows and columns lie apart. */
export function depthwiseDspFits({ vertical, horizontal }: Convolution): boolean {
  const undilated = [vertical, horizontal].every(axis => axis.dilation === 1 || axis.taps === 1)
  return (
    undilated && horizontal.stride <= 2 && Math.max(vertical.taps, horizontal.taps) <= largestTaps
  )
}

/** Whether weights are int16: faster, and twice the flash. */
export function isWide(
  { vertical, horizontal }: Convolution,
  pixels: number,
  optimize: Optimize,
): boolean {
  const least = { speed: 0, balanced: widePixels, size: Infinity }[optimize]
  return vertical.taps * horizontal.taps <= wideTaps && pixels >= least
}

interface Tail {
  /** Outputs of the last pass over a row; 4: any number, computed as four. */
  readonly tail: number
  /** Whether any come before. */
  readonly fours: number
}

/** For size one form does any width. */
export function tailForm(width: number, columns: number, optimize: Optimize = 'balanced'): Tail {
  if (optimize === 'size') return { tail: 4, fours: 1 }
  const tail = tailOf(width, columns)
  return { tail, fours: width > tail ? 1 : 0 }
}

export function depthwiseDspCall(given: Convolution, optimize: Optimize = 'balanced'): KernelCall {
  const whole = positiveMultipliers(given, position => position % given.output[3])
  const c = trimTaps(whole)
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight] = c.weightsShape
  const places = rowPlaces(c)
  const lines = chunksOf(c, optimize, linePixelBudget)
  const pixels = outputHeight * given.output[2]
  const wide = isWide(c, pixels, optimize)
  const weights = wide ? 'int16' : 'int8'
  const form = depthwiseForm(c, weights)
  return kernelCall({
    kernel: 'depthwise_conv2d/dsp',
    entry: 'depthwiseConv2d',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      tableArg(packDepthwise(c, form, weights)),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      depthwiseParams(c, lines, 1),
      ...rowArgs([0]),
    ],
    statics: {
      ...depthwiseStatics(c, form),
      ...tailForm(outputWidth, lines.columns, optimize),
      wide: wide ? 1 : 0,
    },
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * whole.vertical.taps * whole.horizontal.taps,
    counts: countWindows(c, lines, passesOf(outputWidth, lines.columns, optimize), form, wide),
    runCounts: { runs: 1 },
    scratchBytes: 4 * kernelHeight + 8 * kernelHeight * lines.linePixels,
  })
}

/** What the kernels for windows and for groups of rows are told alike. */
export function depthwiseParams(
  c: Convolution,
  { columns, linePixels }: Chunks,
  groupRows: number,
): KernelArg {
  const places = rowPlaces(c)
  const [, inputHeight, inputWidth, inputChannels] = c.input
  const [, , outputWidth, outputChannels] = c.output
  return paramsArg('DepthwiseDspParams', {
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
    groupRows,
    chunk: columns,
    linePixels,
    outputZeroPoint: c.outputZeroPoint,
    rounding: 2 * c.outputZeroPoint + 1,
    activationMin: c.activation.min,
    activationMax: c.activation.max,
  })
}

/** Static forms that both have. */
export function depthwiseStatics(c: Convolution, { form, shared, clamped }: DepthwiseForm) {
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const { stride } = c.horizontal
  return { kernelHeight, kernelWidth, stride, form, shared, clamped, rest: c.input[3] % 4 } as const
}

export function tableArg(values: Int32Array): KernelArg {
  return { kind: 'constant', name: 'table', type: 'i32', values, weights: true }
}
