// The lower bound: how many bytes are in use at once in the fullest step, whatever the plan.

import type { TensorId } from '../graph/graph.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { roundUp, type Block } from './block.ts'
import type { Merge } from './in-place.ts'
import type { Lifetime } from './lifetime.ts'

/**
 * No arena for the schedule can be smaller: in each step all live tensors and scratch are counted,
 * rounded up to the alignment except the one that then saves most, and without an output that may be
 * written in place.
 */
export function lowerBound(
  schedule: Schedule,
  lifetimes: ReadonlyMap<TensorId, Lifetime>,
  merges: readonly Merge[],
  alignment: number,
): number {
  const merged = new Set(merges.map(merge => merge.output))
  const tensors = [...lifetimes.values()].map(({ tensor, bytes, first, last }) => [
    { bytes, first: merged.has(tensor) ? first + 1 : first, last },
  ])
  const scratch = schedule.steps.map(({ scratchBytes }, step) => [
    { bytes: scratchBytes, first: step, last: step },
  ])
  return layoutBound([...tensors, ...scratch], alignment)
}

/** The same for blocks whose merges are decided. */
export function layoutBound(blocks: readonly Block[], alignment: number): number {
  let bound = 0
  for (const load of loadsByStep(blocks, alignment).values()) bound = Math.max(bound, load)
  return bound
}

/**
 * By step: the least number of bytes that hold what is in use. A step shared by two links of a chain
 * counts the earlier link, which is the larger one.
 */
export function loadsByStep(
  blocks: readonly Block[],
  alignment: number,
): ReadonlyMap<number, number> {
  let end = -1
  for (const block of blocks) for (const { last } of block) end = Math.max(end, last)
  // Index 0 is step -1. Plain arrays: the loops visit every step of every life.
  const sums = new Float64Array(end + 2)
  const slacks = new Float64Array(end + 2)
  for (const block of blocks) {
    let free = -1
    for (const { bytes, first, last } of block) {
      const rounded = roundUp(bytes, alignment)
      for (let at = Math.max(first, free) + 1; at <= last + 1; at++) {
        sums[at]! += rounded
        slacks[at] = Math.max(slacks[at]!, rounded - bytes)
      }
      free = last + 1
    }
  }
  return new Map([...sums].map((sum, at) => [at - 1, sum - slacks[at]!]))
}
