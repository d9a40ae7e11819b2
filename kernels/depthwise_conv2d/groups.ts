// The variant of DEPTHWISE_CONV_2D that does output rows in groups: how many share what is expanded, and its calls.

import { inputArg, kernelCall, outputArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelCall, WorkCounts } from '../op.ts'
import { positiveMultipliers } from '../requantization.ts'
import { elementCount, tapsInside } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import {
  chunksOf,
  depthwiseParams,
  depthwiseStatics,
  passesOf,
  tableArg,
  tailForm,
  type Chunks,
} from './dsp.ts'
import { depthwiseForm, packDepthwise, windowPairs, type DepthwiseForm } from './pack.ts'
import { trimTaps } from './trim.ts'

/** Least and most bytes of the lines that windows move along; in between, as many as two input rows have. */
const lineBytes = [672, 4096] as const

/** What is expanded at a time. */
interface Lines extends Chunks {
  /** Output rows. */
  readonly rows: number
  /** Pairs of input rows. */
  readonly pairs: number
}

function linesWith(pairs: number, bytes: number, c: Convolution): Lines {
  const spare = 2 * (pairs - windowPairs(c.vertical.taps)) + 1
  const { taps, stride } = c.vertical
  // Rows between windows may not be there when rows are streamed.
  const rows = stride > taps ? 1 : Math.min(c.output[1], Math.floor(spare / stride) + 1)
  return { ...chunksOf(c, 'balanced', Math.floor(bytes / (16 * pairs))), rows, pairs }
}

/**
 * The more pairs of rows the lines have beyond those of a window, the more output rows share them: with one
 * more four, or two of stride 2 or 3.
 */
function linesOf(c: Convolution): Lines {
  const [, height, width] = c.output
  const [least, most] = lineBytes
  const bytes = Math.min(most, Math.max(least, 2 * c.input[2] * c.input[3]))
  let lines = linesWith(windowPairs(c.vertical.taps) + 1, bytes, c)
  // More where whole rows of the image still fit, but not for nothing.
  for (let pairs = lines.pairs + 1; lines.rows < height; pairs++) {
    const next = linesWith(pairs, bytes, c)
    if (next.columns < width || 16 * pairs * next.linePixels > bytes) break
    if (Math.ceil(height / next.rows) < Math.ceil(height / lines.rows)) lines = next
  }
  return lines
}

export function depthwiseGroupsCall(given: Convolution): KernelCall {
  const whole = positiveMultipliers(given, position => position % given.output[3])
  const c = trimTaps(whole)
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const places = rowPlaces(c)
  const lines = linesOf(c)
  const form = depthwiseForm(c, 'widened')
  return kernelCall({
    kernel: 'depthwise_conv2d/groups',
    entry: 'depthwiseGroups',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      tableArg(packDepthwise(c, form, 'widened')),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      depthwiseParams(c, lines, lines.rows),
      ...rowArgs([0]),
    ],
    statics: {
      ...depthwiseStatics(c, form),
      ...tailForm(outputWidth, lines.columns),
      strideH: c.vertical.stride,
      linePairs: lines.pairs,
    },
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * whole.vertical.taps * whole.horizontal.taps,
    counts: {
      ...rowCounts(c, lines),
      // Outputs that are shifted channel by channel.
      shifted: form.form >= 3 ? 0 : elementCount(c.output),
    },
    groupRows: lines.rows,
    groupCounts: groupCounts(c, lines),
    scratchBytes: scratchBytes(c, lines, form),
  })
}

/** Where rows begin, a word of zero points, int16 weights of a channel, lines. */
function scratchBytes(
  c: Convolution,
  { pairs, rows, linePixels }: Lines,
  { form }: DepthwiseForm,
): number {
  const head = form === 4 ? 4 : 3
  const taps = windowPairs(c.vertical.taps) * c.horizontal.taps
  const weights = 2 * (head + taps + (taps % 2))
  return 4 * (2 * pairs + 4 * rows + 1 + weights) + 16 * pairs * linePixels
}

/**
 * What the kernel does in all rows: instructions that multiply and that fetch operands, passes over a few
 * outputs, outputs, rows of channels, and pixels of four channels expanded as part of a pair.
 */
function rowCounts(c: Convolution, lines: Lines): WorkCounts {
  const [, rows, width, channels] = c.output
  const { taps, stride } = c.horizontal
  const passes = passesOf(width, lines.columns)
  const pairs = sumOf(rows, row => pairsTaken(c, row))
  const computed = passes.reduce((sum, n) => sum + n, 0)
  const loads = passes.reduce((sum, n) => sum + stride * (n - 1) + 2 * taps, 0)
  return {
    multiplies: channels * pairs * computed * taps,
    loads: channels * pairs * loads,
    passes: channels * rows * passes.length,
    outputs: rows * width * channels,
    channelRows: rows * chunksIn(c, lines) * channels,
    ...expansions(c, lines, Math.min(rows * c.vertical.stride, c.input[1]) / 2),
  }
}

/** What it does for each group of rows: the rows that windows need beyond those of `rowCounts`, weights. */
function groupCounts(c: Convolution, lines: Lines): WorkCounts {
  const [, rows, , channels] = c.output
  const chunks = chunksIn(c, lines)
  const weights = channels * chunks * windowPairs(c.vertical.taps) * c.horizontal.taps
  const groups = Math.ceil(rows / lines.rows)
  const all = sumOf(groups, group => pairsExpanded(c, lines, group)) / groups
  return {
    groups: 1,
    chunks,
    blocks: chunks * Math.ceil(c.input[3] / 4),
    lanes: chunks * channels,
    widened: weights,
    ...expansions(c, lines, Math.max(0, all - (lines.rows * c.vertical.stride) / 2)),
  }
}

/** Of so many pairs of rows. Images of less than four channels are expanded element by element. */
function expansions(c: Convolution, lines: Lines, pairs: number): WorkCounts {
  const [, , width, channels] = c.input
  const { taps, stride } = c.horizontal
  const chunks = chunksIn(c, lines)
  const pixels = Math.min(width, (c.output[2] - 1) * stride + taps) + (chunks - 1) * (taps - stride)
  const count = pairs * pixels
  return channels < 4
    ? { elementsExpanded: 2 * channels * count }
    : { expanded: Math.ceil(channels / 4) * count }
}

function chunksIn(c: Convolution, { columns }: Lines): number {
  return Math.ceil(c.output[2] / columns)
}

function sumOf(count: number, term: (index: number) => number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += term(i)
  return sum
}

/** Pairs of rows that windows of output row `row` take. */
function pairsTaken(c: Convolution, row: number): number {
  const { taps, stride, before } = c.vertical
  const all = windowPairs(taps)
  if (taps <= 3) return all
  const { begin, end } = tapsInside(c.vertical, row)
  if (end <= begin) return 0
  const origin = row * stride - before
  return Math.min(all, Math.ceil((end - origin) / 2) - Math.floor((begin - origin) / 2))
}

/** Pairs of rows that group `group` expands, when it begins with the first row. */
function pairsExpanded(c: Convolution, { rows }: Lines, group: number): number {
  const { taps, stride, before, input } = c.vertical
  const count = Math.min(rows, c.output[1] - group * rows)
  const origin = group * rows * stride - before
  const begin = Math.max(0, -origin)
  const end = Math.min((count - 1) * stride + taps, input - origin)
  return Math.max(0, Math.ceil(end / 2) - Math.floor(begin / 2))
}
