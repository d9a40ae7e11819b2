// How rows of an image are cut for the DSP kernels of DEPTHWISE_CONV_2D: into chunks, and these into passes.

import type { Convolution } from '../convolution.ts'
import type { Optimize } from '../op.ts'

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

export function chunksIn(c: Convolution, { columns }: Chunks): number {
  return Math.ceil(c.output[2] / columns)
}

/** Pixels of an input row that are expanded, of all chunks: windows of two chunks overlap. */
export function pixelsExpanded(c: Convolution, chunks: Chunks): number {
  const { taps, stride } = c.horizontal
  return Math.min(c.input[2], rowReach(c)) + (chunksIn(c, chunks) - 1) * (taps - stride)
}

/** Pixels from the first to the last one that windows of a row touch, inside the image or not. */
export function rowReach({ output, horizontal }: Convolution): number {
  return (output[2] - 1) * horizontal.stride + horizontal.taps
}
