// The DSP variant of DEPTHWISE_CONV_2D: where it is legal, and the calls it makes.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelArg, KernelCall, Optimize, WorkCounts } from '../op.ts'
import { elementCount, tapsInside } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { positiveMultipliers } from '../requantization.ts'
import { depthwiseForm, packDepthwise, type DepthwiseForm } from './pack.ts'
import { trimTaps } from './trim.ts'

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

export interface Chunks {
  /** Output columns at a time. */
  readonly columns: number
  /** Pixels of the lines they need, even. */
  readonly linePixels: number
}

/** Wide rows are cut into chunks of about one size, each a multiple of 4 columns. */
export function chunksOf(c: Convolution, optimize: Optimize, mostPixels: number): Chunks {
  const { taps, stride } = c.horizontal
  const width = c.output[2]
  const fitting = Math.floor((mostPixels - taps) / stride) + 1
  const largest = Math.max(4, Math.floor(fitting / 4) * 4)
  const parts = width <= fitting ? 1 : Math.ceil(width / largest)
  const columns = parts === 1 ? width : Math.ceil(width / parts / 4) * 4
  const computed = optimize === 'size' ? Math.ceil(columns / 4) * 4 : columns
  const pixels = (computed - 1) * stride + taps
  return { columns, linePixels: pixels + (pixels % 2) }
}

/** Outputs of a row behind those done by fours; five at once take less than four and one. */
export function tailOf(width: number, columns: number): number {
  const last = width % columns === 0 ? columns : width % columns
  return last % 4 === 1 && last > 4 ? 5 : last % 4
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
    counts: {
      ...countsOf(c, lines.columns, wide, optimize),
      // Outputs that are shifted channel by channel.
      shifted: form.form >= 3 ? 0 : elementCount(c.output),
    },
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

/**
 * What the kernel does in all rows: instructions that multiply and that fetch operands, outputs, rows of
 * channels, pixels of four channels expanded as part of a pair, lines they go to, rows.
 */
function countsOf(c: Convolution, columns: number, wide: boolean, optimize: Optimize): WorkCounts {
  const [, rows, width, channels] = c.output
  const { taps: kernelHeight } = c.vertical
  const chunks = Math.ceil(width / columns)
  const passes = passesOf(width, columns, optimize)
  const windows = Array.from({ length: rows }, (_, row) => rowsTaken(c, row))
  const pairs = windows.reduce((sum, window) => sum + window.pairs, 0)
  const singles = windows.reduce((sum, window) => sum + window.singles, 0)
  const [pair, single] = [pairWork(c, passes, wide), singleWork(c, passes, wide)]
  const blocks = Math.ceil(c.input[3] / 4)
  const pixels = Math.min(c.input[2], (width - 1) * c.horizontal.stride + c.horizontal.taps)
  return {
    multiplies: channels * (pairs * pair.multiplies + singles * single.multiplies),
    loads: channels * (pairs * pair.loads + singles * single.loads),
    outputs: rows * width * channels,
    channelRows: rows * chunks * channels,
    // Images of less than four channels are expanded element by element.
    [c.input[3] < 4 ? 'elementsExpanded' : 'expanded']:
      blocks * (pairs + singles / 2) * (pixels + (chunks - 1) * c.horizontal.taps),
    lines: blocks * chunks * (kernelHeight > 3 ? pairs + singles : rows),
    rows,
  }
}

/** Outputs of each pass over a row. */
export function passesOf(
  width: number,
  columns: number,
  optimize: Optimize = 'balanced',
): readonly number[] {
  if (optimize === 'size') return Array.from({ length: Math.ceil(width / 4) }, () => 4)
  const tail = tailOf(width, columns)
  const fours = Array.from({ length: (width - tail) / 4 }, () => 4)
  return tail === 0 ? fours : [...fours, tail]
}

/** Pairs of rows, and last rows without another, that output row `row` takes. */
function rowsTaken(c: Convolution, row: number): { pairs: number; singles: number } {
  const { taps, stride, before } = c.vertical
  const all = { pairs: Math.floor(taps / 2), singles: taps % 2 }
  if (taps <= 3) return all
  const { begin, end } = tapsInside(c.vertical, row)
  const [kyBegin, kyEnd] = end > begin ? [begin, end].map(y => y - row * stride + before) : [0, 0]
  const last = Math.min(all.pairs, Math.ceil(kyEnd! / 2))
  return {
    pairs: Math.max(0, last - Math.floor(kyBegin! / 2)),
    singles: kyEnd === taps ? all.singles : 0,
  }
}

interface LineWork {
  readonly multiplies: number
  readonly loads: number
}

/** Int8 weights take half an instruction more each: one to load two, one each to extend them. */
function pairWork(c: Convolution, passes: readonly number[], wide: boolean): LineWork {
  const { taps, stride } = c.horizontal
  const weights = taps * (wide ? 1 : 1.5)
  return {
    multiplies: passes.reduce((sum, n) => sum + n * taps, 0),
    loads: passes.reduce((sum, n) => sum + weights + stride * (n - 1) + taps, 0),
  }
}

function singleWork(c: Convolution, passes: readonly number[], wide: boolean): LineWork {
  const { taps, stride } = c.horizontal
  const weights = (stride === 1 ? Math.max(1, taps - 1) : Math.ceil(taps / 2)) * (wide ? 1 : 1.5)
  const words = (n: number): number => Math.ceil((stride * (n - 1) + taps) / 2)
  return {
    multiplies: passes.reduce((sum, n) => sum + n * Math.ceil(taps / 2), 0),
    loads: passes.reduce((sum, n) => sum + weights + words(n), 0),
  }
}
