// CONV_2D as a matrix product for the DSP extension: when it is one, and its calls.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import { gemmCounts } from '../gemm/counts.ts'
import { fittedForm, int16Fitting } from '../fitted-requantization.ts'
import {
  columnBytes,
  gemmWeights,
  groupsOf,
  sumRanges,
  type Gemm,
  type GemmForm,
} from '../gemm/pack.ts'
import type { KernelArg, KernelCall, Optimize } from '../op.ts'
import { positiveMultipliers, shortForm, type ShortForm } from '../requantization.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'

/** The matrix product of a convolution without groups and its constants; null when it has none. */
export interface ConvolutionGemm extends Gemm {
  readonly form: ShortForm
}

export function convolutionGemm(c: Convolution): ConvolutionGemm | null {
  const [channels, kernelHeight, kernelWidth, groupChannels] = c.weightsShape
  if (groupChannels !== c.input[3]) return null
  const depth = kernelHeight * kernelWidth * groupChannels
  const positive = positiveMultipliers(c, position => Math.floor(position / depth))
  const { weights, bias, inputZeroPoint } = positive
  const gemm = { channels, depth, weights, bias, inputZeroPoint }
  const form = shortForm(positive, sumRanges(gemm))
  return form === null ? null : { ...gemm, form }
}

export function isGemm(c: Convolution): boolean {
  return convolutionGemm(c) !== null
}

/** Windows of one pixel, all inside the image. */
export function isPointwise(c: Convolution): boolean {
  const { vertical: v, horizontal: h } = c
  const inside = (axis: typeof v, outputs: number): boolean =>
    axis.taps === 1 && axis.before === 0 && (outputs - 1) * axis.stride < axis.input
  return inside(v, c.output[1]) && inside(h, c.output[2]) && isGemm(c)
}

/** What comes after the operator's own parameters: `GemmParams` and the static forms. */
export function gemmParams(
  g: Gemm,
  c: Pick<Convolution, 'outputZeroPoint' | 'activation'>,
): KernelArg {
  return paramsArg('GemmParams', {
    depth: g.depth,
    groups: groupsOf(g.depth),
    channels: g.channels,
    rounding: 2 * c.outputZeroPoint + 1,
    activationMin: c.activation.min,
    activationMax: c.activation.max,
  })
}

/** The constants of requantisation; for size those that the code for everything wants. */
export function gemmForm(
  g: Gemm,
  c: Pick<Convolution, 'outputZeroPoint' | 'activation'>,
  short: ShortForm,
  optimize: Optimize = 'balanced',
): GemmForm {
  if (optimize === 'size') return { short, fitted: null }
  const fitting = { ...int16Fitting, together: 4 }
  return { short, fitted: fittedForm(c, short, sumRanges(g), fitting) }
}

/**
 * The static forms. For size the one that computes them all: rounding of negative sums, a clamp, turns and a
 * rest may be there for nothing.
 */
export function gemmStatics(
  { short, fitted }: GemmForm,
  { channels, depth }: Gemm,
  optimize: Optimize = 'balanced',
): KernelCall['statics'] {
  if (optimize === 'size') {
    return { isSigned: 1, isClamped: 1, hasTail: 1, turns: 2, rest: 4, shift: 0 }
  }
  const groups = groupsOf(depth)
  return {
    isSigned: short.isSigned,
    isClamped: short.isClamped,
    hasTail: channels % 4 === 0 ? 0 : 1,
    turns: Math.min(2, groups >> 2),
    rest: groups % 4,
    shift: fitted?.shift ?? 0,
  }
}

export function pointwiseCall(c: Convolution, optimize?: Optimize): KernelCall {
  const gemm = convolutionGemm(c)
  if (gemm === null) throw new Error('not a matrix product')
  const form = gemmForm(gemm, c, gemm.form, optimize)
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const places = rowPlaces(c)
  const [x, y] = [places.input.rowElements, places.output.rowElements]
  const isContiguous =
    c.vertical.stride === 1 &&
    c.horizontal.stride === 1 &&
    x === outputWidth * inputChannels &&
    y === outputWidth * outputChannels
  const odd = outputWidth % 2
  return kernelCall({
    kernel: 'conv2d/pointwise',
    entry: 'pointwise',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      gemmWeights(gemm, form),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      paramsArg('PointwiseParams', {
        outputWidth,
        inputRowElements: x,
        outputRowElements: y,
        pixelStep: c.horizontal.stride * inputChannels,
        strideH: c.vertical.stride,
        isContiguous: isContiguous ? 1 : 0,
      }),
      gemmParams(gemm, c),
      ...rowArgs([0]),
    ],
    statics: gemmStatics(form, gemm, optimize),
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * inputChannels,
    scratchBytes: columnBytes(gemm.depth, outputHeight * outputWidth),
    counts: {
      rows: outputHeight,
      ...gemmCounts(
        gemm,
        form,
        (outputHeight * (isContiguous ? outputWidth : outputWidth - odd)) / 2,
        isContiguous ? 0 : outputHeight * odd,
      ),
    },
    runCounts: gemmCounts(gemm, form, isContiguous ? -odd / 2 : 0, isContiguous ? odd : 0),
  })
}

/** Bytes behind a gathered window that copies of whole words may fill. */
const windowSlack = 4

/**
 * The last column where a window may begin whose lines can be read in whole words: up to three bytes
 * behind them belong to the same row.
 */
function wordsEnd(c: Convolution): number {
  const [, , width, channels] = c.input
  const { taps, dilation } = c.horizontal
  if (dilation !== 1) return -1
  const behind = Math.ceil(((4 - ((taps * channels) % 4)) % 4) / channels)
  return width - taps - behind
}

export function im2colCall(c: Convolution, optimize?: Optimize): KernelCall {
  const gemm = convolutionGemm(c)
  if (gemm === null) throw new Error('not a matrix product')
  const form = gemmForm(gemm, c, gemm.form, optimize)
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const places = rowPlaces(c)
  const { vertical: v, horizontal: h } = c
  return kernelCall({
    kernel: 'conv2d/im2col',
    entry: 'im2col',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      gemmWeights(gemm, form),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      paramsArg('Im2colParams', {
        inputHeight,
        inputWidth,
        inputChannels,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputRowElements: places.output.rowElements,
        kernelHeight,
        kernelWidth,
        strideH: v.stride,
        strideW: h.stride,
        dilationH: v.dilation,
        dilationW: h.dilation,
        padTop: v.before,
        padLeft: h.before,
        inputZeroPoint: c.inputZeroPoint,
        wordsEnd: wordsEnd(c),
      }),
      gemmParams(gemm, c),
      ...rowArgs([0]),
    ],
    statics: gemmStatics(form, gemm, optimize),
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * gemm.depth,
    scratchBytes: columnBytes(gemm.depth) + 2 * (4 * groupsOf(gemm.depth) + windowSlack),
    counts: {
      rows: outputHeight,
      windows: outputHeight * outputWidth,
      windowLines: outputHeight * outputWidth * kernelHeight,
      windowBytes: outputHeight * outputWidth * gemm.depth,
      ...gemmCounts(
        gemm,
        form,
        outputHeight * (outputWidth >> 1),
        outputHeight * (outputWidth % 2),
      ),
    },
  })
}
