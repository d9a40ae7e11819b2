// Facts about KIR types: widths, ranges, names.

import type { PtrType, ScalarType, Type } from './node.ts'

/** Width in bits as stored in memory. */
export function bitsOf(type: ScalarType): number {
  if (type === 'bool') return 8
  return Number(type.slice(1))
}

export function bytesOf(type: ScalarType): number {
  return bitsOf(type) / 8
}

export function isScalar(type: Type | 'void'): type is ScalarType {
  return typeof type === 'string' && type !== 'void'
}

export function isPtr(type: Type | 'void'): type is PtrType {
  return typeof type !== 'string' && type.kind === 'ptr'
}

export function isInteger(type: ScalarType): boolean {
  return type !== 'bool' && type !== 'f32'
}

export function isUnsigned(type: ScalarType): boolean {
  return type.startsWith('u')
}

export function isWide(type: ScalarType): boolean {
  return type === 'i64' || type === 'u64'
}

/** i8, u8, i16, u16: computed with as i32. */
export function isNarrow(type: ScalarType): boolean {
  return type !== 'bool' && bitsOf(type) < 32
}

/** Smallest and largest value of an integer type. */
export function rangeOf(type: ScalarType): { readonly min: bigint; readonly max: bigint } {
  if (type === 'bool') return { min: 0n, max: 1n }
  const bits = BigInt(bitsOf(type))
  return isUnsigned(type)
    ? { min: 0n, max: (1n << bits) - 1n }
    : { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n }
}

export function sameType(a: Type | 'void', b: Type | 'void'): boolean {
  return typeName(a) === typeName(b)
}

/** As it is written in a kernel. */
export function typeName(type: Type | 'void'): string {
  if (typeof type === 'string') return type
  if (type.kind === 'struct') return type.name
  return `${type.readonly ? 'ConstPtr' : 'Ptr'}<${type.to}>`
}
