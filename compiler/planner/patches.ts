// Column patches as edges of the search: segments done strip by strip where rows alone are too long.

import type { CostModel } from '../cost/model.ts'
import { storageBlock } from '../memory/block.ts'
import { lowerBound } from '../memory/bound.ts'
import { findMerges } from '../memory/in-place.ts'
import { tensorAlignment } from '../memory/plan.ts'
import { scratchBlocks } from '../memory/scratch.ts'
import { scheduleCycles } from '../schedule/cost.ts'
import { findLives } from '../schedule/lives.ts'
import { patchSteps } from '../schedule/patch.ts'
import type { Schedule, Segment } from '../schedule/schedule.ts'
import { leastBytes, type Edge, type Path } from '../schedule/segments.ts'
import type { Steps } from '../schedule/steps.ts'
import { streamSegment } from '../schedule/stream.ts'
import { isolate, isolatedBytes, type Isolated } from './isolate.ts'

/** Steps [first, end) in `strips` strips, each streamed in runs of `band` positions. */
export interface PatchEdge extends Edge {
  readonly strips: number
}

/** Longest patch; halos grow with each step. */
const longestPatch = 24
const stripCounts = [2, 3, 4, 6, 8, 12, 16]
/** Ranges of steps that are cut, those with the smallest ends first: over the fullest steps, and over others. */
const mostRanges = 40
/** Live bytes, as a part of the limit (or of the best path's need), from which a range counts as full. */
const nearly = 0.9
/** Live bytes, as a part of the limit, that leave room for offsets: no more strips are tried. */
const enough = 0.85
/** Rows per run that are tried where one at a time fits. */
const widerBands = [2, 4]

export function isPatch(edge: Edge): edge is PatchEdge {
  return 'strips' in edge
}

/**
 * Patches that may bring the network below `limit` bytes, by first step. A patch keeps all of what goes
 * in and comes out, so only ranges for which that is less than any path so far needs are cut, and
 * those that no rows of whole images get through within the limit.
 */
export function findPatches(
  steps: Steps,
  cost: CostModel,
  edges: readonly (readonly Edge[])[],
  limit: number,
): readonly (readonly PatchEdge[])[] {
  const found: PatchEdge[][] = steps.steps.map(() => [])
  const least = leastBytes(edges)
  const ranges = candidateRanges(steps, edges, least, limit)
  for (const { first, end } of ranges) {
    let best = Infinity
    for (const strips of stripCounts) {
      const edge = patchEdge(steps, cost, { first, end, strips, band: 1 })
      // More strips have more halo: once they cost memory, or are too narrow, more do, too.
      if (edge === null || edge.peakBytes >= best) break
      best = edge.peakBytes
      if (best < least) found[first]!.push(edge)
      if (best > limit) continue
      for (const band of widerBands) {
        const wider = patchEdge(steps, cost, { first, end, strips, band })
        if (wider !== null && wider.peakBytes <= limit) found[first]!.push(wider)
      }
      if (best <= limit * enough) break
    }
  }
  return found
}

interface Range {
  readonly first: number
  readonly end: number
  /** Bytes of all that is there before, or remains. */
  readonly kept: number
  /** Least live bytes of whole rows. */
  readonly byRows: number
}

function candidateRanges(
  steps: Steps,
  edges: readonly (readonly Edge[])[],
  least: number,
  limit: number,
): readonly Range[] {
  const ranges: Range[] = []
  const kept = keptBytes(steps)
  const count = steps.steps.length
  // The inputs are there before the first step, and the outputs after the last.
  const reachable = Math.max(limit, kept(0, 0), kept(count, count))
  for (let first = 0; first < count; first++) {
    const byRows = new Float64Array(longestPatch + 1).fill(Infinity)
    byRows[0] = 0
    for (let at = first; at < Math.min(count, first + longestPatch); at++) {
      if (steps.cuts?.get(at) === undefined) break
      for (const edge of edges[at]!) {
        const to = edge.end - first
        if (to > longestPatch) continue
        byRows[to] = Math.min(byRows[to]!, Math.max(byRows[at - first]!, edge.peakBytes))
      }
      const end = at + 1
      const bytes = kept(first, end)
      // Inside a patch of one step there is nothing.
      if (end - first >= 2 && byRows[end - first]! > reachable * nearly && bytes < least) {
        ranges.push({ first, end, kept: bytes, byRows: byRows[end - first]! })
      }
    }
  }
  const full = least * nearly
  ranges.sort((a, b) => a.kept - b.kept || a.end - a.first - (b.end - b.first))
  return [
    ...ranges.filter(range => range.byRows >= full).slice(0, mostRanges),
    ...ranges.filter(range => range.byRows < full).slice(0, mostRanges),
  ]
}

/** Bytes of storages that exist before `first` and are needed then, or are written from then on and needed after `end`. */
function keptBytes(steps: Steps): (first: number, end: number) => number {
  const written = new Float64Array(steps.storages.length).fill(-1)
  const read = new Float64Array(steps.storages.length).fill(-1)
  for (const [index, { inputs, output }] of steps.steps.entries()) {
    if (output !== null) written[output] = index
    for (const id of inputs) if (id !== null) read[id] = index
  }
  for (const id of steps.resident.outputs) read[id] = Infinity
  return (first, end) =>
    steps.storages.reduce((sum, { id, rows, rowBytes }) => {
      const before = written[id]! < first && read[id]! >= first
      const after = written[id]! < end && read[id]! >= end
      return before || after ? sum + rows * rowBytes : sum
    }, 0)
}

type Shape = Pick<PatchEdge, 'first' | 'end' | 'strips' | 'band'>

/** Null when the steps cannot be cut that way. */
function patchEdge(steps: Steps, cost: CostModel, shape: Shape): PatchEdge | null {
  const isolated = isolatePatch(steps, shape)
  if (isolated === null) return null
  const { schedule, waiting } = isolated
  return {
    ...shape,
    peakBytes: waiting + liveBytes(schedule),
    cycles: scheduleCycles(schedule, cost),
  }
}

function isolatePatch(steps: Steps, { first, end, strips, band }: Shape): Isolated | null {
  const patched = patchSteps(steps, [{ first, end, strips }])
  if (patched === null) return null
  const { steps: all, positions } = patched
  const own = all.steps.slice(positions[first], positions[end])
  return isolate(all, positions[first]!, own, parts =>
    Array.from({ length: strips }, (_, strip): Segment => {
      const begin = strip * (end - first)
      return streamSegment(parts, begin, begin + end - first, band, false)
    }),
  )
}

/** Bytes a patch takes when it is placed. */
export function patchBytes(steps: Steps, edge: PatchEdge): number {
  const isolated = isolatePatch(steps, edge)
  return isolated === null ? Infinity : isolatedBytes(isolated)
}

/** The fullest run of a schedule. */
function liveBytes(schedule: Schedule): number {
  const lives = findLives(schedule)
  const scratch = scratchBlocks(schedule).map(({ block }) => block)
  const blocks = [...lives.map(life => storageBlock(life)), ...scratch]
  return lowerBound(lives, blocks, findMerges(schedule, lives), tensorAlignment)
}

/** A path whose patches are written out: other steps, and an edge for each strip. */
export function writeOut(steps: Steps, path: Path): { readonly steps: Steps; readonly path: Path } {
  const patched = patchSteps(steps, path.edges.filter(isPatch))
  if (patched === null) throw new Error('patches are possible one by one, not together')
  const { positions } = patched
  const edges = path.edges.flatMap((edge): readonly Edge[] => {
    const { band, peakBytes, cycles } = edge
    const count = edge.end - edge.first
    return Array.from({ length: isPatch(edge) ? edge.strips : 1 }, (_, strip): Edge => {
      const first = positions[edge.first]! + strip * count
      return { first, end: first + count, band, peakBytes, cycles }
    })
  })
  return { steps: patched.steps, path: { ...path, edges } }
}
