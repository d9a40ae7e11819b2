// Operands: promotion, pairs of one type, conditions, indices, and what converts by itself.

import { Node, type ConditionalExpression } from 'ts-morph'
import type { Expr, ScalarType, Type } from '../../kir/node.ts'
import {
  isNarrow,
  isPtr,
  isScalar,
  isUnsigned,
  rangeOf,
  sameType,
  typeName,
} from '../../kir/types.ts'
import { builtinNames } from '../builtins.ts'
import type { FunctionScope } from '../scope.ts'

export function wrongOperand(scope: FunctionScope, node: Node, op: string, type: ScalarType): null {
  const hint =
    type === 'f32' ? 'convert to an integer with truncI32(x) first' : 'use ! && || on bool'
  return scope.report('TH1015', node, { op, on: ` on ${type}`, hint })
}

/** A bool expression. */
export function lowerCondition(scope: FunctionScope, node: Node): Expr | null {
  const value = scope.lowerExpr(scope, node)
  if (value === null) return null
  if (value.type !== 'bool') return scope.report('TH1016', node, { type: typeName(value.type) })
  return value
}

export type ScalarExpr = Expr & { readonly type: ScalarType }

/** A scalar; i8, u8, i16 and u16 are widened to i32, as C's promotion does. */
export function lowerPromoted(
  scope: FunctionScope,
  node: Node,
  expected?: Type,
): ScalarExpr | null {
  const value = scope.lowerExpr(scope, node, widened(expected))
  if (value === null) return null
  return promote(scope, node, value)
}

function widened(expected: Type | undefined): Type | undefined {
  return expected !== undefined && isScalar(expected) && isNarrow(expected) ? 'i32' : expected
}

function promote(scope: FunctionScope, node: Node, value: Expr): ScalarExpr | null {
  const type = value.type
  if (!isScalar(type)) {
    return scope.report('TH1040', node, { found: typeName(type), wanted: 'a number' })
  }
  if (!isNarrow(type)) return { ...value, type } as ScalarExpr
  return { kind: 'convert', mode: 'keep', type: 'i32', value, span: value.span }
}

const isLiteral = (node: Node): boolean => {
  if (Node.isParenthesizedExpression(node)) return isLiteral(node.getExpression())
  if (Node.isPrefixUnaryExpression(node)) return isLiteral(node.getOperand())
  return Node.isNumericLiteral(node)
}

/** Both operands of one type: narrow ones promoted, literals in the type of the other side. */
export function lowerPair(
  scope: FunctionScope,
  node: Node,
  op: string,
  leftNode: Node,
  rightNode: Node,
  expected?: Type,
): readonly [ScalarExpr, ScalarExpr] | null {
  let left: ScalarExpr | null
  let right: ScalarExpr | null
  if (isLiteral(leftNode) && !isLiteral(rightNode)) {
    right = lowerPromoted(scope, rightNode, expected)
    left = lowerPromoted(scope, leftNode, right?.type ?? expected)
  } else {
    left = lowerPromoted(scope, leftNode, expected)
    right = lowerPromoted(scope, rightNode, isLiteral(rightNode) ? left?.type : expected)
  }
  if (left === null || right === null) return null
  return ofOneType(scope, node, op, left, right)
}

function ofOneType(
  scope: FunctionScope,
  node: Node,
  op: string,
  left: ScalarExpr,
  right: ScalarExpr,
): readonly [ScalarExpr, ScalarExpr] | null {
  if (left.type === right.type) return [left, right]
  return scope.report('TH1014', node, { op, left: left.type, right: right.type })
}

/** Both sides of a selection: of one type as they stand, otherwise promoted like operands. */
export function lowerSides(
  scope: FunctionScope,
  node: ConditionalExpression,
  expected: Type | undefined,
): readonly [ScalarExpr, ScalarExpr] | null {
  const [thenNode, elseNode] = [node.getWhenTrue(), node.getWhenFalse()]
  if (isLiteral(thenNode) || isLiteral(elseNode)) {
    return lowerPair(scope, node, '? :', thenNode, elseNode, expected)
  }
  const then = scope.lowerExpr(scope, thenNode, widened(expected))
  const other = scope.lowerExpr(scope, elseNode, widened(expected))
  if (then === null || other === null) return null
  if (sameType(then.type, other.type) && isScalar(then.type)) {
    return [then as ScalarExpr, other as ScalarExpr]
  }
  const left = promote(scope, thenNode, then)
  const right = promote(scope, elseNode, other)
  if (left === null || right === null) return null
  return ofOneType(scope, node, '? :', left, right)
}

/** An i32 index or element count. */
export function lowerIndex(scope: FunctionScope, node: Node): Expr | null {
  const index = lowerPromoted(scope, node, 'i32')
  return index === null ? null : requireType(scope, node, index, 'i32')
}

/**
 * The expression as a value of `type`: unchanged, or widened where nothing can be lost (narrow to
 * i32, unsigned narrow to u32, Ptr to ConstPtr). Anything else is a diagnostic.
 */
export function requireType(
  scope: FunctionScope,
  node: Node,
  value: Expr,
  type: Type,
): Expr | null {
  const from = value.type
  if (sameType(from, type)) return value
  if (isScalar(from) && isScalar(type)) {
    const widens =
      (type === 'i32' && isNarrow(from)) || (type === 'u32' && isNarrow(from) && isUnsigned(from))
    if (widens) return { kind: 'convert', mode: 'keep', type, value, span: value.span }
    return scope.report('TH1013', node, { from, to: type, hint: conversionHint(from, type) })
  }
  if (isPtr(from) && isPtr(type) && from.to === type.to && type.readonly) return value
  return scope.report('TH1040', node, { found: typeName(from), wanted: typeName(type) })
}

/** Which of the named conversions lead from one scalar type to another. */
function conversionHint(from: ScalarType, to: ScalarType): string {
  if (to === 'bool') return "compare it: 'x !== 0'"
  if (from === 'bool') return "choose a number: 'b ? 1 : 0'"
  if (to === 'f32') return 'f32(x) gives the nearest float'
  if (from === 'f32') return 'truncI32(x) cuts the fraction off; convert its result further'
  const { min, max } = rangeOf(to)
  const source = rangeOf(from)
  if (source.min >= min && source.max <= max) return `${to}(x) keeps the value`
  const name = to.toUpperCase()
  const traps = `${to}(x) traps when it does not fit`
  const clamps = builtinNames.has(`sat${name}`) && !isUnsigned(from) ? `, sat${name}(x) clamps` : ''
  return `say how: wrap${name}(x) keeps the low bits${clamps}, ${traps}`
}
