// Reads and writes the little-endian bytes of constant tensors.

import { dtypeBytes, type DType, type Tensor } from './graph.ts'

/** Little-endian bytes of `values`, one element each; the host's byte order does not matter. */
export function encodeConstant(dtype: DType, values: ArrayLike<number>): Uint8Array {
  const size = dtypeBytes(dtype)
  const bytes = new Uint8Array(values.length * size)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) writeElement(view, dtype, i * size, values[i] as number)
  return bytes
}

function writeElement(view: DataView, dtype: DType, at: number, value: number): void {
  switch (dtype) {
    case 'int8':
      return view.setInt8(at, value)
    case 'uint8':
    case 'bool':
      return view.setUint8(at, value)
    case 'int16':
      return view.setInt16(at, value, true)
    case 'int32':
      return view.setInt32(at, value, true)
    case 'int64':
      return view.setBigInt64(at, BigInt(value), true)
    case 'float32':
      return view.setFloat32(at, value, true)
  }
}

/**
 * The elements of a constant as numbers, row-major; null when the tensor is computed at run time.
 * An int64 beyond 2^53 loses its low bits, which no shape, axis or padding in range has.
 */
export function constantValues(tensor: Pick<Tensor, 'dtype' | 'data'>): number[] | null {
  const { data, dtype } = tensor
  if (data === null) return null
  const size = dtypeBytes(dtype)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Array.from({ length: Math.floor(data.byteLength / size) }, (_, i) =>
    readElement(view, dtype, i * size),
  )
}

function readElement(view: DataView, dtype: DType, at: number): number {
  switch (dtype) {
    case 'int8':
      return view.getInt8(at)
    case 'uint8':
    case 'bool':
      return view.getUint8(at)
    case 'int16':
      return view.getInt16(at, true)
    case 'int32':
      return view.getInt32(at, true)
    case 'int64':
      return Number(view.getBigInt64(at, true))
    case 'float32':
      return view.getFloat32(at, true)
  }
}
