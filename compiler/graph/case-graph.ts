// A graph of one-operator test cases side by side: one model that exercises a kernel on everything.

import type { OpCase, TensorInfo } from '../../kernels/op.ts'
import type { Graph, Tensor, TensorId } from './graph.ts'
import type { Operator } from './operator.ts'

/**
 * Operators that share no tensor. The graph's inputs are the run-time inputs of the cases in order,
 * its outputs the outputs of the cases, one each.
 */
export function graphOfCases(name: string, cases: readonly OpCase[]): Graph {
  const tensors: Tensor[] = []
  const add = (label: string, info: TensorInfo): TensorId => {
    const id = tensors.length
    tensors.push({
      id,
      sourceIndex: id,
      name: label,
      shape: info.shape,
      dtype: info.dtype,
      quantization:
        info.scale.length === 0
          ? null
          : { scale: info.scale, zeroPoint: info.zeroPoint, axis: info.axis },
      data: info.data,
    })
    return id
  }
  const operators = cases.map(({ context }, index): Operator => {
    const label = (what: string): string => `${context.attributes.kind}_${index}_${what}`
    return {
      attributes: context.attributes,
      sourceIndex: index,
      inputs: context.inputs.map((info, i) => (info === null ? -1 : add(label(`in${i}`), info))),
      outputs: context.outputs.map(info => add(label('out'), info)),
    }
  })
  const isRunTime = (id: TensorId): boolean => id >= 0 && tensors[id]?.data === null
  return {
    name,
    file: name,
    tensors,
    operators,
    inputs: operators.flatMap(o => o.inputs.filter(isRunTime)),
    outputs: operators.flatMap(o => o.outputs),
  }
}
