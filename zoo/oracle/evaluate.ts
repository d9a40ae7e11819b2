// A slow, separate evaluator of int8 graphs: the oracle of stored goldens.
//
// It shares no code with the kernels. It is itself checked against tensors computed by TensorFlow
// Lite Micro (test/zoo/oracle.test.ts).

import { tensorOf, type Graph, type TensorId } from '../../compiler/graph/graph.ts'
import type { Operator } from '../../compiler/graph/operator.ts'
import { convolution, fullyConnected } from './convolution.ts'
import type { Rounding } from './fixed-point.ts'
import { averagePool, softmax } from './pool-softmax.ts'
import { constants, elementsOf, valueType, type Value, type ValueType } from './values.ts'

function apply(
  operator: Operator,
  inputs: readonly (Value | undefined)[],
  y: ValueType,
  rounding: Rounding,
): Int8Array {
  const attributes = operator.attributes
  const x = inputs[0]
  if (x === undefined) throw new Error(`oracle: ${attributes.kind} without input`)
  switch (attributes.kind) {
    case 'conv2d':
      return convolution(inputs, y, attributes, null, rounding)
    case 'depthwise_conv2d':
      return convolution(inputs, y, attributes, attributes.depthMultiplier, rounding)
    case 'fully_connected':
      return fullyConnected(inputs, y, attributes.activation, rounding)
    case 'average_pool2d':
      return averagePool(x, y, attributes)
    case 'softmax':
      return softmax(x, attributes.beta)
    case 'reshape':
      return Int8Array.from(x.elements)
    default:
      throw new Error(`oracle: operator ${attributes.kind} is not covered`)
  }
}

/**
 * All tensors of one inference, by tensor id. `inputs` are the raw little-endian bytes of the
 * graph's inputs in order; `rounding` concerns requantisation only. Throws for operators it does not know.
 */
export function evaluate(
  graph: Graph,
  inputs: readonly Uint8Array[],
  rounding: Rounding = 'double',
): ReadonlyMap<TensorId, Value> {
  const values = constants(graph)
  graph.inputs.forEach((id, i) => {
    const tensor = tensorOf(graph, id)
    const bytes = inputs[i]
    if (bytes === undefined) throw new Error(`oracle: no bytes for input ${i}`)
    values.set(id, { ...valueType(tensor), elements: elementsOf(tensor, bytes) })
  })
  for (const operator of graph.operators) {
    const output = operator.outputs[0]
    if (output === undefined) throw new Error('oracle: operator without output')
    const type = valueType(tensorOf(graph, output))
    const inputValues = operator.inputs.map(id => values.get(id))
    const elements = apply(operator, inputValues, type, rounding)
    values.set(output, { ...type, elements })
  }
  return values
}
