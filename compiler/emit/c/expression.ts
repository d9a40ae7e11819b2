// KIR expressions → C99 with the fewest parentheses that also keep gcc's warnings quiet.

import type { BinaryOp, Expr, ScalarType } from '../../kir/node.ts'
import { isNarrow, isPtr, isUnsigned, rangeOf } from '../../kir/types.ts'
import { cPointer, cScalar, cIdentifier } from './names.ts'

/** Text and its C precedence: 16 primary, 14 unary, 12 product, 11 sum, ... 2 conditional. */
interface Text {
  readonly text: string
  readonly level: number
}

export interface CNames {
  readonly local: (name: string) => string
  /** C spelling of a call of `callee`. */
  readonly callee: (callee: string) => string
  /** C name of a data item. */
  readonly data: (name: string) => string
}

const primary = 16
const postfix = 15
const unary = 14
const cast = 13

const operators: Partial<Record<BinaryOp, { readonly symbol: string; readonly level: number }>> = {
  mul: { symbol: '*', level: 12 },
  div: { symbol: '/', level: 12 },
  rem: { symbol: '%', level: 12 },
  add: { symbol: '+', level: 11 },
  sub: { symbol: '-', level: 11 },
  shl: { symbol: '<<', level: 10 },
  shr: { symbol: '>>', level: 10 },
  lt: { symbol: '<', level: 9 },
  le: { symbol: '<=', level: 9 },
  gt: { symbol: '>', level: 9 },
  ge: { symbol: '>=', level: 9 },
  eq: { symbol: '==', level: 8 },
  ne: { symbol: '!=', level: 8 },
  and: { symbol: '&', level: 7 },
  xor: { symbol: '^', level: 6 },
  or: { symbol: '|', level: 5 },
  andAlso: { symbol: '&&', level: 4 },
  orElse: { symbol: '||', level: 3 },
}

export function cExpr(e: Expr, names: CNames): string {
  return print(e, names).text
}

/** The expression as an operand that binds at least as tightly as `level`. */
function operand(e: Expr, level: number, names: CNames): string {
  const printed = print(e, names)
  return printed.level >= level ? printed.text : `(${printed.text})`
}

function print(e: Expr, names: CNames): Text {
  switch (e.kind) {
    case 'const':
      return printConstant(e.type, e.value)
    case 'local':
      return { text: names.local(e.name), level: primary }
    case 'field':
      return { text: `${names.local(e.object)}->${cIdentifier(e.field)}`, level: postfix }
    case 'unary': {
      const symbol = { neg: '-', not: '!', bitNot: '~' }[e.op]
      const value = operand(e.value, cast, names)
      const gap = value.startsWith('-') ? ' ' : ''
      return { text: symbol + gap + value, level: unary }
    }
    case 'binary':
      return printBinary(e, names)
    case 'convert':
      return printConvert(e, names)
    case 'select':
      return printSelect(e, names)
    case 'load':
      return {
        text: `${operand(e.ptr, postfix, names)}[${cExpr(e.index, names)}]`,
        level: postfix,
      }
    case 'loadWord':
      return {
        text: `thimble_load_${e.aligned ? 'aligned_' : ''}word(${cAddress(e.ptr, e.index, names)})`,
        level: postfix,
      }
    case 'offset':
      return printOffset(e.ptr, e.index, names)
    case 'reinterpret': {
      const through = e.type.readonly ? '(const void *)' : '(void *)'
      return {
        text: `(${cPointer(e.type)})${through}${operand(e.ptr, cast, names)}`,
        level: cast,
      }
    }
    case 'call': {
      const args = e.args.map(a => cExpr(a, names)).join(', ')
      return { text: `${names.callee(e.callee)}(${args})`, level: postfix }
    }
    case 'data': {
      const text = isPtr(e.type) ? names.data(e.name) : `&${names.data(e.name)}`
      return { text, level: isPtr(e.type) ? primary : unary }
    }
    case 'element':
      return { text: `&${names.data(e.name)}[${cExpr(e.index, names)}]`, level: unary }
    case 'region':
      return printRegion(e, names)
  }
}

function printConstant(type: ScalarType, value: number | bigint): Text {
  if (type === 'bool') return { text: value === 0 ? 'false' : 'true', level: primary }
  if (type === 'f32') return printFloat(Number(value))
  if (type === 'i32' && value === -2147483648) return { text: 'INT32_MIN', level: primary }
  if (type === 'i64' && value === rangeOf('i64').min) return { text: 'INT64_MIN', level: primary }
  const negative = value < 0
  const digits = String(value)
  if (type === 'i64') return { text: `INT64_C(${digits})`, level: primary }
  if (type === 'u64') return { text: `UINT64_C(${digits})`, level: primary }
  if (type === 'u32') return { text: `${digits}u`, level: primary }
  return { text: digits, level: negative ? unary : primary }
}

function printFloat(value: number): Text {
  const text = Object.is(value, -0) ? '-0.0' : String(value)
  const literal = /[.e]/.test(text) ? text : `${text}.0`
  return { text: `${literal}f`, level: text.startsWith('-') ? unary : primary }
}

const wrapping: Partial<Record<BinaryOp, string>> = {
  wrapAdd: 'thimble_wrap_add',
  wrapSub: 'thimble_wrap_sub',
  wrapMul: 'thimble_wrap_mul',
  wrapShl: 'thimble_wrap_shl',
}

function printBinary(e: Extract<Expr, { kind: 'binary' }>, names: CNames): Text {
  const helper = wrapping[e.op] ?? shiftHelper(e)
  if (helper !== undefined) {
    const text = `${helper}(${cExpr(e.left, names)}, ${cExpr(e.right, names)})`
    return { text, level: postfix }
  }
  const operator = operators[e.op]
  if (operator === undefined) throw new Error(`no C operator for ${e.op}`)
  const { symbol, level } = operator
  // gcc asks for parentheses wherever shifts, bit operators and comparisons mix with others.
  const touchy = level <= 10 && level >= 5
  const left = operand(e.left, touchy ? cast : sameChain(e.left, e.op, level), names)
  const right = operand(e.right, touchy ? cast : rightLevel(e.op, level), names)
  const plain = level <= 9 && level >= 8
  if (plain) {
    return {
      text: `${compared(e.left, names)} ${symbol} ${compared(e.right, names)}`,
      level,
    }
  }
  return { text: `${left} ${symbol} ${right}`, level }
}

/** gcc takes `!a == b` for a slip. */
function compared(e: Expr, names: CNames): string {
  const isNot = e.kind === 'unary' && e.op === 'not'
  return operand(e, isNot ? primary : 11, names)
}

function rightLevel(op: BinaryOp, level: number): number {
  return op === 'andAlso' || op === 'orElse' ? 8 : level + 1
}

function sameChain(left: Expr, op: BinaryOp, level: number): number {
  if (op !== 'andAlso' && op !== 'orElse') return level
  return left.kind === 'binary' && left.op === op ? level : 8
}

/** `<<` of a signed value that may be negative is undefined in C: it goes through unsigned. */
function shiftHelper(e: Extract<Expr, { kind: 'binary' }>): string | undefined {
  if (e.op !== 'shl' || isUnsigned(e.type)) return undefined
  if (e.left.kind === 'const' && Number(e.left.value) >= 0 && e.type === 'i32') return undefined
  return e.type === 'i64' ? 'thimble_wrap_shl_i64' : 'thimble_wrap_shl'
}

function printSelect(e: Extract<Expr, { kind: 'select' }>, names: CNames): Text {
  const condition = operand(e.condition, 5, names)
  const text = `${condition} ? ${operand(e.then, 3, names)} : ${operand(e.else, 3, names)}`
  // The sides are promoted to int; narrowing back must be said.
  if (isNarrow(e.type)) return { text: `(${cScalar(e.type)})(${text})`, level: cast }
  return { text, level: 2 }
}

function printConvert(e: Extract<Expr, { kind: 'convert' }>, names: CNames): Text {
  const from = e.value.type as ScalarType
  const to = e.type
  if (e.mode === 'trunc') {
    return { text: `thimble_trunc_i32(${cExpr(e.value, names)})`, level: postfix }
  }
  // Promotion to int happens by itself.
  if (to === 'i32' && isNarrow(from)) return print(e.value, names)
  const inside =
    to !== 'f32' && rangeOf(from).min >= rangeOf(to).min && rangeOf(from).max <= rangeOf(to).max
  if (e.mode === 'sat' && !inside) {
    const suffix = from === 'i64' ? '_i64' : ''
    const text = `thimble_sat_${to}${suffix}(${cExpr(e.value, names)})`
    return { text, level: postfix }
  }
  return { text: `(${cScalar(to)})${operand(e.value, cast, names)}`, level: cast }
}

function printOffset(ptr: Expr, index: Expr, names: CNames): Text {
  if (index.kind === 'const' && index.value === 0) return print(ptr, names)
  return { text: `${operand(ptr, 11, names)} + ${operand(index, 12, names)}`, level: 11 }
}

/** `p + i` as an argument. */
export function cAddress(ptr: Expr, index: Expr, names: CNames): string {
  return printOffset(ptr, index, names).text
}

function printRegion(e: Extract<Expr, { kind: 'region' }>, names: CNames): Text {
  const base = printOffset(e.base, e.offset, names)
  const to = e.type.to
  if (to === 'u8' && !e.type.readonly) return base
  const inner = base.level >= cast ? base.text : `(${base.text})`
  const through = isNarrow(to) && (to === 'i8' || to === 'u8') ? '' : '(void *)'
  return { text: `(${cPointer(e.type)})${through}${inner}`, level: cast }
}
