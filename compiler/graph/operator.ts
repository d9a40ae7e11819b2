// The operators of the Graph IR and their attributes, in TFLite's terms.

import type { OperatorAttributes } from '../../kernels/attributes.ts'
import type { TensorId } from './graph.ts'

/** One operator of a graph: its attributes (with `kind`) and the tensors it connects. */
export interface Operator {
  readonly attributes: OperatorAttributes
  /** Position in the model file. */
  readonly sourceIndex: number
  /** TFLite input order; -1 stands for an absent optional input (a missing bias). */
  readonly inputs: readonly TensorId[]
  readonly outputs: readonly TensorId[]
}
