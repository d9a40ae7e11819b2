// The operators of the Graph IR and their attributes, in TFLite's terms.

import type { OperatorAttributes, OperatorKind } from '../../kernels/attributes.ts'

/** Position of a tensor in `Graph.tensors`. */
export type TensorId = number

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
