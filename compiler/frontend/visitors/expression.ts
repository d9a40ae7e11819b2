// Expressions of the subset → KIR; every node gets its real type here.

import {
  Node,
  SyntaxKind,
  type BinaryExpression,
  type ConditionalExpression,
  type PrefixUnaryExpression,
} from 'ts-morph'
import { constant } from '../../kir/build.ts'
import type { Expr, Type } from '../../kir/node.ts'
import { isInteger, typeName } from '../../kir/types.ts'
import { spanOf } from '../environment.ts'
import type { FunctionScope } from '../scope.ts'
import { lowerCall } from './call.ts'
import { lowerCondition, lowerPromoted, lowerSides, wrongOperand } from './operand.ts'
import { lowerLiteral } from './literal.ts'
import { lowerBinary } from './operator.ts'
import { lowerPlace } from './place.ts'

/**
 * Lowers an expression. `expected` is the type its surroundings want; only literals use it.
 * Returns null after a diagnostic.
 */
export function lowerExpr(scope: FunctionScope, node: Node, expected?: Type): Expr | null {
  return scope.nested(node, null, () => lowerAny(scope, node, expected))
}

function lowerAny(scope: FunctionScope, node: Node, expected: Type | undefined): Expr | null {
  if (Node.isParenthesizedExpression(node)) return lowerExpr(scope, node.getExpression(), expected)
  if (Node.isNumericLiteral(node)) return lowerLiteral(scope, node, node.getText(), false, expected)
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

/** What constructs outside the subset are called in a diagnostic. */
const unfamiliar: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.AsExpression, 'a type assertion'],
  [SyntaxKind.TypeAssertionExpression, 'a type assertion'],
  [SyntaxKind.NonNullExpression, 'a type assertion'],
  [SyntaxKind.SatisfiesExpression, "'satisfies'"],
  [SyntaxKind.AwaitExpression, "'await'"],
  [SyntaxKind.YieldExpression, "'yield'"],
  [SyntaxKind.BigIntLiteral, 'a bigint literal'],
  [SyntaxKind.RegularExpressionLiteral, 'a regular expression'],
  [SyntaxKind.TypeOfExpression, "'typeof'"],
  [SyntaxKind.DeleteExpression, "'delete'"],
  [SyntaxKind.VoidExpression, "'void'"],
  [SyntaxKind.ThisKeyword, "'this'"],
  [SyntaxKind.SuperKeyword, "'super'"],
  [SyntaxKind.NullKeyword, "'null'"],
  [SyntaxKind.SpreadElement, "'...'"],
  [SyntaxKind.MetaProperty, 'a meta property'],
  [SyntaxKind.ClassExpression, 'a class'],
])

/** Refusals that deserve their own words. */
function refuse(scope: FunctionScope, node: Node): null {
  if (Node.isArrowFunction(node) || Node.isFunctionExpression(node)) {
    return scope.report('TH1020', node)
  }
  if (Node.isObjectLiteralExpression(node))
    return scope.report('TH1021', node, { what: 'an object' })
  if (Node.isArrayLiteralExpression(node)) return scope.report('TH1021', node, { what: 'an array' })
  if (Node.isNewExpression(node)) return scope.report('TH1021', node, { what: "'new'" })
  if (
    Node.isStringLiteral(node) ||
    Node.isTemplateExpression(node) ||
    Node.isTaggedTemplateExpression(node) ||
    Node.isNoSubstitutionTemplateLiteral(node)
  ) {
    return scope.report('TH1022', node)
  }
  const kind = node.getKind()
  const what = unfamiliar.get(kind) ?? `this expression (${node.getKindName()})`
  return scope.report('TH1018', node, { what })
}

function lowerName(scope: FunctionScope, node: Node): Expr | null {
  const name = node.getText()
  const span = spanOf(scope.file.path, node)
  const variable = scope.variable(node, name)
  if (variable === null) return null
  if (variable !== undefined) {
    return { kind: 'local', type: variable.type, name: variable.name, span }
  }
  const declaration = scope.file.names.get(name)
  if (declaration?.kind === 'broken') return scope.skip()
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
        return lowerLiteral(scope, node, operand.getText(), true, expected)
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
  const pair = lowerSides(scope, node, expected)
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
  const field = scope.file.structs.get(type.name)?.fields.find(f => f.name === node.getName())
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
