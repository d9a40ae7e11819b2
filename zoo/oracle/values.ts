// Tensors as the oracle sees them: a shape, integer elements and a quantisation.

import type { Graph, Tensor, TensorId } from '../../compiler/graph/graph.ts'

export interface Value {
  readonly shape: readonly number[]
  readonly elements: Int8Array | Int32Array
  readonly scale: readonly number[]
  readonly zeroPoint: number
}

/** A tensor's type without its elements. */
export type ValueType = Omit<Value, 'elements'>

export function valueType(tensor: Tensor): ValueType {
  const quantization = tensor.quantization
  return {
    shape: tensor.shape,
    scale: quantization?.scale ?? [],
    zeroPoint: quantization?.zeroPoint[0] ?? 0,
  }
}

/** Elements of little-endian bytes; a copy, so any alignment of the source will do. */
export function elementsOf(tensor: Tensor, bytes: Uint8Array): Int8Array | Int32Array {
  const { buffer } = Uint8Array.from(bytes)
  if (tensor.dtype === 'int8') return new Int8Array(buffer)
  if (tensor.dtype === 'int32') return new Int32Array(buffer)
  throw new Error(`oracle: tensor ${tensor.name} is ${tensor.dtype}`)
}

/** The constants of a graph, by tensor id. */
export function constants(graph: Graph): Map<TensorId, Value> {
  const values = new Map<TensorId, Value>()
  for (const tensor of graph.tensors) {
    if (tensor.data === null) continue
    values.set(tensor.id, { ...valueType(tensor), elements: elementsOf(tensor, tensor.data) })
  }
  return values
}

/** Dimension `i` of a value, which must exist. */
export function dimension(value: ValueType, i: number): number {
  const d = value.shape[i]
  if (d === undefined) throw new Error(`oracle: no dimension ${i} in [${value.shape.join(', ')}]`)
  return d
}

/** Element at a position; out of range is a mistake of the oracle and throws. */
export function at(value: Value, i: number): number {
  const x = value.elements[i]
  if (x === undefined) throw new Error(`oracle: element ${i} of ${value.elements.length}`)
  return x
}
