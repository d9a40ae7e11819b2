// What a plan is worth saying about: its figures, bounds, segments and what sets its peak.

import { tensorOf } from '../graph/graph.ts'
import { peakOf } from '../memory/peak.ts'
import type { Candidate, PlanSearch } from '../planner/candidate.ts'
import type { Schedule, Step } from '../schedule/schedule.ts'
import { segmentViews, shortName, stepName, viewSteps, type StepName } from './segments.ts'

export interface LiveTensor {
  /** Index of the tensor in the model file. */
  readonly tensor: number
  readonly name: string
  /** Rows in use, of all it has. */
  readonly rows: number
  readonly ofRows: number
  readonly bytes: number
}

export interface PeakSummary extends StepName {
  /** Position among all runs of the schedule. */
  readonly run: number
  readonly bytes: number
  /** What is in use then, the largest first; scratch is in `bytes` only. */
  readonly live: readonly LiveTensor[]
}

export interface SegmentSummary {
  readonly kind: 'whole' | 'streamed'
  readonly rowsPerRun: number | null
  readonly direction: 'up' | 'down' | null
  readonly runs: number
  /** Which part of the columns, when they are cut into strips. */
  readonly strip: { readonly number: number; readonly of: number } | null
  readonly steps: readonly StepName[]
}

export interface CandidateSummary {
  readonly sramBytes: number
  readonly cycles: number
  /** Predicted cycles as a multiple of those of the fastest plan found. */
  readonly relativeCycles: number
  readonly flashBytes: number
  readonly streamedSegments: number
  /** The one that was chosen. */
  readonly chosen: boolean
}

export interface PlanSummary {
  /** Name of the cost model that predicted the cycles. */
  readonly costModel: string
  readonly sramBytes: number
  readonly cycles: number
  readonly flashBytes: number
  /** No placement of this schedule can be smaller. */
  readonly lowerBoundBytes: number
  /** No placement of any schedule searched can be smaller. */
  readonly searchLowerBoundBytes: number
  /** Above the bound of the search. */
  readonly gapBytes: number
  readonly gapPercent: number
  readonly layerByLayerBytes: number
  readonly streamedSegments: number
  readonly peak: PeakSummary
  readonly segments: readonly SegmentSummary[]
  /** By rising memory. */
  readonly front: readonly CandidateSummary[]
}

export function planSummary(search: PlanSearch, candidate: Candidate): PlanSummary {
  const { schedule, memory, figures } = candidate
  const { lowerBoundBytes: bound, layerByLayer } = search
  const gapBytes = figures.sramBytes - bound
  return {
    costModel: search.cost.name,
    sramBytes: figures.sramBytes,
    cycles: figures.cycles,
    flashBytes: figures.flashBytes,
    lowerBoundBytes: memory.peakLiveBytes,
    searchLowerBoundBytes: bound,
    gapBytes,
    gapPercent: percent(gapBytes, bound),
    layerByLayerBytes: layerByLayer.figures.sramBytes,
    streamedSegments: streamedSegments(candidate),
    peak: peakSummary(candidate),
    segments: segmentViews(schedule).map(({ first, end, kind, rows, direction, runs }) => ({
      kind,
      rowsPerRun: rows,
      direction,
      runs,
      strip: stripOf(schedule.steps[first]),
      steps: Array.from({ length: end - first }, (_, i) => stepName(schedule, first + i)),
    })),
    front: frontSummary(search, candidate),
  }
}

function stripOf(step: Step | undefined): SegmentSummary['strip'] {
  if (step?.part === undefined) return null
  return { number: step.part.strip + 1, of: step.part.strips }
}

function frontSummary({ front }: PlanSearch, chosen: Candidate): readonly CandidateSummary[] {
  const fastest = Math.min(...front.map(({ figures }) => figures.cycles))
  return front.map(candidate => ({
    ...candidate.figures,
    relativeCycles: Number((candidate.figures.cycles / Math.max(1, fastest)).toFixed(4)),
    streamedSegments: streamedSegments(candidate),
    chosen: candidate === chosen,
  }))
}

export function peakSummary({ schedule, memory }: Candidate): PeakSummary {
  const { run, step, bytes, live } = peakOf(schedule, memory)
  const tensors = live.map(({ storage, rows, bytes }): LiveTensor => {
    const { tensor, rows: ofRows } = schedule.storages[storage]!
    const { sourceIndex, name } = tensorOf(schedule.graph, tensor)
    return { tensor: sourceIndex, name, rows, ofRows, bytes }
  })
  const largest = tensors.sort((a, b) => b.bytes - a.bytes)
  return { ...stepName(schedule, step), run, bytes, live: largest }
}

export function streamedSegments({ schedule }: Candidate): number {
  return segmentViews(schedule).filter(({ kind }) => kind === 'streamed').length
}

/** Lines for people, without an indent: how the plan runs, what sets its peak, how good it is. */
export function planLines(search: PlanSearch, candidate: Candidate): readonly string[] {
  const { schedule } = candidate
  const { lowerBoundBytes, searchLowerBoundBytes, ...s } = planSummary(search, candidate)
  const streams = streamLines(schedule)
  return [
    `SRAM ${count(s.sramBytes)} bytes; one operator after the other would take ${count(s.layerByLayerBytes)}`,
    ...(streams.length === 0 ? ['no operators are streamed'] : streams),
    `the peak is at op ${shortName(schedule, peakOf(schedule, candidate.memory).step)}: ${count(s.peak.bytes)} bytes of rows in use`,
    `bounds: ${count(lowerBoundBytes)} for these runs, ${count(searchLowerBoundBytes)} for any searched; ${gap(s.gapBytes, s.gapPercent)}`,
    `predicted core cycles ${count(s.cycles)} (cost model ${s.costModel})`,
  ]
}

/** A line for each streamed segment; one for all strips of it. */
function streamLines(schedule: Schedule): readonly string[] {
  const streamed = segmentViews(schedule).filter(({ kind }) => kind === 'streamed')
  return streamed.flatMap((view, i) => {
    const part = schedule.steps[view.first]?.part
    if (part !== undefined && part.strip > 0) return []
    const all = streamed.slice(i, i + (part?.strips ?? 1))
    const ways = [...new Set(all.map(({ direction }) => direction))]
    const way = ways.map(w => (w === 'down' ? 'last row first' : 'first row first')).join(' or ')
    const rows = `${view.rows ?? 1} row${view.rows === 1 ? '' : 's'} at a time`
    const strips = part === undefined ? '' : `in ${part.strips} strips of columns, `
    return [`streams ${viewSteps(schedule, view)}: ${strips}${rows}, ${way}`]
  })
}

/** `123 bytes (1.5 %) above`. */
export function gap(bytes: number, share: number): string {
  return bytes === 0 ? 'met exactly' : `${count(bytes)} bytes (${share} %) above`
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Number(((100 * part) / whole).toFixed(2))
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
