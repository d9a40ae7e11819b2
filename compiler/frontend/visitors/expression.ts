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
import { lowerCondition, lowerIndex, lowerPair, lowerPromoted, wrongOperand } from './operand.ts'
import { lowerBinary } from './operator.ts'
import { lowerPlace } from './place.ts'

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

function lowerLoad(scope: FunctionScope, node: Node): Expr | null {
  const place = lowerPlace(scope, node)
  if (place === null) return null
  const span = spanOf(scope.file.path, node)
  return { kind: 'load', type: place.element, ptr: place.ptr, index: place.index, span }
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
