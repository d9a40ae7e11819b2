// Who computes a tensor and who reads it.

import type { Graph, TensorId } from './graph.ts'
import type { Operator } from './operator.ts'

export interface Uses {
  /** The operator that computes a tensor; none for inputs and constants. */
  readonly producer: ReadonlyMap<TensorId, Operator>
  /** Operators that read a tensor, in order, each once. */
  readonly consumers: ReadonlyMap<TensorId, readonly Operator[]>
}

export function findUses(graph: Graph): Uses {
  const producer = new Map<TensorId, Operator>()
  const consumers = new Map<TensorId, Operator[]>()
  for (const operator of graph.operators) {
    for (const id of operator.outputs) producer.set(id, operator)
    for (const id of new Set(operator.inputs)) {
      if (id === -1) continue
      const readers = consumers.get(id)
      if (readers === undefined) consumers.set(id, [operator])
      else readers.push(operator)
    }
  }
  return { producer, consumers }
}

/** Tensors that an operator or the interface of the graph refers to; passes may leave others behind. */
export function usedTensors(graph: Graph): Set<TensorId> {
  const used = new Set([...graph.inputs, ...graph.outputs])
  for (const operator of graph.operators) {
    for (const id of [...operator.inputs, ...operator.outputs]) if (id !== -1) used.add(id)
  }
  return used
}
