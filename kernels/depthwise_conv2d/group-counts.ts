// How often the loops of DEPTHWISE_CONV_2D in groups of rows run: what its cost is made of.

import type { Convolution } from '../convolution.ts'
import type { KernelCall, WorkCounts } from '../op.ts'
import { sum, tapsInside } from '../shape.ts'
import { chunksIn, passesOf, pixelsExpanded, rowReach, type Chunks } from './chunks.ts'
import { windowPairs, type DepthwiseForm } from './pack.ts'

/** What is expanded at a time. */
export interface Lines extends Chunks {
  /** Output rows. */
  readonly rows: number
  /** Pairs of input rows. */
  readonly pairs: number
}

/** Counts of all rows, and of each group of rows anew. */
export function countGroups(
  c: Convolution,
  lines: Lines,
  { form }: DepthwiseForm,
): Pick<KernelCall, 'counts' | 'groupCounts'> {
  const rows = c.output[1]
  const groups = Math.ceil(rows / lines.rows)
  const least = groupedWork(c, lines, lines.rows)
  const most = groupedWork(c, lines, 1)
  // Calls of a few rows make more and smaller groups: linear from the fewest groups to one for each row.
  const perGroup = mapCounts(least, (name, n) =>
    rows === groups ? n / groups : (most[name]! - n) / (rows - groups),
  )
  const shared = mapCounts(least, (name, n) => n - groups * perGroup[name]!)
  return { counts: { ...filterWork(c, lines, form), ...shared }, groupCounts: perGroup }
}

function mapCounts(counts: WorkCounts, by: (name: string, n: number) => number): WorkCounts {
  return Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, by(name, n)]))
}

/**
 * What is the same however rows are grouped: instructions that multiply and that fetch operands, series of
 * the latter, passes over a few outputs, pairs of rows that passes take one by one, outputs, those shifted
 * channel by channel, rows of channels.
 */
function filterWork(c: Convolution, lines: Lines, form: number): WorkCounts {
  const [, rows, width, channels] = c.output
  const { taps, stride } = c.horizontal
  const passes = passesOf(width, lines.columns)
  const taken = Array.from({ length: rows }, (_, row) => pairsTaken(c, row))
  const pairs = sum(taken)
  const single = sum(taken.filter(count => count < windowPairs(c.vertical.taps)))
  const phases = Array.from({ length: stride }, (_, phase) => Math.ceil((taps - phase) / stride))
  const outputs = rows * width * channels
  return {
    multiplies: channels * pairs * sum(passes) * taps,
    loads: channels * pairs * sum(passes.map(n => stride * (n - 1) + 2 * taps)),
    // Operands of two taps at a time, where registers allow it.
    bursts:
      channels * pairs * sum(passes.flatMap(n => phases.map(p => (n > 4 ? p : Math.ceil(p / 2))))),
    passes: channels * rows * passes.length,
    singlePairs: channels * single * passes.length,
    singleMultiplies: channels * single * sum(passes) * taps,
    outputs,
    shifted: form >= 3 ? 0 : outputs,
    channelRows: rows * chunksIn(c, lines) * channels,
  }
}

/**
 * What each group of `size` rows does anew: parts of rows, blocks of four channels, channels, words of
 * weights, pairs of rows and their pixels that are expanded, words of lines that are cleared.
 */
function groupedWork(c: Convolution, lines: Lines, size: number): WorkCounts {
  const [, rows, , outputChannels] = c.output
  const [, , inputWidth, channels] = c.input
  const chunks = chunksIn(c, lines)
  const blocks = Math.ceil(channels / 4)
  const groups = Array.from({ length: Math.ceil(rows / size) }, (_, group) =>
    rowsExpanded(c, group * size, Math.min(size, rows - group * size)),
  )
  const used = sum(groups.map(group => group.used))
  const pairs = sum(groups.map(group => group.pairs))
  const both = c.vertical.stride % 2 === 1 && size > 1 ? 2 : 1
  const weights = Math.ceil((windowPairs(c.vertical.taps) * c.horizontal.taps) / 2)
  const pixels = pixelsExpanded(c, lines)
  const beside = Math.max(0, rowReach(c) - inputWidth)
  return {
    groups: groups.length,
    chunks: groups.length * chunks,
    blocks: groups.length * chunks * blocks,
    lanes: groups.length * chunks * outputChannels,
    widened: groups.length * chunks * outputChannels * weights * both,
    cleared:
      channels < 4
        ? used * chunks * lines.linePixels
        : pairs * beside + (c.vertical.taps <= 3 ? (used - pairs) * chunks * lines.linePixels : 0),
    ...(channels < 4
      ? { elementsExpanded: sum(groups.map(group => group.rows)) * channels * pixels }
      : { pairs: pairs * chunks * blocks, expanded: pairs * blocks * pixels }),
  }
}

/** Input rows that a group needs, the pairs they are expanded in, and those that its windows take. */
function rowsExpanded(c: Convolution, row: number, count: number) {
  const { taps, stride, before, input } = c.vertical
  const origin = row * stride - before
  const begin = Math.max(0, -origin)
  const end = Math.min((count - 1) * stride + taps, input - origin)
  const used = (((count - 1) * stride) >> 1) + windowPairs(taps)
  if (end <= begin) return { rows: 0, pairs: 0, used }
  return { rows: end - begin, pairs: Math.ceil(end / 2) - Math.floor(begin / 2), used }
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
