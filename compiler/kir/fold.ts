// The value of an operation on constants, with the exact meaning every backend gives it.

import type { BinaryOp, ConvertMode, Expr, ScalarType } from './node.ts'
import { bitsOf, isUnsigned, rangeOf } from './types.ts'

type Const = Extract<Expr, { kind: 'const' }>
export type Folded =
  | { readonly kind: 'value'; readonly value: bigint | number }
  /** The operation has no defined value: a diagnostic is due if it can be reached. */
  | {
      readonly kind: 'undefined'
      readonly reason: 'overflow' | 'shift' | 'zero-divisor'
      readonly value: bigint
    }

const fits = (value: bigint, type: ScalarType): boolean => {
  const { min, max } = rangeOf(type)
  return value >= min && value <= max
}

/** Keeps the low bits of `value` as a value of `type`. */
export function wrapTo(value: bigint, type: ScalarType): bigint {
  const bits = bitsOf(type)
  return isUnsigned(type) || type === 'bool'
    ? BigInt.asUintN(bits, value)
    : BigInt.asIntN(bits, value)
}

/** Folds `left op right`; both constants have the operation's operand type. */
export function foldBinary(op: BinaryOp, left: Const, right: Const): Folded {
  if (left.type === 'f32') return foldFloat(op, Number(left.value), Number(right.value))
  const type = left.type
  const a = BigInt(left.value)
  const b = BigInt(right.value)
  switch (op) {
    case 'eq':
      return truth(a === b)
    case 'ne':
      return truth(a !== b)
    case 'lt':
      return truth(a < b)
    case 'le':
      return truth(a <= b)
    case 'gt':
      return truth(a > b)
    case 'ge':
      return truth(a >= b)
    case 'andAlso':
      return truth(a !== 0n && b !== 0n)
    case 'orElse':
      return truth(a !== 0n || b !== 0n)
    case 'shl':
    case 'shr':
    case 'wrapShl':
      return foldShift(op, a, b, type)
    case 'div':
    case 'rem':
      if (b === 0n) return { kind: 'undefined', reason: 'zero-divisor', value: 0n }
      // The remainder of the one quotient that does not fit is undefined in C as well.
      if (bounded(a / b, type).kind === 'undefined') return bounded(a / b, type)
      return bounded(op === 'div' ? a / b : a % b, type)
    case 'add':
      return bounded(a + b, type)
    case 'sub':
      return bounded(a - b, type)
    case 'mul':
      return bounded(a * b, type)
    case 'and':
      return bounded(a & b, type)
    case 'or':
      return bounded(a | b, type)
    case 'xor':
      return bounded(a ^ b, type)
    case 'wrapAdd':
      return { kind: 'value', value: wrapTo(a + b, type) }
    case 'wrapSub':
      return { kind: 'value', value: wrapTo(a - b, type) }
    case 'wrapMul':
      return { kind: 'value', value: wrapTo(a * b, type) }
  }
}

function foldShift(op: 'shl' | 'shr' | 'wrapShl', a: bigint, n: bigint, type: ScalarType): Folded {
  if (n < 0n || n >= BigInt(bitsOf(type))) {
    return { kind: 'undefined', reason: 'shift', value: n }
  }
  if (op === 'shr') return { kind: 'value', value: a >> n }
  if (op === 'wrapShl') return { kind: 'value', value: wrapTo(a << n, type) }
  return bounded(a << n, type)
}

/** Unsigned results wrap as in C; signed ones must fit. */
function bounded(value: bigint, type: ScalarType): Folded {
  if (isUnsigned(type)) return { kind: 'value', value: wrapTo(value, type) }
  if (fits(value, type)) return { kind: 'value', value }
  return { kind: 'undefined', reason: 'overflow', value }
}

function foldFloat(op: BinaryOp, a: number, b: number): Folded {
  switch (op) {
    case 'add':
      return { kind: 'value', value: Math.fround(a + b) }
    case 'sub':
      return { kind: 'value', value: Math.fround(a - b) }
    case 'mul':
      return { kind: 'value', value: Math.fround(a * b) }
    case 'div':
      return { kind: 'value', value: Math.fround(a / b) }
    case 'eq':
      return truth(a === b)
    case 'ne':
      return truth(a !== b)
    case 'lt':
      return truth(a < b)
    case 'le':
      return truth(a <= b)
    case 'gt':
      return truth(a > b)
    case 'ge':
      return truth(a >= b)
    default:
      throw new Error(`no ${op} on f32`)
  }
}

function truth(value: boolean): Folded {
  return { kind: 'value', value: value ? 1 : 0 }
}

/** Folds a conversion of a constant. */
export function foldConvert(mode: ConvertMode, to: ScalarType, from: Const): Folded {
  if (to === 'f32') return { kind: 'value', value: nearestFloat(from.value) }
  if (from.type === 'f32') return foldFloatToInt(mode, to, Number(from.value))
  const value = BigInt(from.value)
  const { min, max } = rangeOf(to)
  switch (mode) {
    case 'wrap':
      return { kind: 'value', value: wrapTo(value, to) }
    case 'sat':
      return { kind: 'value', value: value < min ? min : value > max ? max : value }
    case 'keep':
    case 'trunc':
      return fits(value, to)
        ? { kind: 'value', value }
        : { kind: 'undefined', reason: 'overflow', value }
  }
}

/** Rounds once: bits of an integer beyond double precision are kept as one sticky bit. */
function nearestFloat(value: number | bigint): number {
  if (typeof value === 'number') return Math.fround(value)
  let magnitude = value < 0n ? -value : value
  let scale = 1
  while (magnitude >= 1n << 53n) {
    magnitude = (magnitude >> 1n) | (magnitude & 1n)
    scale *= 2
  }
  return Math.fround(Number(value < 0n ? -magnitude : magnitude) * scale)
}

function foldFloatToInt(mode: ConvertMode, to: ScalarType, value: number): Folded {
  const whole = Math.trunc(value)
  const exact = mode === 'trunc' || whole === value
  if (!Number.isFinite(value) || !exact) return { kind: 'undefined', reason: 'overflow', value: 0n }
  const integer = BigInt(whole)
  return fits(integer, to)
    ? { kind: 'value', value: integer }
    : { kind: 'undefined', reason: 'overflow', value: integer }
}
