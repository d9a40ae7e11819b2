// Constant folding and removal of branches that constants decide.

import { constant, mapChildren, mapStmt } from '../build.ts'
import { foldBinary, foldConvert } from '../fold.ts'
import type { Expr, Func, Stmt } from '../node.ts'
import { rangeOf } from '../types.ts'

/** Folds bottom-up. Operations without a defined value stay: `checkFunction` reports them. */
export function foldExpr(e: Expr): Expr {
  const folded = mapChildren(e, foldExpr)
  switch (folded.kind) {
    case 'unary':
      return foldUnary(folded)
    case 'binary':
      return foldBinaryExpr(folded)
    case 'convert':
      return foldConvertExpr(folded)
    case 'select':
      if (folded.condition.kind !== 'const') return folded
      return folded.condition.value !== 0 ? folded.then : folded.else
    default:
      return folded
  }
}

function foldUnary(e: Extract<Expr, { kind: 'unary' }>): Expr {
  const { value, op, type, span } = e
  if (value.kind !== 'const') return e
  if (op === 'not') return constant('bool', value.value === 0 ? 1 : 0, span)
  if (op === 'bitNot') {
    const inverted = type.startsWith('u')
      ? rangeOf(type).max - BigInt(value.value)
      : -1n - BigInt(value.value)
    return constant(type, inverted, span)
  }
  if (type === 'f32') return { ...value, value: -Number(value.value), span }
  const zero = constant(type, 0, span)
  if (zero.kind !== 'const') return e
  const result = foldBinary('sub', zero, value)
  return result.kind === 'value' ? constant(type, result.value, span) : e
}

function foldBinaryExpr(e: Extract<Expr, { kind: 'binary' }>): Expr {
  const { left, right, op, type, span } = e
  if (left.kind === 'const' && right.kind === 'const') {
    const result = foldBinary(op, left, right)
    // No target has literals for NaN and infinities.
    if (type === 'f32' && result.kind === 'value' && !Number.isFinite(result.value)) return e
    return result.kind === 'value' ? constant(type, result.value, span) : e
  }
  return foldIdentity(e)
}

/** x + 0, x * 1, x << 0, and boolean operators with one constant side. */
function foldIdentity(e: Extract<Expr, { kind: 'binary' }>): Expr {
  const { left, right, op, type } = e
  if (op === 'andAlso' || op === 'orElse') {
    if (left.kind !== 'const') return e
    const decides = op === 'andAlso' ? left.value === 0 : left.value !== 0
    return decides ? left : right
  }
  if (left.kind === 'local' && right.kind === 'local' && left.name === right.name) {
    return foldSelfComparison(e)
  }
  if (type === 'f32') return e
  const is = (x: Expr, value: number): boolean => x.kind === 'const' && Number(x.value) === value
  if ((op === 'add' || op === 'wrapAdd' || op === 'or' || op === 'xor') && is(left, 0)) return right
  const zeroNeutral = ['add', 'sub', 'wrapAdd', 'wrapSub', 'or', 'xor', 'shl', 'shr', 'wrapShl']
  if (zeroNeutral.includes(op) && is(right, 0)) return left
  if ((op === 'mul' || op === 'wrapMul') && is(left, 1)) return right
  if ((op === 'mul' || op === 'wrapMul' || op === 'div') && is(right, 1)) return left
  return e
}

/** A variable compared with itself, which gcc warns of; NaN differs from itself, so f32 stays. */
function foldSelfComparison(e: Extract<Expr, { kind: 'binary' }>): Expr {
  if (e.left.type === 'f32') return e
  if (e.op === 'eq' || e.op === 'le' || e.op === 'ge') return constant('bool', 1, e.span)
  if (e.op === 'ne' || e.op === 'lt' || e.op === 'gt') return constant('bool', 0, e.span)
  return e
}

function foldConvertExpr(e: Extract<Expr, { kind: 'convert' }>): Expr {
  if (e.value.kind !== 'const') return e
  const result = foldConvert(e.mode, e.type, e.value)
  return result.kind === 'value' ? constant(e.type, result.value, e.span) : e
}

/** Folds all expressions of a body, drops branches never taken and code after a jump. */
export function foldBody(body: readonly Stmt[]): readonly Stmt[] {
  const out: Stmt[] = []
  for (const s of body) {
    const last = out[out.length - 1]
    if (last?.kind === 'return' || last?.kind === 'break' || last?.kind === 'continue') break
    const folded = mapStmt(s, { expr: foldExpr, body: foldBody })
    if (folded.kind === 'if' && folded.condition.kind === 'const') {
      const taken = folded.condition.value !== 0 ? folded.then : folded.else
      if (taken.length > 0) out.push({ kind: 'block', body: taken, span: folded.span })
    } else if (folded.kind === 'while' && isFalse(folded.condition)) {
      continue
    } else if (isIdle(folded)) {
      continue
    } else {
      out.push(folded)
    }
  }
  return out
}

/** `x = x`, or a pointer moved by nothing, which clang warns of. */
function isIdle(s: Stmt): boolean {
  if (s.kind !== 'assign') return false
  const { value } = s
  const stays = value.kind === 'offset' && value.index.kind === 'const' && value.index.value === 0
  const from = stays ? value.ptr : value
  return from.kind === 'local' && from.name === s.name
}

function isFalse(e: Expr): boolean {
  return e.kind === 'const' && e.value === 0
}

export function foldFunction(f: Func): Func {
  return { ...f, body: foldBody(f.body) }
}
