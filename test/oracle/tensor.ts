// Tensors of the oracles: flat values with a shape, read and written as raw bytes.

import type { OpContext, TensorInfo } from '../../kernels/op.ts'

/** Raw little-endian bytes of every input, in order; null for an absent one. */
export type RawInputs = readonly (Uint8Array | null)[]

export type Oracle = (context: OpContext, inputs: RawInputs) => Uint8Array

export interface Values {
  readonly info: TensorInfo
  readonly data: ArrayLike<number>
}

export function decode(info: TensorInfo, bytes: Uint8Array): Values {
  const { buffer } = bytes.slice()
  switch (info.dtype) {
    case 'int8':
      return { info, data: new Int8Array(buffer) }
    case 'uint8':
      return { info, data: new Uint8Array(buffer) }
    case 'int32':
      return { info, data: new Int32Array(buffer) }
    case 'float32':
      return { info, data: new Float32Array(buffer) }
    default:
      throw new Error(`the oracle has no ${info.dtype}`)
  }
}

export function encode(info: TensorInfo, values: readonly number[]): Uint8Array {
  switch (info.dtype) {
    case 'int8':
      return new Uint8Array(Int8Array.from(values).buffer)
    case 'uint8':
      return Uint8Array.from(values)
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer)
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer)
    default:
      throw new Error(`the oracle has no ${info.dtype}`)
  }
}

export function inputAt(context: OpContext, inputs: RawInputs, index: number): Values {
  const [info, bytes] = [context.inputs[index], inputs[index]]
  if (!info || !bytes) throw new Error(`input ${index} is absent`)
  return decode(info, bytes)
}

export function outputInfo(context: OpContext): TensorInfo {
  const [info] = context.outputs
  if (info === undefined) throw new Error('no output')
  return info
}

/** Scale and zero point of a tensor quantised as a whole. */
export function quantOf(info: TensorInfo): { readonly scale: number; readonly zeroPoint: number } {
  return { scale: info.scale[0] ?? NaN, zeroPoint: info.zeroPoint[0] ?? NaN }
}

/** All positions of a shape in row-major order. */
export function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, extent) =>
      all.flatMap(position => Array.from({ length: extent }, (_, i) => [...position, i])),
    [[]],
  )
}

/** Row-major index of a position. */
export function flatIndex(shape: readonly number[], position: readonly number[]): number {
  return shape.reduce((index, extent, d) => index * extent + position[d]!, 0)
}

export function valueAt({ info, data }: Values, position: readonly number[]): number {
  return data[flatIndex(info.shape, position)]!
}
