// How often the loops of DEPTHWISE_CONV_2D for the DSP extension run, row by row: what its cost is made of.

import type { Convolution } from '../convolution.ts'
import type { WorkCounts } from '../op.ts'
import { sum, tapsInside } from '../shape.ts'
import { chunksIn, pixelsExpanded, type Chunks } from './chunks.ts'
import type { DepthwiseForm } from './pack.ts'

/** Of all rows. `passes`: outputs of each pass over a row; wide: whether weights are int16. */
export function countWindows(
  c: Convolution,
  lines: Chunks,
  passes: readonly number[],
  form: DepthwiseForm,
  wide: boolean,
): WorkCounts {
  const windows = Array.from({ length: c.output[1] }, (_, row) => windowOf(c, row))
  return { ...filterWork(c, lines, windows, passes, form, wide), ...expandWork(c, lines, windows) }
}

/**
 * Instructions that multiply and that fetch operands, passes, outputs, those shifted channel by channel,
 * rows of channels.
 */
function filterWork(
  c: Convolution,
  lines: Chunks,
  windows: readonly Window[],
  passes: readonly number[],
  { form }: DepthwiseForm,
  wide: boolean,
): WorkCounts {
  const [, rows, width, channels] = c.output
  const pairs = sum(windows.map(taken => taken.pairs))
  const singles = sum(windows.map(taken => taken.singles))
  const [pair, single] = [pairWork(c, passes, wide), singleWork(c, passes, wide)]
  const outputs = rows * width * channels
  return {
    multiplies: channels * (pairs * pair.multiplies + singles * single.multiplies),
    loads: channels * (pairs * pair.loads + singles * single.loads),
    passes: channels * rows * passes.length,
    outputs,
    shifted: form >= 3 ? 0 : outputs,
    channelRows: rows * chunksIn(c, lines) * channels,
  }
}

/** Rows, lines and pixels of four channels that are expanded, and records of lines that are cleared. */
function expandWork(c: Convolution, lines: Chunks, windows: readonly Window[]): WorkCounts {
  const channels = c.input[3]
  const chunks = chunksIn(c, lines)
  const blocks = Math.ceil(channels / 4)
  const pixels = pixelsExpanded(c, lines)
  const all = { whole: 0, halves: 0, lasts: 0, threes: 0, rows: 0, missing: 0 }
  for (const { expanded } of windows) {
    for (const name of Object.keys(all) as (keyof typeof all)[]) all[name] += expanded[name]
  }
  const { whole, halves, lasts, threes, rows, missing } = all
  const words = Math.ceil(c.vertical.taps / 2) * windows.length
  return {
    rows: windows.length,
    chunks: windows.length * chunks,
    blocks: windows.length * chunks * blocks,
    cleared: ((channels < 4 ? words : missing) * chunks * lines.linePixels) / 2,
    ...(channels < 4
      ? { elementsExpanded: rows * channels * pixels, lines: rows * chunks }
      : {
          lines: blocks * chunks * (whole + halves + lasts),
          expanded: blocks * pixels * (whole + lasts / 2),
          halvesExpanded: blocks * pixels * halves,
          threesExpanded: blocks * pixels * threes,
        }),
  }
}

/** What an output row takes of its window of input rows. */
interface Window {
  /** Pairs of rows that are multiplied, and last rows without another. */
  readonly pairs: number
  readonly singles: number
  readonly expanded: {
    /** Pairs of rows, pairs of which one row is outside, last rows without another. */
    readonly whole: number
    readonly halves: number
    readonly lasts: number
    /** Windows of three rows, expanded in one go. */
    readonly threes: number
    /** Rows inside the image. */
    readonly rows: number
    /** Pairs and last rows that are outside, and cleared. */
    readonly missing: number
  }
}

function windowOf(c: Convolution, row: number): Window {
  const { taps, stride, before } = c.vertical
  const all = { pairs: Math.floor(taps / 2), singles: taps % 2 }
  const inside = tapsInside(c.vertical, row)
  const isInside = inside.end > inside.begin
  const begin = isInside ? inside.begin - row * stride + before : 0
  const end = isInside ? inside.end - row * stride + before : 0
  const lasts = end === taps ? all.singles : 0
  const paired = Math.min(end, 2 * all.pairs)
  const touched = Math.max(0, Math.ceil(paired / 2) - Math.floor(begin / 2))
  const whole = Math.max(0, Math.floor(paired / 2) - Math.ceil(begin / 2))
  const isThree = taps === 3 && end - begin === 3
  return {
    ...(taps <= 3 ? all : { pairs: touched, singles: lasts }),
    expanded: {
      whole: isThree ? 0 : whole,
      halves: isThree ? 0 : touched - whole,
      lasts: isThree ? 0 : lasts,
      threes: isThree ? 1 : 0,
      rows: end - begin,
      missing: taps <= 3 ? all.pairs + all.singles - touched - lasts : 0,
    },
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
    multiplies: taps * sum(passes),
    loads: sum(passes.map(n => weights + stride * (n - 1) + taps)),
  }
}

function singleWork(c: Convolution, passes: readonly number[], wide: boolean): LineWork {
  const { taps, stride } = c.horizontal
  const weights = (stride === 1 ? Math.max(1, taps - 1) : Math.ceil(taps / 2)) * (wide ? 1 : 1.5)
  const words = (n: number): number => Math.ceil((stride * (n - 1) + taps) / 2)
  return {
    multiplies: Math.ceil(taps / 2) * sum(passes),
    loads: sum(passes.map(n => weights + words(n))),
  }
}
