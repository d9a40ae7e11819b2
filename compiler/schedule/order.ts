// Puts the selected kernels in order: layer by layer, in the order of the model.

import { tensorOf, type Graph, type TensorId } from '../graph/graph.ts'
import type { Selected } from '../select/select.ts'
import type { Schedule, Step } from './schedule.ts'

export function scheduleInOrder(graph: Graph, selected: readonly Selected[]): Schedule {
  const aliases = new Map<TensorId, TensorId>()
  const steps = selected.map((s, operator): Step => {
    const inputs = s.operator.inputs.map(id => runTime(graph, id))
    const renamed = renamedTensor(s, inputs, graph)
    const [output] = s.operator.outputs
    if (renamed !== null && output !== undefined) aliases.set(output, renamed)
    const calls = renamed === null ? s.calls : []
    return {
      operator,
      calls,
      inputs,
      outputs: s.operator.outputs,
      inPlace: s.inPlace,
      scratchBytes: calls.reduce((most, call) => Math.max(most, call.scratchBytes), 0),
    }
  })
  return { graph, steps, aliases }
}

function runTime(graph: Graph, id: TensorId): TensorId | null {
  return id < 0 || tensorOf(graph, id).data !== null ? null : id
}

/**
 * RESHAPE changes no byte, so its output is another name of its input. Not when both are seen from
 * outside: the caller may write the input while it still reads the output.
 */
function renamedTensor(
  s: Selected,
  inputs: readonly (TensorId | null)[],
  graph: Graph,
): TensorId | null {
  if (s.operator.attributes.kind !== 'reshape') return null
  const input = inputs[0] ?? null
  const [output] = s.operator.outputs
  if (input === null || output === undefined) return null
  const both = graph.outputs.includes(output) && graph.outputs.includes(input)
  return both ? null : input
}
