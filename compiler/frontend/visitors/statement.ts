// Statements and function bodies of the subset → KIR.

import {
  Node,
  SyntaxKind,
  type Expression,
  type ForOfStatement,
  type ForStatement,
  type ReturnStatement,
  type VariableDeclaration,
  type VariableDeclarationList,
} from 'ts-morph'
import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { Expr, Stmt } from '../../kir/node.ts'
import { isScalar, typeName } from '../../kir/types.ts'
import type { PendingFunction } from '../declarations.ts'
import { FunctionScope, spanOf, type KernelFile } from '../environment.ts'
import { readType } from '../types.ts'
import { lowerAssignment, lowerStep } from './assignment.ts'
import { lowerCallStatement } from './call.ts'
import { lowerExpr } from './expression.ts'
import { lowerCondition, lowerIndex, requireType } from './operand.ts'

/** Lowers a body; null when it held mistakes (all of them reported). */
export function lowerFunction(
  file: KernelFile,
  f: PendingFunction,
  bag: DiagnosticBag,
): readonly Stmt[] | null {
  const before = bag.errors.length
  const scope = new FunctionScope(file, f.signature, bag, lowerExpr)
  for (const [i, param] of f.signature.params.entries()) {
    const node = f.node.getParameters()[i]
    if (node !== undefined) scope.declare(node, param.name, param.type, false)
  }
  const block = f.node.getBody()
  if (block === undefined) {
    scope.report('TH1041', f.node, { what: 'a function without a body' })
    return null
  }
  const body = Node.isBlock(block) ? lowerBlock(scope, block) : lowerArrowValue(scope, block)
  if (f.signature.result !== 'void' && bag.errors.length === before && !alwaysReturns(body)) {
    const values = { name: f.signature.source, type: typeName(f.signature.result) }
    scope.report('TH1037', f.node, values)
  }
  return bag.errors.length === before ? body : null
}

function lowerArrowValue(scope: FunctionScope, node: Node): readonly Stmt[] {
  const value = returned(scope, node)
  return value === null ? [] : [{ kind: 'return', value, span: spanOf(scope.file.path, node) }]
}

function lowerBlock(scope: FunctionScope, node: Node): readonly Stmt[] {
  return scope.within(() => {
    const statements = Node.isBlock(node) ? node.getStatements() : [node]
    return statements.flatMap((s) => lowerStatement(scope, s))
  })
}

function lowerStatement(scope: FunctionScope, node: Node): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  if (Node.isVariableStatement(node)) {
    return lowerDeclarations(scope, node.getDeclarationList())
  }
  if (Node.isExpressionStatement(node)) return one(lowerEffect(scope, node.getExpression()))
  if (Node.isBlock(node)) return [{ kind: 'block', body: lowerBlock(scope, node), span }]
  if (Node.isIfStatement(node)) {
    const condition = lowerCondition(scope, node.getExpression())
    const then = lowerBlock(scope, node.getThenStatement())
    const otherwise = node.getElseStatement()
    const other = otherwise === undefined ? [] : lowerBlock(scope, otherwise)
    return condition === null ? [] : [{ kind: 'if', condition, then, else: other, span }]
  }
  if (Node.isForStatement(node)) return scope.within(() => lowerFor(scope, node))
  if (Node.isForOfStatement(node)) return scope.within(() => lowerUnroll(scope, node))
  if (Node.isWhileStatement(node)) {
    const condition = lowerCondition(scope, node.getExpression())
    const body = lowerLoopBody(scope, node.getStatement())
    return condition === null ? [] : [{ kind: 'while', condition, body, span }]
  }
  if (Node.isReturnStatement(node)) return lowerReturn(scope, node)
  if (Node.isBreakStatement(node) || Node.isContinueStatement(node)) {
    if (node.getLabel() !== undefined) return none(scope, node, 'a label')
    return [{ kind: Node.isBreakStatement(node) ? 'break' : 'continue', span }]
  }
  if (Node.isEmptyStatement(node)) return []
  return refuse(scope, node)
}

const one = (s: Stmt | null): readonly Stmt[] => (s === null ? [] : [s])

function none(scope: FunctionScope, node: Node, what: string): readonly Stmt[] {
  scope.report('TH1017', node, { what })
  return []
}

function refuse(scope: FunctionScope, node: Node): readonly Stmt[] {
  if (Node.isThrowStatement(node) || Node.isTryStatement(node)) {
    scope.report('TH1024', node)
    return []
  }
  if (Node.isFunctionDeclaration(node) || Node.isClassDeclaration(node)) {
    scope.report('TH1020', node)
    return []
  }
  const what = Node.isSwitchStatement(node)
    ? "'switch'"
    : Node.isDoStatement(node)
      ? "'do ... while'"
      : Node.isForInStatement(node)
        ? "'for ... in'"
        : `this statement (${node.getKindName()})`
  return none(scope, node, what)
}

/** An expression used for its effect: assignment, step, call. */
function lowerEffect(scope: FunctionScope, node: Expression): Stmt | null {
  if (Node.isParenthesizedExpression(node)) return lowerEffect(scope, node.getExpression())
  if (Node.isBinaryExpression(node)) {
    const kind = node.getOperatorToken().getKind()
    if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) {
      return lowerAssignment(scope, node)
    }
  }
  if (Node.isPostfixUnaryExpression(node) || Node.isPrefixUnaryExpression(node)) {
    const step = lowerStep(scope, node)
    if (step !== undefined) return step
  }
  if (Node.isCallExpression(node)) return lowerCallStatement(scope, node)
  // Lowered for the mistakes inside it.
  const value = scope.lowerExpr(scope, node)
  if (value !== null) scope.report('TH1017', node, { what: 'a value that is not used' })
  return null
}

function lowerDeclarations(scope: FunctionScope, list: VariableDeclarationList): readonly Stmt[] {
  const keyword = list.getDeclarationKind()
  if (keyword === 'var') scope.report('TH1043', list)
  return list.getDeclarations().flatMap((d) => one(lowerDeclaration(scope, d, keyword !== 'const')))
}

function lowerDeclaration(
  scope: FunctionScope,
  node: VariableDeclaration,
  mutable: boolean,
): Stmt | null {
  const span = spanOf(scope.file.path, node)
  const nameNode = node.getNameNode()
  const value = node.getInitializer()
  const annotation = node.getTypeNode()
  if (!Node.isIdentifier(nameNode)) {
    return scope.report('TH1018', nameNode, { what: 'destructuring' })
  }
  const name = nameNode.getText()
  if (value === undefined || (mutable && annotation === undefined)) {
    return value === undefined
      ? scope.report('TH1017', node, { what: `'${name}' without a first value` })
      : scope.report('TH1010', node, { name })
  }
  if (Node.isCallExpression(value) && isBuiltin(scope, value.getExpression(), 'localArray')) {
    return lowerLocalArray(scope, node, value, name)
  }
  const type = annotation === undefined ? null : readType(scope.file, annotation, scope.bag)
  if (annotation !== undefined && type === null) return null
  const wanted = type?.type
  if (wanted === 'void') return scope.report('TH1011', node, { type: 'void' })
  const lowered = scope.lowerExpr(scope, value, wanted)
  if (lowered === null) {
    // Declared all the same, so that its uses are not reported as unknown.
    scope.declare(node, name, wanted ?? 'i32', mutable)
    return null
  }
  if (lowered.type === 'void') return scope.report('TH1044', value, { name: value.getText() })
  const typed = wanted === undefined ? lowered : requireType(scope, value, lowered, wanted)
  const variable = scope.declare(node, name, wanted ?? lowered.type, mutable)
  if (typed === null) return null
  return { kind: 'let', name: variable.name, type: variable.type, mutable, value: typed, span }
}

export function isBuiltin(scope: FunctionScope, node: Node, name: string): boolean {
  const declaration = scope.file.names.get(node.getText())
  return declaration?.kind === 'builtin' && declaration.name === name
}

function lowerLocalArray(
  scope: FunctionScope,
  node: VariableDeclaration,
  call: Expression,
  name: string,
): Stmt | null {
  if (!Node.isCallExpression(call)) return null
  const [typeArgument] = call.getTypeArguments()
  const [lengthNode] = call.getArguments()
  if (typeArgument === undefined || lengthNode === undefined) {
    return scope.report('TH1010', call, { name: 'localArray<T>(length)' })
  }
  const element = readType(scope.file, typeArgument, scope.bag)
  const length = lowerIndex(scope, lengthNode)
  if (element === null || length === null) return null
  if (!isScalar(element.type)) {
    return scope.report('TH1011', typeArgument, { type: typeArgument.getText() })
  }
  const type = { kind: 'ptr', to: element.type, readonly: false } as const
  const variable = scope.declare(node, name, type, false)
  const span = spanOf(scope.file.path, node)
  return { kind: 'array', name: variable.name, element: element.type, length, span }
}

function lowerFor(scope: FunctionScope, node: ForStatement): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  const initializer = node.getInitializer()
  const conditionNode = node.getCondition()
  const updateNode = node.getIncrementor()
  if (
    !Node.isVariableDeclarationList(initializer) ||
    initializer.getDeclarations().length !== 1 ||
    conditionNode === undefined ||
    updateNode === undefined
  ) {
    return none(scope, node, "a 'for' other than 'for (let i: i32 = a; i < b; i++)'")
  }
  const [init] = lowerDeclarations(scope, initializer)
  const condition = lowerCondition(scope, conditionNode)
  const update = lowerEffect(scope, updateNode)
  const body = lowerLoopBody(scope, node.getStatement())
  if (init?.kind !== 'let' || condition === null || update === null) return []
  return [{ kind: 'for', init, condition, update, body, span }]
}

function lowerLoopBody(scope: FunctionScope, node: Node): readonly Stmt[] {
  scope.loopDepth++
  const body = lowerBlock(scope, node)
  scope.loopDepth--
  return body
}

function lowerUnroll(scope: FunctionScope, node: ForOfStatement): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  const initializer = node.getInitializer()
  const range = node.getExpression()
  const isUnroll = Node.isCallExpression(range) && isBuiltin(scope, range.getExpression(), 'unroll')
  if (!Node.isVariableDeclarationList(initializer) || !isUnroll) {
    return none(scope, node, "'for ... of' anything but unroll(from, to)")
  }
  const [from, to] = range.getArguments()
  const declaration = initializer.getDeclarations()[0]
  if (from === undefined || to === undefined || declaration === undefined) {
    scope.report('TH1026', range, { name: 'unroll', expected: 2, given: range.getArguments().length })
    return []
  }
  const low = lowerIndex(scope, from)
  const high = lowerIndex(scope, to)
  const variable = scope.declare(declaration, declaration.getName(), 'i32', false)
  const body = lowerBlock(scope, node.getStatement())
  if (low === null || high === null) return []
  return [{ kind: 'unroll', name: variable.name, from: low, to: high, body, span }]
}

function lowerReturn(scope: FunctionScope, node: ReturnStatement): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  const valueNode = node.getExpression()
  const { result, source } = scope.signature
  if (valueNode === undefined) {
    if (result === 'void') return [{ kind: 'return', value: null, span }]
    scope.report('TH1037', node, { name: source, type: typeName(result) })
    return []
  }
  const value = returned(scope, valueNode)
  return value === null ? [] : [{ kind: 'return', value, span }]
}

function returned(scope: FunctionScope, node: Node): Expr | null {
  const { result } = scope.signature
  if (result === 'void') {
    return scope.report('TH1040', node, { found: 'a value', wanted: 'void' })
  }
  const value = scope.lowerExpr(scope, node, result)
  return value === null ? null : requireType(scope, node, value, result)
}

/** Whether control cannot reach the end of the body. */
function alwaysReturns(body: readonly Stmt[]): boolean {
  const last = body[body.length - 1]
  if (last === undefined) return false
  if (last.kind === 'return') return true
  if (last.kind === 'block') return alwaysReturns(last.body)
  if (last.kind === 'if') return alwaysReturns(last.then) && alwaysReturns(last.else)
  return last.kind === 'while' && last.condition.kind === 'const' && last.condition.value !== 0
}

