// The operators of the Graph IR and their attributes, in TFLite's terms.

import type { OperatorAttributes, OperatorKind } from '../../kernels/attributes.ts'
import type { OperatorLocation } from '../diagnostics/location.ts'
import type { Graph, TensorId } from './graph.ts'

/** One operator of a graph: its attributes (with `kind`) and the tensors it connects. */
export interface Operator {
  readonly attributes: OperatorAttributes
  /** Position in the model file. */
  readonly sourceIndex: number
  /** TFLite input order; -1 stands for an absent optional input (a missing bias). */
  readonly inputs: readonly TensorId[]
  readonly outputs: readonly TensorId[]
}

/** TFLite's name of an operator: depthwise_conv2d is DEPTHWISE_CONV_2D. */
export function operatorName(kind: OperatorKind): string {
  return kind.toUpperCase().replace(/2D$/, '_2D')
}

/** Where diagnostics about an operator point; its name is that of its first output. */
export function operatorLocation(graph: Pick<Graph, 'file' | 'tensors'>, operator: Operator): OperatorLocation {
  return {
    kind: 'operator',
    file: graph.file,
    index: operator.sourceIndex,
    operator: operatorName(operator.attributes.kind),
    name: graph.tensors[operator.outputs[0] ?? -1]?.name ?? '',
  }
}
