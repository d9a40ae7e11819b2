// CONV_2D with few input channels for the DSP extension: when it is one, its constants and its call.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import { sumRanges } from '../gemm/pack.ts'
import type { KernelCall } from '../op.ts'
import { sharedAddend, sharedShift } from '../requantization.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { convolutionGemm, type ConvolutionGemm } from './gemm.ts'

interface LinesGemm extends ConvolutionGemm {
  readonly outputZeroPoint: number
}

/** Most bytes of expanded columns, and elements of a window's line: beyond, windows are worth gathering. */
const mostScratchBytes = 1024
const mostLineElements = 32

/** Few input channels: expanded columns are small, and their windows do not overlap much. */
export function isLines(c: Convolution): boolean {
  const [, , kernelWidth, channels] = c.weightsShape
  const short = channels <= 4 && kernelWidth * channels <= mostLineElements
  return (
    short && c.horizontal.dilation === 1 && outputsTogether(c) >= 2 && convolutionGemm(c) !== null
  )
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

/** What the weights have room for in int16. */
const mostUp = 7

/** Words of the constants that `convLines` wants behind the weights of a block, and what goes into them. */
interface Channel {
  /** Of weights and bias; 0 for a channel with but one output, and for those that fill up a block. */
  readonly scale: number
  readonly bias: number
  readonly rescaling: readonly number[]
}

function channelOf(g: LinesGemm, channel: number, shared: number): Channel {
  const own = g.form.channels[channel] ?? unused
  const { shift, multiplier, constantBias } = own
  const isShared = shared !== 0
  if (constantBias !== null) {
    const addend = sharedAddend(own, g.outputZeroPoint, isShared ? shared : 1)
    return { scale: 0, bias: 0, rescaling: [2 ** 30, addend, ...(isShared ? [] : [0])] }
  }
  const scale = 2 ** (1 + (isShared ? shared - shift : 0))
  const bias = scale * foldedBias(g, channel)
  const rescaling = isShared
    ? [multiplier, sharedAddend(own, g.outputZeroPoint, shared)]
    : [multiplier, (2 * g.outputZeroPoint + 1) * 2 ** (shift - 1), shift - 1]
  return { scale, bias, rescaling }
}

const unused = { multiplier: 0, shift: 1, left: 0, constantBias: 0 } as const

/** The input's zero point is in it, as no tap is left out. */
function foldedBias(g: LinesGemm, channel: number): number {
  const weights = g.weights.subarray(channel * g.depth, (channel + 1) * g.depth)
  return g.bias[channel]! - g.inputZeroPoint * weights.reduce((sum, w) => sum + w, 0)
}

/** As `convLines` reads them. */
function packConstants(c: Convolution, g: LinesGemm, shared: number): number[] {
  const { turns, pairs } = windowOf(c)
  const words: number[] = []
  for (let first = 0; first < g.channels; first += 4) {
    const four = [0, 1, 2, 3].map(i => channelOf(g, first + i, shared))
    const weight = (i: number, k: number): number => {
      const scale = k < g.depth ? four[i]!.scale : 0
      return scale === 0 ? 0 : scale * g.weights[(first + i) * g.depth + elementAt(c, k)]!
    }
    words.push(...four.map(({ bias }) => bias | 0))
    for (let k = 0; k < 2 * turns * pairs; k += 2) {
      for (const i of four.keys()) words.push((weight(i, k) & 0xffff) | (weight(i, k + 1) << 16))
    }
    words.push(...four.flatMap(({ rescaling }) => rescaling))
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
  const product = convolutionGemm(c)
  if (product === null) throw new Error('not a matrix product')
  const gemm: LinesGemm = { ...product, outputZeroPoint: c.outputZeroPoint }
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight] = c.weightsShape
  const places = rowPlaces(c)
  const { vertical: v, horizontal: h } = c
  const outputs = outputsTogether(c)
  const width = columnsUnder(c, outputs)
  const { step, turns, pairs, slack } = windowOf(c)
  const shift = sharedShift({ ...gemm, ranges: sumRanges(gemm), mostUp })
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
        values: Int32Array.from(packConstants(c, gemm, shift)),
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
      shift,
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
