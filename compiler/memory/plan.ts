// The memory plan: where every tensor and every scratch area lies in the arena.

import type { TensorId } from '../graph/graph.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { Block, Effort, Layout, Part } from './block.ts'
import { layoutBound, loadsByStep, lowerBound } from './bound.ts'
import { findMerges, type Merge } from './in-place.ts'
import { findLifetimes, type Lifetime } from './lifetime.ts'
import { improveLayout, placeGreedily, type GreedyLayout } from './place.ts'

/** Alignment of every tensor in the arena, bytes. */
export const tensorAlignment = 16

export interface Placement {
  /** Byte offset in the arena. */
  readonly offset: number
  readonly bytes: number
  /**
   * First and last step (inclusive) during which the bytes are in use; -1: before the first step, the
   * number of steps: after the last one.
   */
  readonly first: number
  readonly last: number
}

export interface MemoryPlan {
  /** Exact size of the arena: inputs, outputs, intermediate tensors and scratch. */
  readonly arenaBytes: number
  /** By storage tensor (aliases are resolved with `storageOf`); constants have no place. */
  readonly tensors: ReadonlyMap<TensorId, Placement>
  /** Scratch of a step, by step index; steps without scratch have none. */
  readonly scratch: ReadonlyMap<number, Placement>
  /** Steps whose output 0 lies on the storage of an input: step → position in `Step.inputs`. */
  readonly inPlace: ReadonlyMap<number, number>
  /** Largest sum of aligned bytes in use during a step: no plan of this schedule can be smaller. */
  readonly lowerBoundBytes: number
}

/** Comparisons of two blocks a plan may cost: some tenths of a second. */
const mostWork = 16e6

/** What a set of merges leads to. */
interface Arrangement {
  /** The merge of each step, if any. */
  readonly merges: ReadonlyMap<number, Merge>
  readonly blocks: readonly Block[]
  /** The block that holds a tensor; scratch comes after all tensors. */
  readonly blockOf: ReadonlyMap<TensorId, number>
  readonly layout: GreedyLayout
}

/** Arranges the schedule with these merges, by one recipe or by the best. */
type Arrange = (merges: ReadonlyMap<number, Merge>, recipe?: number) => Arrangement

/**
 * Places all tensors and scratch of a schedule. Tries the schedule with and without writing in place,
 * as a whole and step by step, and keeps what needs least memory. Deterministic; the work is bounded.
 */
export function planMemory(schedule: Schedule): MemoryPlan {
  const lifetimes = findLifetimes(schedule)
  const options = findMerges(schedule, lifetimes)
  const goal = lowerBound(schedule, lifetimes, options, tensorAlignment)
  const effort: Effort = { left: mostWork }
  const arrange: Arrange = (merges, recipe) => {
    const { blocks, blockOf } = buildBlocks(schedule, lifetimes, merges)
    const layout = placeGreedily(blocks, tensorAlignment, goal, effort, recipe)
    return { merges, blocks, blockOf, layout }
  }
  const chosen = chooseMerges(options, goal, effort, arrange)
  const layout = improve(chosen, effort)
  return toPlan(schedule, lifetimes, { ...chosen, layout }, goal)
}

/**
 * Starts from all merges, from none, or from those of the steps that are too full without, whichever
 * is best; then changes one step at a time while that saves memory. A merge that saves nothing may
 * cost: it ties two tensors to one offset.
 */
function chooseMerges(
  options: readonly Merge[],
  goal: number,
  effort: Effort,
  arrange: Arrange,
): Arrangement {
  // Of several options of a step the first one counts.
  const merges = new Map([...options].reverse().map(merge => [merge.step, merge]))
  const all = arrange(merges)
  if (all.layout.bytes <= goal || options.length === 0) return all
  const none = arrange(new Map())
  const loads = loadsByStep(none.blocks, tensorAlignment)
  const needed = arrange(new Map([...merges].filter(([step]) => loads.get(step)! > goal)))
  let best = all
  for (const other of [needed, none]) if (other.layout.bytes < best.layout.bytes) best = other
  // Half of the work is left for the offsets.
  const reserve = effort.left / 2
  for (const option of options) {
    if (best.layout.bytes <= goal || effort.left < reserve) break
    const merges = new Map(best.merges)
    if (merges.get(option.step) === option) merges.delete(option.step)
    else merges.set(option.step, option)
    const next = arrange(merges, best.layout.recipe)
    if (next.layout.bytes < best.layout.bytes) best = next
  }
  return best
}

function improve({ blocks, layout }: Arrangement, effort: Effort): Layout {
  return improveLayout(
    blocks,
    tensorAlignment,
    layoutBound(blocks, tensorAlignment),
    layout,
    effort,
  )
}

/** One block for each tensor or chain of merged tensors, then one for each step's scratch. */
function buildBlocks(
  schedule: Schedule,
  lifetimes: ReadonlyMap<TensorId, Lifetime>,
  merges: ReadonlyMap<number, Merge>,
): { readonly blocks: readonly Block[]; readonly blockOf: ReadonlyMap<TensorId, number> } {
  const blocks: Part[][] = []
  const blockOf = new Map<TensorId, number>()
  // Lifetimes come in the order of production: the input of a merge has its block before the output.
  for (const { tensor, bytes, first, last } of lifetimes.values()) {
    const merge = merges.get(first)
    const joined = merge?.output === tensor ? blockOf.get(merge.input) : undefined
    const index = joined ?? blocks.push([]) - 1
    const block = blocks[index]!
    const before: Part | undefined = block[block.length - 1]
    if (before?.bytes === bytes) block[block.length - 1] = { ...before, last }
    else block.push({ bytes, first, last })
    blockOf.set(tensor, index)
  }
  for (const [step, { scratchBytes }] of schedule.steps.entries()) {
    if (scratchBytes > 0) blocks.push([{ bytes: scratchBytes, first: step, last: step }])
  }
  return { blocks, blockOf }
}

function toPlan(
  schedule: Schedule,
  lifetimes: ReadonlyMap<TensorId, Lifetime>,
  { merges, blocks, blockOf, layout }: Omit<Arrangement, 'layout'> & { readonly layout: Layout },
  lowerBoundBytes: number,
): MemoryPlan {
  const offsetOf = (block: number): number => layout.offsets[block]!
  const tensors = [...lifetimes.values()].map(({ tensor, bytes, first, last }) => {
    const placement = { offset: offsetOf(blockOf.get(tensor)!), bytes, first, last }
    return [tensor, placement] as const
  })
  const withScratch = [...schedule.steps.keys()].filter(s => schedule.steps[s]!.scratchBytes > 0)
  const scratch = withScratch.map((step, index) => {
    const block = blocks.length - withScratch.length + index
    const { bytes, first, last } = blocks[block]![0]!
    return [step, { offset: offsetOf(block), bytes, first, last }] as const
  })
  return {
    arenaBytes: layout.bytes,
    tensors: new Map(tensors),
    scratch: new Map(scratch),
    inPlace: new Map([...merges.values()].map(merge => [merge.step, merge.position])),
    lowerBoundBytes,
  }
}
