// CONV_2D as a matrix product for the DSP extension: when it is one, and its calls.

import {
  constantArg,
  inputArg,
  kernelCall,
  outputArg,
  paramsArg,
  rowArgs,
  scratchArg,
} from '../call.ts'
import type { Convolution } from '../convolution.ts'
import { gemmCounts } from '../gemm/counts.ts'
import {
  columnBytes,
  gemmWeights,
  groupsOf,
  packLines,
  packTable,
  sumRanges,
  type Gemm,
} from '../gemm/pack.ts'
import type { KernelArg, KernelCall, Optimize } from '../op.ts'
import { positiveMultipliers, shortForm, type ShortForm } from '../requantization.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'

/** The matrix product of a convolution without groups and its constants; null when it has none. */
interface ConvolutionGemm extends Gemm {
  readonly form: ShortForm
}

function convolutionGemm(c: Convolution): ConvolutionGemm | null {
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

/**
 * The static forms; `dualIssue` becomes what the core is (compiler/emit/model/call.ts). For size the one
 * that computes them all: rounding of negative sums, a clamp and a rest may be there for nothing.
 */
export function gemmStatics(
  { isSigned, isClamped }: ShortForm,
  { channels, depth }: Gemm,
  optimize: Optimize = 'balanced',
): KernelCall['statics'] {
  if (optimize === 'size') {
    return { isSigned: 1, isClamped: 1, hasTail: 1, hasRest: 1, dualIssue: 0 }
  }
  return {
    isSigned,
    isClamped,
    hasTail: channels % 4 === 0 ? 0 : 1,
    hasRest: groupsOf(depth) % 4 === 0 ? 0 : 1,
    dualIssue: 0,
  }
}

export function pointwiseCall(c: Convolution, optimize?: Optimize): KernelCall {
  const gemm = convolutionGemm(c)
  if (gemm === null) throw new Error('not a matrix product')
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
      gemmWeights(gemm, gemm.form),
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
    statics: gemmStatics(gemm.form, gemm, optimize),
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * inputChannels,
    scratchBytes: columnBytes(gemm.depth),
    counts: {
      rows: outputHeight,
      ...gemmCounts(
        gemm,
        (outputHeight * (isContiguous ? outputWidth : outputWidth - odd)) / 2,
        isContiguous ? 0 : outputHeight * odd,
      ),
    },
    runCounts: gemmCounts(gemm, isContiguous ? -odd / 2 : 0, isContiguous ? odd : 0),
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
      gemmWeights(gemm, gemm.form),
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
    statics: gemmStatics(gemm.form, gemm, optimize),
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * gemm.depth,
    scratchBytes: columnBytes(gemm.depth) + 2 * (4 * groupsOf(gemm.depth) + windowSlack),
    counts: {
      rows: outputHeight,
      windows: outputHeight * outputWidth,
      windowLines: outputHeight * outputWidth * kernelHeight,
      windowBytes: outputHeight * outputWidth * gemm.depth,
      ...gemmCounts(gemm, outputHeight * (outputWidth >> 1), outputHeight * (outputWidth % 2)),
    },
  })
}

/** Most bytes of expanded lines, and of elements in a line: beyond, windows are worth gathering. */
const mostLineBytes = 1024
const mostLineElements = 32

/** Few input channels: expanded lines are short, and their windows do not overlap much. */
export function isLines(c: Convolution): boolean {
  const [, , kernelWidth, channels] = c.weightsShape
  const short = channels <= 4 && kernelWidth * channels <= mostLineElements
  return short && c.horizontal.dilation === 1 && lineColumns(c) >= 2 && isGemm(c)
}

/** Elements of a line with room for `columns` outputs, and one more that an odd number computes. */
function linePitch(c: Convolution, columns: number): number {
  const [, , kernelWidth, channels] = c.weightsShape
  const elements = (columns * c.horizontal.stride + kernelWidth) * channels
  return elements + (elements % 2)
}

/** Outputs of a row computed together, an even number. */
function lineColumns(c: Convolution): number {
  const width = c.output[2]
  const fits = (columns: number): boolean =>
    2 * c.weightsShape[1] * linePitch(c, columns) <= mostLineBytes
  let parts = 1
  const even = (columns: number): number => columns + (columns % 2)
  while (parts < width && !fits(even(Math.ceil(width / parts)))) parts++
  const columns = even(Math.ceil(width / parts))
  return fits(columns) ? columns : 0
}

export function linesCall(c: Convolution): KernelCall {
  const gemm = convolutionGemm(c)
  if (gemm === null) throw new Error('not a matrix product')
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const places = rowPlaces(c)
  const { vertical: v, horizontal: h } = c
  const columns = lineColumns(c)
  const pitch = linePitch(c, columns)
  const pairs = Math.ceil((kernelWidth * inputChannels) / 2)
  const chunks = Math.ceil(outputWidth / columns)
  const step = h.stride * inputChannels
  const overlap = step % 2 === 0 ? Math.min(pairs, step / 2) : pairs
  const blocks = Math.ceil(outputChannels / 4)
  const doubles = outputHeight * (outputWidth >> 1)
  const singles = outputHeight * (outputWidth % 2)
  return kernelCall({
    kernel: 'conv2d/lines',
    entry: 'convLines',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      {
        kind: 'constant',
        name: 'weights',
        type: 'i16',
        values: packLines(gemm, gemm.form, kernelHeight),
        weights: true,
      },
      constantArg('table', 'i32', Array.from(packTable(gemm, gemm.form))),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      paramsArg('LinesParams', {
        inputHeight,
        inputWidth,
        inputChannels,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputRowElements: places.output.rowElements,
        strideH: v.stride,
        strideW: h.stride,
        dilationH: v.dilation,
        padTop: v.before,
        padLeft: h.before,
        inputZeroPoint: c.inputZeroPoint,
        columns,
      }),
      gemmParams(gemm, c),
      ...rowArgs([0]),
    ],
    statics: {
      pairs,
      step,
      pitch,
      lines: kernelHeight,
      overlap,
      isSigned: gemm.form.isSigned,
      isClamped: gemm.form.isClamped,
    },
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * gemm.depth,
    scratchBytes: 2 * kernelHeight * pitch,
    counts: {
      rows: outputHeight,
      lines: outputHeight * chunks * kernelHeight,
      lineElements: outputHeight * chunks * kernelHeight * pitch,
      pairBlocks: doubles * blocks,
      pairWords: doubles * blocks * kernelHeight * pairs,
      partialBlocks: singles * blocks + doubles * (outputChannels % 4 === 0 ? 0 : 1),
      partialWords: singles * blocks * kernelHeight * pairs,
    },
  })
}
