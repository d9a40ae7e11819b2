// Plans to choose from: a schedule, its memory and what the two cost.

import type { CostModel } from '../cost/model.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import type { Schedule } from '../schedule/schedule.ts'

export interface PlanFigures {
  /** All static RAM: the arena with inputs, outputs and scratch. */
  readonly sramBytes: number
  /** Predicted core cycles of one inference, by the search's cost model: memory never waits. */
  readonly cycles: number
  /** Predicted bytes of flash that depend on the plan: calls and step tables. */
  readonly flashBytes: number
}

export interface Candidate {
  readonly schedule: Schedule
  readonly memory: MemoryPlan
  readonly figures: PlanFigures
}

export interface PlanSearch {
  /** What predicted the cycles. */
  readonly cost: CostModel
  /** No candidate beats another one in all figures. By rising sramBytes. */
  readonly front: readonly Candidate[]
  /** The plan of one operator after the other, in place where that helps. */
  readonly layerByLayer: Candidate
  /** Least peak of live row bytes of all schedules searched: no plan of any of them can be smaller. */
  readonly lowerBoundBytes: number
}
