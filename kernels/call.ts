// Short forms for writing kernel calls, and readers of the tensors an operator is given.

import type { ConstantType, KernelArg, KernelCall, OpContext, RowWindow, TensorInfo } from './op.ts'
import { elementBytes, elementCount } from './shape.ts'

/** Tensor `index`; both distances are in bytes. */
export function inputArg(index: number, batchStride = 0, offset = 0): KernelArg {
  return { kind: 'input', index, batchStride, offset }
}

export function outputArg(batchStride = 0, offset = 0): KernelArg {
  return { kind: 'output', index: 0, batchStride, offset }
}

export function weightsArg(values: Int8Array): KernelArg {
  return { kind: 'constant', name: 'weights', type: 'i8', values, weights: true }
}

/** The bias belongs to the weights of a model as users count them. */
export function biasArg(values: Int32Array): KernelArg {
  return { kind: 'constant', name: 'bias', type: 'i32', values, weights: true }
}

export function constantArg(
  name: string,
  type: ConstantType,
  values: readonly number[],
): KernelArg {
  return { kind: 'constant', name, type, values, weights: false }
}

export function paramsArg(struct: string, fields: Readonly<Record<string, number>>): KernelArg {
  return { kind: 'params', struct, fields }
}

/** Scratch memory of the call: uninitialised, or kept between the rows of an accumulating one. */
export function scratchArg(): KernelArg {
  return { kind: 'scratch' }
}

export function scalarArg(value: number): KernelArg {
  return { kind: 'scalar', value }
}

/** The tail of a row-structured entry: ring heights of its inputs and output, and the row range. */
export function rowArgs(inputs: readonly number[]): readonly KernelArg[] {
  return [
    ...inputs.map((index): KernelArg => ({ kind: 'ring', of: 'input', index })),
    { kind: 'ring', of: 'output', index: 0 },
    { kind: 'rowBegin' },
    { kind: 'rowEnd' },
  ]
}

/** The tail of an accumulating entry: the ring height of input 0, and the range of its rows. */
export function accumulatingArgs(): readonly KernelArg[] {
  return [{ kind: 'ring', of: 'input', index: 0 }, { kind: 'rowBegin' }, { kind: 'rowEnd' }]
}

/** A call; what is left out is none, or one. */
export function kernelCall(
  call: Pick<KernelCall, 'kernel' | 'entry' | 'args'> & Partial<KernelCall>,
): KernelCall {
  return {
    statics: {},
    batches: 1,
    outputRows: 1,
    macs: 0,
    scratchBytes: 0,
    counts: {},
    runCounts: {},
    groupRows: 1,
    groupCounts: {},
    ...call,
  }
}

/** Input `index`, which shape inference has found to be there; its absence is a mistake of ours. */
export function inputOf(context: OpContext, index: number): TensorInfo {
  const tensor = context.inputs[index]
  if (tensor === undefined || tensor === null) throw new Error(`input ${index} is missing`)
  return tensor
}

export function outputOf(context: OpContext): TensorInfo {
  const tensor = context.outputs[0]
  if (tensor === undefined) throw new Error('the output is missing')
  return tensor
}

/** Scale of a tensor that is quantised as a whole. */
export function scaleOf(tensor: TensorInfo): number {
  return tensor.scale[0] ?? 0
}

export function zeroPointOf(tensor: TensorInfo): number {
  return tensor.zeroPoint[0] ?? 0
}

/** Elements of a constant int8 tensor. */
export function int8Values(tensor: TensorInfo): Int8Array {
  if (tensor.data === null) throw new Error('a constant int8 tensor has no data')
  return new Int8Array(tensor.data)
}

/** Elements of a constant int32 tensor; the bytes need not be aligned. */
export function int32Values(tensor: TensorInfo): Int32Array {
  if (tensor.data === null) throw new Error('a constant int32 tensor has no data')
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
  return Int32Array.from({ length: elementCount(tensor.shape) }, (_, i) =>
    view.getInt32(i * elementBytes(tensor), true),
  )
}

/** Elements of a constant index tensor (axes, paddings, sizes, a permutation), int32 or int64. */
export function indexValues(tensor: TensorInfo): number[] {
  if (tensor.dtype !== 'int64') return Array.from(int32Values(tensor))
  if (tensor.data === null) throw new Error('a constant int64 tensor has no data')
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
  return Array.from({ length: elementCount(tensor.shape) }, (_, i) =>
    Number(view.getBigInt64(i * 8, true)),
  )
}

/** The row of the same number. */
export function sameRow(row: number): RowWindow {
  return { begin: row, end: row + 1 }
}
