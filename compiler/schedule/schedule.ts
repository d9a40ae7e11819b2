// The schedule: in which order kernels run, and which tensors each step reads, writes and may reuse.

import type { KernelCall } from '../../kernels/op.ts'
import type { Graph, TensorId } from '../graph/graph.ts'

/** One operator's turn: its kernel calls and the run-time tensors they touch. */
export interface Step {
  /** Position of the operator in `Graph.operators`. */
  readonly operator: number
  /** Empty for an operator that only renames its input (see `Schedule.aliases`). */
  readonly calls: readonly KernelCall[]
  /** Run-time tensors by position in the operator's inputs; null for constants and absent ones. */
  readonly inputs: readonly (TensorId | null)[]
  readonly outputs: readonly TensorId[]
  /** Positions in `inputs` whose storage output 0 may take over if this is their last use. */
  readonly inPlace: readonly number[]
  readonly scratchBytes: number
}

export interface Schedule {
  readonly graph: Graph
  readonly steps: readonly Step[]
  /** Tensors that are other names of another tensor's bytes (RESHAPE): name → tensor it renames. */
  readonly aliases: ReadonlyMap<TensorId, TensorId>
}

/** The tensor whose storage `tensor` uses, following aliases. */
export function storageOf(schedule: Pick<Schedule, 'aliases'>, tensor: TensorId): TensorId {
  let current = tensor
  for (;;) {
    const next = schedule.aliases.get(current)
    if (next === undefined) return current
    current = next
  }
}
