// Statements and function bodies of the subset → KIR.

import {
  Node,
  SyntaxKind,
  type Expression,
  type ForOfStatement,
  type ForStatement,
  type ReturnStatement,
} from 'ts-morph'
import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { Expr, Stmt } from '../../kir/node.ts'
import { typeName } from '../../kir/types.ts'
import type { PendingFunction } from '../declarations.ts'
import { spanOf, type KernelFile } from '../environment.ts'
import { FunctionScope } from '../scope.ts'
import { lowerAssignment, lowerStep } from './assignment.ts'
import { lowerCallStatement } from './call.ts'
import { lowerExpr } from './expression.ts'
import { alwaysReturns } from './flow.ts'
import { lowerCondition, lowerIndex, requireType } from './operand.ts'
import { declareBroken, isBlockScoped, isBuiltin, lowerDeclarations } from './variable.ts'

/** Lowers a body; null when it held mistakes (all of them reported). */
export function lowerFunction(
  file: KernelFile,
  f: PendingFunction,
  bag: DiagnosticBag,
): readonly Stmt[] | null {
  const before = bag.errors.length
  const block = f.node.getBody()
  const later = block === undefined ? [] : declaredIn(statementsOf(block))
  const scope = new FunctionScope(file, f.signature, bag, lowerExpr, { later, broken: f.broken })
  for (const [i, node] of f.node.getParameters().entries()) {
    const param = f.signature.params[i]
    if (param === undefined) declareBroken(scope, node.getNameNode())
    else scope.declare(node, param.name, param.type, { mutable: false })
  }
  if (f.broken) scope.skip()
  if (block === undefined) {
    if (!f.broken) scope.report('TH1041', f.node, { what: 'a function without a body' })
    return null
  }
  const body = Node.isBlock(block)
    ? block.getStatements().flatMap(s => lowerStatement(scope, s))
    : lowerArrowValue(scope, block)
  if (bag.errors.length > before || !scope.sound) return null
  if (f.signature.result !== 'void' && !alwaysReturns(body)) {
    const values = { name: f.signature.source, type: typeName(f.signature.result) }
    return scope.report('TH1037', f.node, values)
  }
  return body
}

function lowerArrowValue(scope: FunctionScope, node: Node): readonly Stmt[] {
  if (scope.broken) return []
  const value = returned(scope, node)
  return value === null ? [] : [{ kind: 'return', value, span: spanOf(scope.file.path, node) }]
}

function lowerBlock(scope: FunctionScope, node: Node): readonly Stmt[] {
  const statements = statementsOf(node)
  return scope.within(declaredIn(statements), () =>
    statements.flatMap(s => lowerStatement(scope, s)),
  )
}

function statementsOf(node: Node): readonly Node[] {
  return Node.isBlock(node) ? node.getStatements() : [node]
}

/** Names that statements of one block declare for the whole block. */
function declaredIn(statements: readonly Node[]): readonly string[] {
  return statements.flatMap(s =>
    Node.isVariableStatement(s) ? s.getDeclarations().map(d => d.getName()) : [],
  )
}

function lowerStatement(scope: FunctionScope, node: Node): readonly Stmt[] {
  return scope.nested(node, [], () => lowerAny(scope, node))
}

function lowerAny(scope: FunctionScope, node: Node): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  if (Node.isVariableStatement(node)) {
    if (node.getModifiers().length > 0) return none(scope, node, 'a modifier of a local variable')
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
  if (Node.isForStatement(node)) {
    return scope.within(loopVariables(node.getInitializer()), () => lowerFor(scope, node))
  }
  if (Node.isForOfStatement(node)) {
    return scope.within(loopVariables(node.getInitializer()), () => lowerUnroll(scope, node))
  }
  if (Node.isWhileStatement(node)) {
    const condition = lowerCondition(scope, node.getExpression())
    const body = scope.withinLoop(true, () => lowerBlock(scope, node.getStatement()))
    return condition === null ? [] : [{ kind: 'while', condition, body, span }]
  }
  if (Node.isReturnStatement(node)) return lowerReturn(scope, node)
  if (Node.isBreakStatement(node) || Node.isContinueStatement(node)) {
    if (node.getLabel() !== undefined) return none(scope, node, 'a label')
    if (!scope.inLoop) {
      scope.report('TH1042', node, { what: Node.isBreakStatement(node) ? 'break' : 'continue' })
      return []
    }
    return [{ kind: Node.isBreakStatement(node) ? 'break' : 'continue', span }]
  }
  if (Node.isEmptyStatement(node)) return []
  return refuse(scope, node)
}

function loopVariables(initializer: Node | undefined): readonly string[] {
  if (!Node.isVariableDeclarationList(initializer)) return []
  return initializer.getDeclarations().map(d => d.getName())
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
        : Node.isLabeledStatement(node)
          ? 'a label'
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
  const body = scope.withinLoop(true, () => lowerBlock(scope, node.getStatement()))
  if (init?.kind !== 'let' || condition === null || update === null) return []
  if (update.kind !== 'assign' || update.name !== init.name) {
    return none(scope, updateNode, `a 'for' that does not step its own variable`)
  }
  return [{ kind: 'for', init, condition, update, body, span }]
}

function lowerUnroll(scope: FunctionScope, node: ForOfStatement): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  const initializer = node.getInitializer()
  const range = node.getExpression()
  const isUnroll = Node.isCallExpression(range) && isBuiltin(scope, range.getExpression(), 'unroll')
  if (!Node.isVariableDeclarationList(initializer) || !isUnroll || node.isAwaited()) {
    return none(scope, node, "'for ... of' anything but unroll(from, to)")
  }
  const keyword = initializer.getDeclarationKind()
  if (!isBlockScoped(keyword)) scope.report('TH1043', initializer, { keyword })
  const [from, to, ...more] = range.getArguments()
  const declaration = initializer.getDeclarations()[0]
  if (from === undefined || to === undefined || declaration === undefined || more.length > 0) {
    scope.report('TH1026', range, {
      name: 'unroll',
      expected: 2,
      given: range.getArguments().length,
    })
    return []
  }
  const low = lowerIndex(scope, from)
  const high = lowerIndex(scope, to)
  const name = declaration.getName()
  const variable = scope.declare(declaration, name, 'i32', { mutable: false })
  const body = scope.withinLoop(false, () => lowerBlock(scope, node.getStatement()))
  if (low === null || high === null) return []
  return [{ kind: 'unroll', name: variable.name, from: low, to: high, body, span }]
}

function lowerReturn(scope: FunctionScope, node: ReturnStatement): readonly Stmt[] {
  const span = spanOf(scope.file.path, node)
  const valueNode = node.getExpression()
  const { result, source } = scope.signature
  if (scope.broken) {
    if (valueNode !== undefined) scope.lowerExpr(scope, valueNode)
    return []
  }
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
  if (value === null) return null
  if (scope.homeOf(value) > 0) return scope.report('TH1050', node)
  return requireType(scope, node, value, result)
}
