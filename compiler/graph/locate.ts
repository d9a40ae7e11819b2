// Where diagnostics about the operators of a graph point.

import type { OperatorLocation } from '../diagnostics/location.ts'
import type { Graph } from './graph.ts'
import { operatorName, type Operator } from './operator.ts'

/** The place of an operator; its name is that of its first output. */
export function operatorLocation(
  graph: Pick<Graph, 'file' | 'tensors'>,
  operator: Operator,
): OperatorLocation {
  return {
    kind: 'operator',
    file: graph.file,
    index: operator.sourceIndex,
    operator: operatorName(operator.attributes.kind),
    name: graph.tensors[operator.outputs[0] ?? -1]?.name ?? '',
  }
}
