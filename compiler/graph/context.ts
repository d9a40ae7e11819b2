// An operator of the graph as its definition in kernels/ sees it.

import type { OpContext, TensorInfo } from '../../kernels/op.ts'
import { tensorOf, type Graph, type Tensor } from './graph.ts'
import type { Operator } from './operator.ts'

export function contextOf(graph: Graph, operator: Operator): OpContext {
  return {
    attributes: operator.attributes,
    inputs: operator.inputs.map(id => (id < 0 ? null : tensorInfo(tensorOf(graph, id)))),
    outputs: operator.outputs.map(id => tensorInfo(tensorOf(graph, id))),
  }
}

function tensorInfo(tensor: Tensor): TensorInfo {
  const { shape, dtype, quantization, data } = tensor
  return {
    shape,
    dtype,
    scale: quantization?.scale ?? [],
    zeroPoint: quantization?.zeroPoint ?? [],
    axis: quantization?.axis ?? 0,
    data,
  }
}
