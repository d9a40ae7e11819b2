// The variant of DEPTHWISE_CONV_2D that does output rows in groups: how many share what is expanded, and its calls.

import { inputArg, kernelCall, outputArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelCall } from '../op.ts'
import { positiveMultipliers } from '../requantization.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { chunksOf } from './chunks.ts'
import { depthwiseParams, depthwiseStatics, tableArg, tailForm } from './dsp.ts'
import { countGroups, type Lines } from './group-counts.ts'
import { depthwiseForm, packDepthwise, windowPairs, type DepthwiseForm } from './pack.ts'
import { trimTaps } from './trim.ts'

/** Least and most bytes of the lines that windows move along; in between, as many as two input rows have. */
const lineBytes = [672, 4096] as const

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
    groupRows: lines.rows,
    ...countGroups(c, lines, form),
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
