// CONV_2D with few input channels for the DSP extension: when it is one, its constants and its call.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import { fittedForm, int16Fitting, type FittedForm } from '../fitted-requantization.ts'
import { sumRanges } from '../gemm/pack.ts'
import type { KernelCall } from '../op.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { convolutionGemm, type ConvolutionGemm } from './gemm.ts'

/** A matrix product with one shift for all channels: the only form there is a kernel for. */
interface LinesGemm extends ConvolutionGemm {
  readonly fitted: FittedForm
}

function linesGemm(c: Convolution): LinesGemm | null {
  const gemm = convolutionGemm(c)
  const fitted = gemm === null ? null : fittedForm(c, gemm.form, sumRanges(gemm), int16Fitting)
  return gemm === null || fitted === null ? null : { ...gemm, fitted }
}

/** Most bytes of expanded columns, and elements of a window's line: beyond, windows are worth gathering. */
const mostScratchBytes = 1024
const mostLineElements = 32

/** Few input channels: expanded columns are small, and their windows do not overlap much. */
export function isLines(c: Convolution): boolean {
  const [, , kernelWidth, channels] = c.weightsShape
  const short = channels <= 4 && kernelWidth * channels <= mostLineElements
  return short && c.horizontal.dilation === 1 && outputsTogether(c) >= 2 && linesGemm(c) !== null
}

/** How the elements of a window are taken. */
interface Window {
  /** Elements from one window to the next one. */
  readonly step: number
  /** Turns of a loop, and pairs of elements in each; the last ones may be there for nothing. */
  readonly turns: number
  readonly pairs: number
  /** Elements behind a window that are read with its last pairs. */
  readonly slack: number
}

/** Pairs in a turn; for more gcc runs out of registers. */
const mostPairs = 8

/** Turns over which gcc 12 carries no words. */
const farTurns = 4

function windowOf(c: Convolution): Window {
  const [, kernelHeight, kernelWidth, channels] = c.weightsShape
  const elements = kernelHeight * kernelWidth * channels
  const all = Math.ceil(elements / 2)
  // A turn costs half as much as a pair on its own.
  const cost = (pairs: number): number => Math.ceil(all / pairs) * (2 * pairs + 1)
  const pairs = Array.from({ length: mostPairs }, (_, i) => i + 1).reduce((best, n) =>
    cost(n) <= cost(best) ? n : best,
  )
  const turns = Math.ceil(all / pairs)
  return {
    step: c.horizontal.stride * kernelHeight * channels,
    turns,
    pairs,
    slack: 2 * turns * pairs - elements,
  }
}

/** Columns under `outputs` windows. */
function columnsUnder(c: Convolution, outputs: number): number {
  return (outputs - 1) * c.horizontal.stride + c.weightsShape[2]
}

function scratchBytes(c: Convolution, outputs: number): number {
  const columns = columnsUnder(c, outputs)
  return 2 * (columns * c.weightsShape[1] * c.weightsShape[3] + windowOf(c).slack)
}

/** Outputs of a row computed together, an even number. */
function outputsTogether(c: Convolution): number {
  const width = c.output[2]
  const fits = (outputs: number): boolean => scratchBytes(c, outputs) <= mostScratchBytes
  let parts = 1
  const even = (columns: number): number => columns + (columns % 2)
  while (parts < width && !fits(even(Math.ceil(width / parts)))) parts++
  const outputs = even(Math.ceil(width / parts))
  return fits(outputs) ? outputs : 0
}

/** The input's zero point is in it, as no tap is left out. */
function foldedBias(g: LinesGemm, channel: number): number {
  const weights = g.weights.subarray(channel * g.depth, (channel + 1) * g.depth)
  return g.bias[channel]! - g.inputZeroPoint * weights.reduce((sum, w) => sum + w, 0)
}

/** As `convLines` reads them. */
function packConstants(c: Convolution, g: LinesGemm): number[] {
  const { turns, pairs } = windowOf(c)
  const words: number[] = []
  // A channel with but one output has no weights, nor have those that fill up a block.
  const isLive = (channel: number): boolean => g.form.channels[channel]?.constantBias === null
  const weight = (channel: number, k: number): number =>
    isLive(channel) && k < g.depth
      ? int16Fitting.scale * g.weights[channel * g.depth + elementAt(c, k)]!
      : 0
  for (let first = 0; first < g.channels; first += 4) {
    const four = [first, first + 1, first + 2, first + 3]
    for (const channel of four) {
      const start = isLive(channel) ? int16Fitting.scale * foldedBias(g, channel) : 0
      words.push(start + (g.fitted.channels[channel]?.bias ?? 0))
    }
    for (let k = 0; k < 2 * turns * pairs; k += 2) {
      for (const channel of four) {
        words.push((weight(channel, k) & 0xffff) | (weight(channel, k + 1) << 16))
      }
    }
    for (const channel of four) {
      const { factor, nudge } = g.fitted.channels[channel] ?? { factor: 0, nudge: 0 }
      words.push(factor, g.fitted.addends[channel] ?? 0)
      if (g.form.isSigned === 1) words.push(nudge)
    }
  }
  return words
}

/** Where element `k` of a window in the order kx, ky, channel lies in the order ky, kx, channel. */
function elementAt(c: Convolution, k: number): number {
  const [, kernelHeight, kernelWidth, channels] = c.weightsShape
  const kx = Math.floor(k / (kernelHeight * channels))
  const ky = Math.floor(k / channels) % kernelHeight
  return (ky * kernelWidth + kx) * channels + (k % channels)
}

function inAllBytes(value: number): number {
  return Math.imul(value & 0xff, 0x0101_0101)
}

export function linesCall(c: Convolution): KernelCall {
  const gemm = linesGemm(c)
  if (gemm === null) throw new Error('not a matrix product of that form')
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight] = c.weightsShape
  const places = rowPlaces(c)
  const { vertical: v, horizontal: h } = c
  const outputs = outputsTogether(c)
  const width = columnsUnder(c, outputs)
  const { step, turns, pairs, slack } = windowOf(c)
  const chunks = Math.ceil(outputWidth / outputs)
  const doubles = outputHeight * doublesOf(outputWidth, outputs / 2)
  const blocks = doubles * Math.ceil(outputChannels / 4)
  return kernelCall({
    kernel: 'conv2d/lines',
    entry: 'convLines',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      {
        kind: 'constant',
        name: 'weights',
        type: 'i32',
        values: Int32Array.from(packConstants(c, gemm)),
        weights: true,
      },
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      paramsArg('LinesParams', {
        inputHeight,
        inputWidth,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputRowElements: places.output.rowElements,
        strideH: v.stride,
        strideW: h.stride,
        dilationH: v.dilation,
        padTop: v.before,
        padLeft: h.before,
        inputZeroPoint: c.inputZeroPoint,
        activationMin: inAllBytes(c.activation.min),
        activationMax: inAllBytes(c.activation.max),
        turns,
        advance: 2 * pairs,
      }),
      ...rowArgs([0]),
    ],
    statics: {
      lines: kernelHeight,
      inputChannels,
      channels: outputChannels,
      width,
      slack,
      ahead: outputs / 2,
      step,
      pairs,
      isOnce: turns === 1 ? 1 : 0,
      isFar: (outputs / 2) * step >= farTurns * 2 * pairs ? 1 : 0,
      shift: gemm.fitted.shift,
      isSigned: gemm.form.isSigned,
      isClamped: gemm.form.isClamped,
    },
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * gemm.depth,
    scratchBytes: scratchBytes(c, outputs),
    counts: {
      rows: outputHeight,
      lines: outputHeight * chunks * kernelHeight,
      lineElements: outputHeight * chunks * kernelHeight * width * inputChannels,
      doubles,
      pairBlocks: blocks,
      pairWords: blocks * turns * pairs,
    },
  })
}

/** How many times the kernel computes two outputs of a row that are `ahead` apart. */
function doublesOf(width: number, ahead: number): number {
  const last = width % (2 * ahead)
  return (width - last) / 2 + Math.min(last, ahead)
}
