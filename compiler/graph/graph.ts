// The Graph IR: tensors and operators of a model, independent of the file format it came from.

import type { ExtraPad } from '../../kernels/attributes.ts'
import type { Operator, TensorId } from './operator.ts'

export type { TensorId } from './operator.ts'

export type DType = 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'float32' | 'bool'

/** real = scale[c] * (q - zeroPoint[c]); one entry per tensor, or one per slice along `axis`. */
export interface Quantization {
  /** As float32 values, the way the file holds them. */
  readonly scale: readonly number[]
  readonly zeroPoint: readonly number[]
  /** The dimension of a per-channel quantisation; 0 when per tensor. */
  readonly axis: number
}

export interface Tensor {
  readonly id: TensorId
  /** Index of the tensor in the model file (reports and golden files use it). */
  readonly sourceIndex: number
  readonly name: string
  /** Row-major, last dimension fastest; NHWC for images. Every dimension is at least 1. */
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly quantization: Quantization | null
  /** Little-endian element bytes of a constant; null when computed at run time. */
  readonly data: Uint8Array | null
}

export interface Graph {
  readonly name: string
  /** File name for messages. */
  readonly file: string
  readonly tensors: readonly Tensor[]
  /** In an order in which every operator follows the producers of its inputs. */
  readonly operators: readonly Operator[]
  readonly inputs: readonly TensorId[]
  readonly outputs: readonly TensorId[]
  /**
   * Tensors of removed PAD operators, in an order in which each source exists when its turn comes;
   * with them a verifier can rebuild every tensor of the model file.
   */
  readonly folded?: readonly FoldedPad[]
}

/** `tensor` is `source` with `pads` rows and columns of its zero point around it. */
export interface FoldedPad {
  readonly tensor: TensorId
  readonly source: TensorId
  readonly pads: ExtraPad
}

const bytesOf: Readonly<Record<DType, number>> = {
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  int32: 4,
  float32: 4,
  int64: 8,
}

export function dtypeBytes(dtype: DType): number {
  return bytesOf[dtype]
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

/** Bytes the tensor occupies, without padding. */
export function tensorBytes(tensor: Pick<Tensor, 'shape' | 'dtype'>): number {
  return elementCount(tensor.shape) * dtypeBytes(tensor.dtype)
}

/** The tensor of that id; an id out of range is a mistake of ours. */
export function tensorOf(graph: Graph, id: TensorId): Tensor {
  const tensor = graph.tensors[id]
  if (tensor === undefined) throw new Error(`no tensor ${id} in graph ${graph.name}`)
  return tensor
}
