// The time axis of a plan's picture: where each run begins, by predicted work.

import type { CostModel } from '../cost/model.ts'
import { stepCost } from '../schedule/cost.ts'
import { allRuns, type Schedule } from '../schedule/schedule.ts'

export interface TimeAxis {
  /** Left edge of each run, then the right edge of the last one; pixels. */
  readonly edges: Float64Array
  /** Where a row begins that is written in run `time` (-1: before the first). */
  readonly begin: (time: number) => number
  /** Where a row ends that is last read in run `time` (the number of runs: after the last). */
  readonly end: (time: number) => number
}

export interface Span {
  readonly left: number
  readonly right: number
}

/** Segments get at least these many pixels, if they leave room for their work. */
const leastSegment = 16
/** What there is before the first and after the last run. */
const margin = 26

export function timeAxis(schedule: Schedule, cost: CostModel, { left, right }: Span): TimeAxis {
  const runs = allRuns(schedule)
  const perPosition = schedule.steps.map(
    // Without the cost of its calls, but more than 0, so that it has a place.
    step => (1 + stepCost(cost, step, schedule.storages).work) / Math.max(1, step.positions),
  )
  const weights = runs.map(run => perPosition[run.step]! * (run.end - run.begin))
  const total = Math.max(
    1,
    weights.reduce((sum, weight) => sum + weight, 0),
  )
  const width = right - left - 2 * margin
  const least = Math.min(leastSegment, (0.4 * width) / Math.max(1, schedule.segments.length))
  const scale = (width - least * schedule.segments.length) / total
  const edges = new Float64Array(runs.length + 1)
  edges[0] = left + margin
  let time = 0
  for (const { runs: own } of schedule.segments) {
    for (let i = 0; i < own.length; i++, time++) {
      edges[time + 1] = edges[time]! + weights[time]! * scale + least / own.length
    }
  }
  return {
    edges,
    begin: time => (time < 0 ? left : edges[Math.min(time, runs.length)]!),
    end: time => (time >= runs.length ? right : edges[time + 1]!),
  }
}
