// Chooses a plan from the front: the fastest that fits, or one hardly slower that needs less memory.

import type { Candidate, PlanSearch } from './candidate.ts'

/** Where nobody has set a limit, a plan may be slower than the fastest by this part to save memory. */
export const freeSlack = 0.01

/**
 * Of the candidates of at most `sramBytes` that are slower than the fastest of them by no more than
 * `slack`, the one that needs least memory. Null: none fits.
 */
export function choosePlan(search: PlanSearch, sramBytes: number, slack = 0): Candidate | null {
  const fitting = search.front.filter(({ figures }) => figures.sramBytes <= sramBytes)
  const fastest = Math.min(...fitting.map(({ figures }) => figures.cycles))
  // By rising memory.
  return fitting.find(({ figures }) => figures.cycles <= fastest * (1 + slack)) ?? null
}

/** The candidate that needs least memory. */
export function smallestPlan(search: PlanSearch): Candidate {
  return search.front[0] ?? search.layerByLayer
}
