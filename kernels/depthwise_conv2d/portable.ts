// DEPTHWISE_CONV_2D without SIMD: when it can be done, packed weights and the call.

import {
  constantArg,
  inputArg,
  kernelCall,
  outputArg,
  paramsArg,
  rowArgs,
  scratchArg,
  weightsArg,
} from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelCall } from '../op.ts'
import { foldedBias, formStatics, portableForms, type Product } from '../pairs/forms.ts'
import { runLimit } from '../pairs/pack.ts'
import { elementCount, tapsInside } from '../shape.ts'
import { rowPlaces } from '../strip.ts'

/** Bytes of expanded rows at which columns are done in chunks. */
const scratchGoal = 2048

interface PackedDepthwise {
  /** [channels, KH, KW]. */
  readonly weights: Int8Array
  /** Per channel: bias, start of the sum of pairs, constants of `requantizePortable`. */
  readonly table: readonly number[]
  /** Products that are added up before they are taken apart. */
  readonly run: number
  readonly statics: KernelCall['statics']
}

/** Null for what the kernel does not know. */
function packDepthwise(c: Convolution): PackedDepthwise | null {
  const { vertical, horizontal } = c
  if (vertical.dilation !== 1 || horizontal.dilation !== 1 || horizontal.stride > 2) return null
  // Every window has a row inside the image.
  const lastTop = vertical.stride * (c.output[1] - 1) - vertical.before
  if (vertical.before >= vertical.taps || lastTop >= vertical.input) return null
  // Loops over a row of the window are unrolled.
  if (horizontal.taps > 11) return null
  const product = productOf(c)
  const forms = portableForms(product, c)
  const weights = product.weights.map((weight, at) =>
    forms.channels[Math.floor(at / product.depth)]!.isConstant ? 0 : weight,
  )
  const run = [horizontal.taps, 4, 3, 2].find(width => runsFit(weights, horizontal.taps, width))
  if (run === undefined) return null
  const runs = vertical.taps * Math.ceil(horizontal.taps / run)
  const table = forms.channels.flatMap((channel, o) => {
    const bias = foldedBias(product, o, channel)
    const start = (Math.imul(bias, 65537) - runs * 2 ** 15) | 0
    return [bias, start, ...channel.constants]
  })
  return {
    weights,
    table,
    run,
    statics: {
      kernelWidth: horizontal.taps,
      stride: horizontal.stride,
      run,
      ...formStatics(forms),
    },
  }
}

/** A row of taps for each channel. */
function productOf(c: Convolution): Product {
  const [, kernelHeight, kernelWidth, channels] = c.weightsShape
  const depth = kernelHeight * kernelWidth
  const weights = Int8Array.from(
    { length: channels * depth },
    (_, at) => c.weights[(at % depth) * channels + Math.floor(at / depth)]!,
  )
  return { channels, depth, weights, bias: c.bias, inputZeroPoint: c.inputZeroPoint }
}

/** Whether no run of so many taps in a row sums up to more than it may. */
function runsFit(weights: Int8Array, kernelWidth: number, width: number): boolean {
  let sum = 0
  for (let at = 0; at < weights.length; at++) {
    const k = at % kernelWidth
    sum = (k % width === 0 ? 0 : sum) + Math.abs(weights[at]!)
    if (sum > runLimit) return false
  }
  return true
}

export function isPortable(c: Convolution): boolean {
  return packDepthwise(c) !== null
}

/** Words of an expanded row for so many outputs. */
function pitchOf({ horizontal }: Convolution, outputs: number): number {
  return (Math.ceil(outputs / 2) - 1) * 2 * horizontal.stride + horizontal.taps + horizontal.stride
}

function chunkOf(c: Convolution): number {
  let chunk = c.output[2]
  while (chunk > 4 && pitchOf(c, chunk) * c.vertical.taps * 4 > scratchGoal) {
    chunk = Math.ceil(chunk / 8) * 4
  }
  return chunk
}

/**
 * What the kernel does: rows of channels, pairs of outputs with their lines, runs and taps inside the image,
 * outputs, taps outside that are summed up, rows expanded and their elements; and for each call the rows of
 * its first window, words filled with zero points, and weights made words.
 */
function portableCounts(
  c: Convolution,
  chunk: number,
  run: number,
): Pick<KernelCall, 'counts' | 'runCounts'> {
  const [, height, width, channels] = c.output
  const { vertical: v, horizontal: h } = c
  const chunks = Array.from({ length: Math.ceil(width / chunk) }, (_, i) => {
    const outputs = Math.min(chunk, width - i * chunk)
    const left = i * chunk * h.stride - h.before
    const elements = Math.min(c.input[2] - left, pitchOf(c, outputs)) - Math.max(-left, 0)
    return { pairs: Math.ceil(outputs / 2), elements: Math.max(0, elements) }
  })
  const pairs = channels * chunks.reduce((sum, each) => sum + each.pairs, 0)
  const elements = channels * chunks.reduce((sum, each) => sum + each.elements, 0)
  const windows = Array.from({ length: height }, (_, row) => tapsInside(v, row))
  const lines = windows.reduce((sum, { begin, end }) => sum + end - begin, 0)
  // Of each window what the one before has not expanded.
  const newRows = windows.reduce((sum, { begin, end }, row) => {
    return sum + end - Math.min(end, Math.max(begin, windows[row - 1]?.end ?? 0))
  }, 0)
  const rowsOfChannels = channels * chunks.length
  return {
    counts: {
      rows: height * rowsOfChannels,
      pairs: height * pairs,
      pairLines: lines * pairs,
      pairRuns: lines * pairs * Math.ceil(h.taps / run),
      pairTaps: lines * pairs * h.taps,
      outputs: height * width * channels,
      outsideTaps: (height * v.taps - lines) * h.taps * rowsOfChannels,
      expandedLines: newRows * rowsOfChannels,
      expanded: newRows * elements,
    },
    runCounts: {
      expanded: Math.max(0, v.taps - v.stride) * elements,
      filled: chunks.length * v.taps * pitchOf(c, chunk),
      taps: rowsOfChannels * v.taps * h.taps,
    },
  }
}

export function portableCall(c: Convolution): KernelCall {
  const packed = packDepthwise(c)
  if (packed === null) throw new Error('not for the portable kernel')
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const places = rowPlaces(c)
  const chunk = chunkOf(c)
  const pitch = pitchOf(c, chunk)
  return kernelCall({
    kernel: 'depthwise_conv2d/portable',
    entry: 'depthwiseConv2d',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      weightsArg(packed.weights),
      constantArg('table', 'i32', packed.table),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      paramsArg('PortableDepthwiseParams', {
        inputHeight,
        inputWidth,
        inputChannels,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputChannels,
        outputRowElements: places.output.rowElements,
        depthMultiplier: outputChannels / inputChannels,
        kernelHeight,
        strideH: c.vertical.stride,
        padTop: c.vertical.before,
        padLeft: c.horizontal.before,
        inputZeroPoint: c.inputZeroPoint,
        activationMin: c.activation.min,
        activationMax: c.activation.max,
        chunk,
        pitch,
        half: 2 ** 15,
      }),
      ...rowArgs([0]),
    ],
    statics: packed.statics,
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * kernelHeight * kernelWidth,
    ...portableCounts(c, chunk, packed.run),
    scratchBytes: kernelHeight * (pitch + kernelWidth) * 4,
  })
}
