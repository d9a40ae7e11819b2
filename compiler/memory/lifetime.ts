// Lifetimes: from which step to which the bytes of each run-time tensor are in use.

import { tensorBytes, tensorOf, type TensorId } from '../graph/graph.ts'
import { storageOf, type Schedule } from '../schedule/schedule.ts'

/** The life of a storage tensor; aliases count as uses of the tensor they rename. */
export interface Lifetime {
  readonly tensor: TensorId
  readonly bytes: number
  /** The step that produces it; -1 for graph inputs, which are there before the first step. */
  readonly first: number
  /** The last step that reads it; the number of steps for graph outputs, which are read afterwards. */
  readonly last: number
}

/**
 * Lifetimes of all storage tensors, inputs of the graph first, then in the order of production.
 * A tensor that nobody reads lives in its producing step (an unused input at -1). A step that only
 * renames a tensor counts as a use, so that tracing finds the bytes. Constants have no lifetime.
 */
export function findLifetimes(schedule: Schedule): ReadonlyMap<TensorId, Lifetime> {
  const { graph, steps } = schedule
  const found = new Map<TensorId, Lifetime>()
  const use = (name: TensorId, step: number): void => {
    const tensor = storageOf(schedule, name)
    if (tensorOf(graph, tensor).data !== null) return
    const own = tensorBytes(tensorOf(graph, name))
    const { bytes, first, last } = found.get(tensor) ?? { bytes: own, first: step, last: step }
    found.set(tensor, {
      tensor,
      bytes: Math.max(bytes, own),
      first,
      last: Math.max(last, step),
    })
  }
  for (const name of graph.inputs) use(name, -1)
  for (const [index, step] of steps.entries()) {
    for (const name of step.inputs) if (name !== null) use(name, index)
    for (const name of step.outputs) use(name, index)
  }
  for (const name of graph.outputs) use(name, steps.length)
  return found
}
