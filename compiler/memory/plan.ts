// The memory plan: where every tensor and every scratch area lies in the arena.

import type { TensorId } from '../graph/graph.ts'

/** Alignment of every tensor in the arena, bytes. */
export const tensorAlignment = 16

export interface Placement {
  /** Byte offset in the arena. */
  readonly offset: number
  readonly bytes: number
  /** First and last step (inclusive) during which the bytes are in use; -1: before the first step. */
  readonly first: number
  readonly last: number
}

export interface MemoryPlan {
  /** Exact size of the arena: inputs, outputs, intermediate tensors and scratch. */
  readonly arenaBytes: number
  /** By storage tensor (aliases are resolved with `storageOf`). */
  readonly tensors: ReadonlyMap<TensorId, Placement>
  /** Scratch of a step, by step index; steps without scratch have none. */
  readonly scratch: ReadonlyMap<number, Placement>
  /** Steps whose output 0 lies on the storage of an input: step → position in `Step.inputs`. */
  readonly inPlace: ReadonlyMap<number, number>
  /** Largest sum of bytes in use during a step: no plan of this schedule can be smaller. */
  readonly lowerBoundBytes: number
}
