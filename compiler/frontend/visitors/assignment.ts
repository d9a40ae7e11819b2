// Assignments and steps → KIR assign and store statements.

import { Node, SyntaxKind, type BinaryExpression, type UnaryExpression } from 'ts-morph'
import { binary, constant, walkExpr } from '../../kir/build.ts'
import type { Expr, Stmt } from '../../kir/node.ts'
import { isInteger, isNarrow, isPtr, isScalar, typeName } from '../../kir/types.ts'
import { spanOf } from '../environment.ts'
import type { FunctionScope, Variable } from '../scope.ts'
import { lowerPlace } from './place.ts'
import { requireType } from './operand.ts'
import { lowerBinary } from './operator.ts'

/** `x = e`, `x += e`, `p[i] = e`, `p[i] += e`, ... */
export function lowerAssignment(scope: FunctionScope, node: BinaryExpression): Stmt | null {
  const target = node.getLeft()
  const operator = node.getOperatorToken().getText().slice(0, -1)
  if (logical.has(operator)) {
    return scope.report('TH1015', node, { op: `${operator}=`, on: '', hint: 'write an if' })
  }
  if (Node.isElementAccessExpression(target)) {
    const place = lowerPlace(scope, target)
    if (place === null) return null
    if (place.readonly) return scope.report('TH1028', node)
    if (operator !== '' && (callsFunction(place.ptr) || callsFunction(place.index))) {
      return scope.report('TH1038', target, { op: `${operator}=` })
    }
    const value = assignedValue(scope, node, operator, place.element)
    if (value === null) return null
    const span = spanOf(scope.file.path, node)
    return { kind: 'store', ptr: place.ptr, index: place.index, value, span }
  }
  const variable = assignable(scope, target)
  if (variable === null) return null
  const value = assignedValue(scope, node, operator, variable.type)
  if (value === null) return null
  // Arrays at the top of a function live as long as any of its variables.
  const home = scope.homeOf(value)
  const returnsPtr = isPtr(scope.signature.result)
  if (home > variable.home && (home > 1 || returnsPtr))
    return scope.report('TH1050', node.getRight())
  return { kind: 'assign', name: variable.name, value, span: spanOf(scope.file.path, node) }
}

const logical: ReadonlySet<string> = new Set(['&&', '||', '??'])

/** The place of `p[i] += e` is computed twice, which calls would notice. */
function callsFunction(e: Expr): boolean {
  let found = false
  walkExpr(e, inner => {
    if (inner.kind === 'call') found = true
  })
  return found
}

function assignable(scope: FunctionScope, target: Node): Variable | null {
  if (!Node.isIdentifier(target)) {
    return scope.report('TH1027', target, { name: target.getText() })
  }
  const variable = scope.variable(target, target.getText())
  if (variable === null) return null
  if (variable === undefined && scope.file.names.has(target.getText())) {
    return scope.report('TH1027', target, { name: target.getText() })
  }
  if (variable === undefined) return scope.report('TH1025', target, { name: target.getText() })
  if (!variable.mutable) return scope.report('TH1027', target, { name: target.getText() })
  return variable
}

function assignedValue(
  scope: FunctionScope,
  node: BinaryExpression,
  operator: string,
  type: Variable['type'],
): Expr | null {
  const right = node.getRight()
  const value =
    operator === ''
      ? scope.lowerExpr(scope, right, type)
      : lowerBinary(scope, node, operator, node.getLeft(), right, type)
  return value === null ? null : requireType(scope, right, value, type)
}

/** `i++`, `++i`, `i--`, `--i` as statements; undefined when the node is another operator. */
export function lowerStep(scope: FunctionScope, node: UnaryExpression): Stmt | null | undefined {
  if (!Node.isPostfixUnaryExpression(node) && !Node.isPrefixUnaryExpression(node)) return undefined
  const operator = node.getOperatorToken()
  const up = operator === SyntaxKind.PlusPlusToken
  if (!up && operator !== SyntaxKind.MinusMinusToken) return undefined
  if (Node.isElementAccessExpression(node.getOperand())) {
    const op = up ? '++' : '--'
    const hint = `write p[i] ${up ? '+=' : '-='} 1`
    return scope.report('TH1015', node, { op, on: ' on memory', hint })
  }
  const variable = assignable(scope, node.getOperand())
  if (variable === null) return null
  const { type, name } = variable
  const span = spanOf(scope.file.path, node)
  if (!isScalar(type) || !isInteger(type)) {
    return scope.report('TH1040', node, { found: typeName(type), wanted: 'an integer' })
  }
  const local: Expr = { kind: 'local', type, name, span }
  const wide = isNarrow(type) ? 'i32' : type
  const operand: Expr = { kind: 'convert', mode: 'keep', type: wide, value: local, span }
  const left = wide === type ? local : operand
  const value = binary(up ? 'add' : 'sub', left, constant(wide, 1, span), wide, span)
  const typed = requireType(scope, node, value, type)
  return typed === null ? null : { kind: 'assign', name, value: typed, span }
}
