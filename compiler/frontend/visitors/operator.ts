// Binary operators of the subset → KIR.

import type { Node } from 'ts-morph'
import type { BinaryOp, CompareOp, Expr, ScalarType, Type } from '../../kir/node.ts'
import { bitsOf, isInteger, isUnsigned } from '../../kir/types.ts'
import { spanOf } from '../environment.ts'
import type { FunctionScope } from '../scope.ts'
import { lowerCondition, lowerPair, lowerPromoted, wrongOperand } from './operand.ts'

const arithmetic: Readonly<Record<string, BinaryOp>> = { '+': 'add', '-': 'sub', '*': 'mul' }
const bitwise: Readonly<Record<string, BinaryOp>> = {
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '%': 'rem',
}
const comparison: Readonly<Record<string, CompareOp>> = {
  '===': 'eq',
  '!==': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
}

/** Lowers `left operator right`; also used for the right side of compound assignments. */
export function lowerBinary(
  scope: FunctionScope,
  node: Node,
  operator: string,
  left: Node,
  right: Node,
  expected: Type | undefined,
): Expr | null {
  if (operator === '==' || operator === '!=') {
    return scope.report('TH1039', node, { op: operator, strict: `${operator}=` })
  }
  if (operator === '&&' || operator === '||') {
    const a = lowerCondition(scope, left)
    const b = lowerCondition(scope, right)
    if (a === null || b === null) return null
    const op = operator === '&&' ? 'andAlso' : 'orElse'
    return { kind: 'binary', op, type: 'bool', left: a, right: b, span: span(scope, node) }
  }
  if (operator === '<<' || operator === '>>' || operator === '>>>') {
    return lowerShift(scope, node, operator, left, right, expected)
  }
  const compare = comparison[operator]
  if (!known(operator)) return refuseOperator(scope, node, operator, null)
  const pair = lowerPair(
    scope,
    node,
    operator,
    left,
    right,
    compare === undefined ? expected : undefined,
  )
  if (pair === null) return null
  const [a, b] = pair
  const ordered = operator !== '===' && operator !== '!=='
  if (a.type === 'bool' && ordered) return wrongOperand(scope, node, operator, 'bool')
  const op = compare ?? operatorFor(operator, a.type)
  if (op === null) return refuseOperator(scope, node, operator, a.type)
  const type = compare === undefined ? a.type : 'bool'
  return { kind: 'binary', op, type, left: a, right: b, span: span(scope, node) }
}

function known(operator: string): boolean {
  return operator in arithmetic || operator in bitwise || operator in comparison || operator === '/'
}

function operatorFor(operator: string, type: ScalarType): BinaryOp | null {
  if (operator === '/') return type === 'f32' ? 'div' : null
  return arithmetic[operator] ?? (isInteger(type) ? (bitwise[operator] ?? null) : null)
}

function refuseOperator(
  scope: FunctionScope,
  node: Node,
  op: string,
  type: ScalarType | null,
): null {
  if (op === '/' && type !== null && isInteger(type)) return scope.report('TH1012', node, { type })
  if (type !== null) return wrongOperand(scope, node, op, type)
  const hint = op === '**' ? 'multiply in a loop' : 'write it with the operators of C'
  return scope.report('TH1015', node, { op, on: '', hint })
}

/** The amount is i32 whatever the type of the left side. */
function lowerShift(
  scope: FunctionScope,
  node: Node,
  operator: string,
  left: Node,
  right: Node,
  expected: Type | undefined,
): Expr | null {
  const value = lowerPromoted(scope, left, expected)
  const amount = lowerPromoted(scope, right, 'i32')
  if (value === null || amount === null) return null
  if (!isInteger(value.type)) return wrongOperand(scope, node, operator, value.type)
  if (amount.type !== 'i32') {
    return scope.report('TH1014', node, { op: operator, left: value.type, right: amount.type })
  }
  const unsigned = isUnsigned(value.type)
  if (operator === '>>>' && !unsigned) {
    const hint = 'use >> (arithmetic), or wrapU32(x) >>> n'
    return scope.report('TH1015', node, { op: '>>>', on: ` on ${value.type}`, hint })
  }
  if (operator === '>>' && unsigned) {
    const hint = 'use >>> on unsigned values'
    return scope.report('TH1015', node, { op: '>>', on: ` on ${value.type}`, hint })
  }
  const bits = bitsOf(value.type)
  if (amount.kind === 'const' && (Number(amount.value) < 0 || Number(amount.value) >= bits)) {
    const values = { type: value.type, amount: Number(amount.value), limit: bits - 1 }
    return scope.report('TH1034', node, values)
  }
  const op = operator === '<<' ? 'shl' : 'shr'
  return {
    kind: 'binary',
    op,
    type: value.type,
    left: value,
    right: amount,
    span: span(scope, node),
  }
}

function span(scope: FunctionScope, node: Node): Expr['span'] {
  return spanOf(scope.file.path, node)
}
