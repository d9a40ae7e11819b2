// Expressions of the subset → KIR; every node gets its real type here.

import {
  Node,
  SyntaxKind,
  type BinaryExpression,
  type ConditionalExpression,
  type PrefixUnaryExpression,
} from 'ts-morph'
import { constant } from '../../kir/build.ts'
import type { Expr, ScalarType, Type } from '../../kir/node.ts'
import {
  isInteger,
  isNarrow,
  isPtr,
  isScalar,
  isUnsigned,
  rangeOf,
  sameType,
  typeName,
} from '../../kir/types.ts'
import { spanOf, type FunctionScope } from '../environment.ts'
import { lowerCall } from './call.ts'
import { lowerBinary } from './operator.ts'

/**
 * Lowers an expression. `expected` is the type its surroundings want; only literals use it.
 * Returns null after a diagnostic.
 */
export function lowerExpr(scope: FunctionScope, node: Node, expected?: Type): Expr | null {
  if (Node.isParenthesizedExpression(node)) return lowerExpr(scope, node.getExpression(), expected)
  if (Node.isNumericLiteral(node)) return lowerLiteral(scope, node, node.getText(), expected)
  if (Node.isTrueLiteral(node)) return constant('bool', 1, spanOf(scope.file.path, node))
  if (Node.isFalseLiteral(node)) return constant('bool', 0, spanOf(scope.file.path, node))
  if (Node.isIdentifier(node)) return lowerName(scope, node)
  if (Node.isBinaryExpression(node)) return lowerBinaryNode(scope, node, expected)
  if (Node.isPrefixUnaryExpression(node)) return lowerUnary(scope, node, expected)
  if (Node.isConditionalExpression(node)) return lowerSelect(scope, node, expected)
  if (Node.isCallExpression(node)) return lowerCall(scope, node)
  if (Node.isElementAccessExpression(node)) return lowerLoad(scope, node)
  if (Node.isPropertyAccessExpression(node)) return lowerField(scope, node)
  if (Node.isPostfixUnaryExpression(node)) {
    return scope.report('TH1038', node, { op: node.getText().slice(-2) })
  }
  return refuse(scope, node)
}

/** Refusals that deserve their own words. */
function refuse(scope: FunctionScope, node: Node): null {
  if (Node.isArrowFunction(node) || Node.isFunctionExpression(node)) {
    return scope.report('TH1020', node)
  }
  if (Node.isObjectLiteralExpression(node)) return scope.report('TH1021', node, { what: 'an object' })
  if (Node.isArrayLiteralExpression(node)) return scope.report('TH1021', node, { what: 'an array' })
  if (Node.isNewExpression(node)) return scope.report('TH1021', node, { what: "'new'" })
  if (
    Node.isStringLiteral(node) ||
    Node.isTemplateExpression(node) ||
    Node.isNoSubstitutionTemplateLiteral(node)
  ) {
    return scope.report('TH1022', node)
  }
  if (Node.isAsExpression(node) || Node.isTypeAssertion(node) || Node.isNonNullExpression(node)) {
    return scope.report('TH1018', node, { what: 'a type assertion' })
  }
  if (Node.isAwaitExpression(node) || Node.isYieldExpression(node)) {
    return scope.report('TH1018', node, { what: 'await or yield' })
  }
  if (Node.isBigIntLiteral(node)) return scope.report('TH1018', node, { what: 'a bigint literal' })
  const what = `this expression (${node.getKindName()})`
  return scope.report('TH1018', node, { what })
}

function lowerLiteral(
  scope: FunctionScope,
  node: Node,
  text: string,
  expected: Type | undefined,
): Expr | null {
  const span = spanOf(scope.file.path, node)
  const value = Number(text.replace(/_/g, ''))
  const wanted = expected !== undefined && isScalar(expected) && expected !== 'bool' ? expected : null
  const type: ScalarType = wanted ?? (Number.isInteger(value) ? 'i32' : 'f32')
  if (type === 'f32') return constant('f32', Math.fround(value), span)
  const { min, max } = rangeOf(type)
  const range = `${min} to ${max}`
  // Digits beyond 2^53 would already have been rounded by TypeScript.
  if (!Number.isSafeInteger(value) || BigInt(value) > max || BigInt(value) < min) {
    return scope.report('TH1029', node, { value: text, type, range })
  }
  return constant(type, value, span)
}

function lowerName(scope: FunctionScope, node: Node): Expr | null {
  const name = node.getText()
  const span = spanOf(scope.file.path, node)
  const variable = scope.variable(name)
  if (variable !== undefined) {
    return { kind: 'local', type: variable.type, name: variable.name, span }
  }
  const declaration = scope.file.names.get(name)
  if (declaration?.kind === 'constant') return { ...declaration.value, span }
  if (declaration !== undefined) {
    const hint =
      declaration.kind === 'struct' ? 'it is a params interface' : `call it: ${name}(...)`
    return scope.report('TH1046', node, { name, hint })
  }
  return scope.report('TH1025', node, { name })
}

function lowerBinaryNode(
  scope: FunctionScope,
  node: BinaryExpression,
  expected: Type | undefined,
): Expr | null {
  const operator = node.getOperatorToken().getText()
  const kind = node.getOperatorToken().getKind()
  if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) {
    return scope.report('TH1038', node, { op: operator })
  }
  return lowerBinary(scope, node, operator, node.getLeft(), node.getRight(), expected)
}

function lowerUnary(
  scope: FunctionScope,
  node: PrefixUnaryExpression,
  expected: Type | undefined,
): Expr | null {
  const operand = node.getOperand()
  const span = spanOf(scope.file.path, node)
  switch (node.getOperatorToken()) {
    case SyntaxKind.MinusToken: {
      if (Node.isNumericLiteral(operand)) {
        return lowerLiteral(scope, node, `-${operand.getText()}`, expected)
      }
      const value = lowerPromoted(scope, operand, expected)
      if (value === null) return null
      if (value.type === 'bool') return wrongOperand(scope, node, '-', 'bool')
      return { kind: 'unary', op: 'neg', type: value.type, value, span }
    }
    case SyntaxKind.PlusToken:
      return scope.report('TH1015', node, { op: '+x', on: '', hint: 'leave it out' })
    case SyntaxKind.ExclamationToken: {
      const value = lowerCondition(scope, operand)
      return value === null ? null : { kind: 'unary', op: 'not', type: 'bool', value, span }
    }
    case SyntaxKind.TildeToken: {
      const value = lowerPromoted(scope, operand, expected)
      if (value === null) return null
      if (!isInteger(value.type)) return wrongOperand(scope, node, '~', value.type)
      return { kind: 'unary', op: 'bitNot', type: value.type, value, span }
    }
    default:
      return scope.report('TH1038', node, { op: node.getText().slice(0, 2) })
  }
}

export function wrongOperand(
  scope: FunctionScope,
  node: Node,
  op: string,
  type: ScalarType,
): null {
  const hint = type === 'f32' ? 'convert to an integer with truncI32(x) first' : 'use ! && || on bool'
  return scope.report('TH1015', node, { op, on: ` on ${type}`, hint })
}

function lowerSelect(
  scope: FunctionScope,
  node: ConditionalExpression,
  expected: Type | undefined,
): Expr | null {
  const condition = lowerCondition(scope, node.getCondition())
  const pair = lowerPair(scope, node, ':', node.getWhenTrue(), node.getWhenFalse(), expected)
  if (condition === null || pair === null) return null
  const span = spanOf(scope.file.path, node)
  const [then, other] = pair
  return { kind: 'select', type: then.type, condition, then, else: other, span }
}

/** A bool expression. */
export function lowerCondition(scope: FunctionScope, node: Node): Expr | null {
  const value = lowerExpr(scope, node)
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
  const value = lowerExpr(scope, node, widened(expected))
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
  if (left.type !== right.type) {
    return scope.report('TH1014', node, { op, left: left.type, right: right.type })
  }
  return [left, right]
}

function lowerLoad(scope: FunctionScope, node: Node): Expr | null {
  const place = lowerPlace(scope, node)
  if (place === null) return null
  const span = spanOf(scope.file.path, node)
  return { kind: 'load', type: place.element, ptr: place.ptr, index: place.index, span }
}

/** `p[i]`: the pointer, the index and the element type. */
export function lowerPlace(
  scope: FunctionScope,
  node: Node,
): { ptr: Expr; index: Expr; element: ScalarType; readonly: boolean } | null {
  if (!Node.isElementAccessExpression(node)) return null
  const ptr = lowerExpr(scope, node.getExpression())
  const argument = node.getArgumentExpression()
  if (ptr === null || argument === undefined) return null
  if (!isPtr(ptr.type)) {
    const found = typeName(ptr.type)
    return scope.report('TH1040', node.getExpression(), { found, wanted: 'a pointer' })
  }
  const index = lowerIndex(scope, argument)
  if (index === null) return null
  return { ptr, index, element: ptr.type.to, readonly: ptr.type.readonly }
}

/** An i32 index or element count. */
export function lowerIndex(scope: FunctionScope, node: Node): Expr | null {
  const index = lowerPromoted(scope, node, 'i32')
  return index === null ? null : requireType(scope, node, index, 'i32')
}

function lowerField(scope: FunctionScope, node: Node): Expr | null {
  if (!Node.isPropertyAccessExpression(node)) return null
  const objectNode = node.getExpression()
  if (node.hasQuestionDotToken()) return scope.report('TH1018', node, { what: "'?.'" })
  const object = lowerExpr(scope, objectNode)
  if (object === null) return null
  const type = object.type
  if (object.kind !== 'local' || typeof type === 'string' || type.kind !== 'struct') {
    return scope.report('TH1018', node, { what: `'.${node.getName()}' of ${typeName(type)}` })
  }
  const struct = scope.file.names.get(type.name)
  const field =
    struct?.kind === 'struct'
      ? struct.struct.fields.find((f) => f.name === node.getName())
      : undefined
  if (field === undefined) {
    return scope.report('TH1025', node.getNameNode(), { name: `${type.name}.${node.getName()}` })
  }
  const span = spanOf(scope.file.path, node)
  return {
    kind: 'field',
    type: field.type,
    struct: type.name,
    object: object.name,
    field: field.name,
    span,
  }
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
    const To = type.charAt(0).toUpperCase() + type.slice(1)
    return scope.report('TH1013', node, { from, to: type, To })
  }
  if (isPtr(from) && isPtr(type) && from.to === type.to && type.readonly) return value
  return scope.report('TH1040', node, { found: typeName(from), wanted: typeName(type) })
}
