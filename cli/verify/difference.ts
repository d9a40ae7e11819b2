// Where two tensors differ: the first element, its place and both values.

import { crc32 } from 'node:zlib'
import { dtypeBytes, type Tensor } from '../../compiler/graph/graph.ts'

export interface Difference {
  readonly case: string
  /** Operator that computes the tensor; null for an input or a rebuilt PAD. */
  readonly operator: { readonly index: number; readonly kind: string } | null
  /** Index of the tensor in the model file. */
  readonly tensor: number
  readonly name: string
  /** Of the first differing element, flat; null when only checksums could be compared. */
  readonly element: number | null
  /** The same along each dimension. */
  readonly position: readonly number[] | null
  readonly expected: number | string | null
  readonly actual: number | string | null
  /** How many elements differ; null when only checksums could be compared. */
  readonly elements: number | null
  /** CRC-32 of the whole tensor. */
  readonly expectedCrc: string
  readonly actualCrc: string
}

/** CRC-32, zlib polynomial, as eight hexadecimal digits. */
export function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

type ElementFields = Pick<
  Difference,
  'element' | 'position' | 'expected' | 'actual' | 'elements' | 'expectedCrc' | 'actualCrc'
>

/** The first element in which two different tensors differ. */
export function firstDifference(
  tensor: Tensor,
  expected: Uint8Array,
  actual: Uint8Array,
): ElementFields {
  const width = dtypeBytes(tensor.dtype)
  const count = Math.max(expected.length, actual.length) / width
  const isSame = (element: number): boolean => {
    const [from, to] = [element * width, (element + 1) * width]
    return sameBytes(expected.subarray(from, to), actual.subarray(from, to))
  }
  const differing = Array.from({ length: count }, (_, i) => i).filter(i => !isSame(i))
  const [element = 0] = differing
  return {
    element,
    position: positionOf(element, tensor.shape),
    expected: valueAt(expected, element, tensor.dtype),
    actual: valueAt(actual, element, tensor.dtype),
    elements: differing.length,
    expectedCrc: checksum(expected),
    actualCrc: checksum(actual),
  }
}

/** What can be said when the expected bytes are not known. */
export function checksumsDiffer(expectedCrc: string, actual: Uint8Array): ElementFields {
  const unknown = { element: null, position: null, expected: null, actual: null, elements: null }
  return { ...unknown, expectedCrc, actualCrc: checksum(actual) }
}

function positionOf(element: number, shape: readonly number[]): readonly number[] {
  const position: number[] = []
  let rest = element
  for (const extent of shape.toReversed()) {
    position.unshift(rest % extent)
    rest = Math.floor(rest / extent)
  }
  return position
}

function valueAt(
  bytes: Uint8Array,
  element: number,
  dtype: Tensor['dtype'],
): number | string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = element * dtypeBytes(dtype)
  if (at + dtypeBytes(dtype) > bytes.length) return null
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
      return view.getBigInt64(at, true).toString()
    case 'float32': {
      const value = view.getFloat32(at, true)
      // JSON has no NaN and no infinities.
      return Number.isFinite(value) ? value : String(value)
    }
  }
}

/** For example `case c01, op 3 CONV_2D, tensor 58 (relu), element 17 [0,0,1,2]: expected 3, not 4`. */
export function describeDifference(d: Difference): string {
  const operator = d.operator === null ? '' : `, op ${d.operator.index} ${d.operator.kind}`
  const where = `case ${d.case}${operator}, tensor ${d.tensor} (${d.name})`
  if (d.element === null || d.elements === null) {
    return `${where}: CRC-32 ${d.actualCrc} where ${d.expectedCrc} is expected`
  }
  const place = `element ${d.element} [${d.position?.join(',') ?? ''}]`
  const more = d.elements === 1 ? '' : ` (and ${d.elements - 1} more)`
  return `${where}, ${place}: ${String(d.actual)} where ${String(d.expected)} is expected${more}`
}
