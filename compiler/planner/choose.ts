// Chooses a plan from the front: the fastest that fits, or one hardly slower that needs less memory.

import type { Candidate, PlanSearch } from './candidate.ts'

/** Where nobody has set a limit, a plan may be slower than the fastest by this part to save memory. */
export const freeSlack = 0.02

/** A tenth of the memory is worth 1 % of the cycles. */
const memoryWeight = 0.1

/**
 * Of the candidates of at most `sramBytes`, the fastest, or one that is slower by no more than `slack` and
 * needs so much less memory that it is worth it. Null: none fits.
 */
export function choosePlan(search: PlanSearch, sramBytes: number, slack = 0): Candidate | null {
  const fitting = search.front.filter(({ figures }) => figures.sramBytes <= sramBytes)
  const fastest = Math.min(...fitting.map(({ figures }) => figures.cycles))
  const near = fitting.filter(({ figures }) => figures.cycles <= fastest * (1 + slack))
  const price = ({ figures }: Candidate): number => priceOf(figures.cycles, figures.sramBytes)
  const least = Math.min(...near.map(price))
  return near.find(each => price(each) === least) ?? null
}

/** What is to be least where nobody has set a limit. */
export function priceOf(cycles: number, sramBytes: number): number {
  return cycles * sramBytes ** memoryWeight
}

/** The candidate that needs least memory. */
export function smallestPlan(search: PlanSearch): Candidate {
  return search.front[0] ?? search.layerByLayer
}
