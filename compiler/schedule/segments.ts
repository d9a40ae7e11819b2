// Where to cut a network into streamed segments: shortest paths over cut points.

import type { CostModel } from '../cost/model.ts'
import { stepCost } from './cost.ts'
import { SegmentMeter, stepOf } from './segment-peak.ts'
import type { Steps } from './steps.ts'

/** One way to run steps [first, end). */
export interface Edge {
  readonly first: number
  readonly end: number
  /** Positions per run; Infinity: a single step, as a whole. */
  readonly band: number
  /** Largest sum of live row bytes and scratch during the segment. */
  readonly peakBytes: number
  /** Predicted cycles. */
  readonly cycles: number
}

/** A way through the network: edges that follow each other. */
export interface Path {
  readonly edges: readonly Edge[]
  /** The largest need of an edge. */
  readonly bytes: number
  readonly cycles: number
}

/** Longest segment considered; longer ones would make the search cubic. */
const longestSegment = 64
/** Runs simulated for all segments together, some seconds: tall images get shorter segments. */
const mostRuns = 2e7
/** Rows per run that are tried: more cost fewer calls and more memory. */
const bands = [1, 2, 4, 8]

/**
 * All segments worth considering: every step as a whole, and streamed ones of up to `longestSegment`
 * steps whose peak is below that of running the same steps one after the other.
 */
export function findEdges(steps: Steps, cost: CostModel): readonly (readonly Edge[])[] {
  const meter = new SegmentMeter(steps)
  const count = steps.steps.length
  const costs = [false, true].map(streamed =>
    steps.steps.map((_, index) => stepCost(cost, stepOf(steps, index, streamed), steps.storages)),
  )
  const [alone, streamed] = [costs[0]!, costs[1]!]
  const whole = steps.steps.map((_, first): Edge => {
    const { peakBytes } = meter.measure(first, first + 1, Infinity)
    const { work, run } = alone[first]!
    const cycles = work + run(steps.steps[first]!.positions, 'whole')
    return { first, end: first + 1, band: Infinity, peakBytes, cycles }
  })
  // Every schedule holds the inputs before its first run: nothing below that is worth streaming for.
  const floor = meter.residentBytes
  let left = mostRuns
  return whole.map((single, first) => {
    const edges = [single]
    let layered = 0
    let work = 0
    // Every first step has its part of what the ones before it have left.
    const reserve = left - left / (count - first)
    for (let end = first + 1; end <= Math.min(count, first + longestSegment); end++) {
      layered = Math.max(layered, whole[end - 1]!.peakBytes)
      work += streamed[end - 1]!.work
      if (layered <= floor) continue
      if (left <= reserve) break
      for (const band of bands) {
        const { peakBytes, runs, groups } = meter.measure(first, end, band)
        left -= runs.reduce((sum, n) => sum + n, 0)
        if (peakBytes >= layered) break
        const cycles = runs.reduce(
          (sum, n, i) => sum + streamed[first + i]!.runs(n, groups[i]!, 'streamed'),
          work,
        )
        edges.push({ first, end, band, peakBytes, cycles })
      }
    }
    return edges
  })
}

/** What an edge needs; the search for paths takes the largest along the way. */
export type EdgeBytes = (edge: Edge) => number

/** The path with the least cycles of which no edge needs more than `limit`. Null: there is none. */
export function cheapestPath(
  edges: readonly (readonly Edge[])[],
  limit: number,
  bytesOf: EdgeBytes = edge => edge.peakBytes,
): Path | null {
  const end = edges.length
  const best: Node[] = [{ bytes: 0, cycles: 0, last: null }]
  for (let at = 0; at < end; at++) {
    const here = best[at]
    if (here === undefined) continue
    for (const edge of edges[at]!) {
      const cycles = here.cycles + edge.cycles
      const old = best[edge.end]
      if (old !== undefined && old.cycles < cycles) continue
      const own = bytesOf(edge)
      if (own > limit) continue
      const bytes = Math.max(here.bytes, own)
      // Of equally fast ways the smaller one.
      if (old !== undefined && old.cycles === cycles && old.bytes <= bytes) continue
      best[edge.end] = { bytes, cycles, last: edge }
    }
  }
  const found = best[end]
  if (found === undefined) return null
  const path: Edge[] = []
  for (let node = found; node.last !== null; node = best[node.last.first]!) path.push(node.last)
  return { edges: path.reverse(), bytes: found.bytes, cycles: found.cycles }
}

interface Node {
  readonly bytes: number
  readonly cycles: number
  readonly last: Edge | null
}

/** Least number of bytes that some path gets by with. */
export function leastBytes(edges: readonly (readonly Edge[])[]): number {
  const best = new Float64Array(edges.length + 1).fill(Infinity)
  best[0] = 0
  for (const [at, leaving] of edges.entries()) {
    for (const { end, peakBytes } of leaving) {
      best[end] = Math.min(best[end]!, Math.max(best[at]!, peakBytes))
    }
  }
  return best[edges.length]!
}
