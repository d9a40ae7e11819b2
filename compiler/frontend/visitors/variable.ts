// Variable declarations of the subset → KIR lets and arrays.

import {
  Node,
  SyntaxKind,
  VariableDeclarationKind,
  type Expression,
  type TypeNode,
  type VariableDeclaration,
  type VariableDeclarationList,
} from 'ts-morph'
import type { Stmt, Type } from '../../kir/node.ts'
import { isPtr, isScalar } from '../../kir/types.ts'
import { spanOf } from '../environment.ts'
import type { FunctionScope } from '../scope.ts'
import { readType } from '../types.ts'
import { lowerIndex, requireType } from './operand.ts'

export function lowerDeclarations(
  scope: FunctionScope,
  list: VariableDeclarationList,
): readonly Stmt[] {
  const keyword = list.getDeclarationKind()
  if (!isBlockScoped(keyword)) scope.report('TH1043', list, { keyword })
  return list.getDeclarations().flatMap(d => {
    const statement = lowerDeclaration(scope, d, keyword !== VariableDeclarationKind.Const)
    return statement === null ? [] : [statement]
  })
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
    declareBroken(scope, nameNode)
    return scope.report('TH1018', nameNode, { what: 'destructuring' })
  }
  const name = nameNode.getText()
  if (value === undefined || (mutable && annotation === undefined)) {
    scope.declareBroken(name)
    return value === undefined
      ? scope.report('TH1017', node, { what: `'${name}' without a first value` })
      : scope.report('TH1010', node, { name })
  }
  if (Node.isCallExpression(value) && isBuiltin(scope, value.getExpression(), 'localArray')) {
    const array = lowerLocalArray(scope, node, value, name)
    if (array === null) scope.declareBroken(name)
    return array
  }
  const wanted = annotation === undefined ? undefined : readValueType(scope, annotation)
  const lowered = scope.lowerExpr(scope, value, wanted ?? undefined)
  if (lowered === null || wanted === null || lowered.type === 'void') {
    // Declared all the same, so that its uses are not reported as unknown.
    if (wanted === undefined || wanted === null) scope.declareBroken(name)
    else scope.declare(node, name, wanted, { mutable })
    return null
  }
  const typed = wanted === undefined ? lowered : requireType(scope, value, lowered, wanted)
  const home = scope.homeOf(lowered)
  const variable = scope.declare(node, name, wanted ?? lowered.type, { mutable, home })
  if (typed === null) return null
  if (!isScalar(variable.type) && !isPtr(variable.type))
    return scope.report('TH1018', node, { what: 'a variable for a params interface' })
  return { kind: 'let', name: variable.name, type: variable.type, mutable, value: typed, span }
}

/** `let` and `const`, not `var` and `using`. */
export function isBlockScoped(keyword: VariableDeclarationKind): boolean {
  return keyword === VariableDeclarationKind.Let || keyword === VariableDeclarationKind.Const
}

/** Declares the names of a refused declaration, so that their uses are not reported as well. */
export function declareBroken(scope: FunctionScope, name: Node): void {
  if (Node.isIdentifier(name)) scope.declareBroken(name.getText())
  for (const bound of name.getDescendantsOfKind(SyntaxKind.BindingElement)) {
    scope.declareBroken(bound.getName())
  }
}

/** Type of a variable; null after a diagnostic. */
function readValueType(scope: FunctionScope, annotation: TypeNode): Type | null {
  const type = readType(scope.file, annotation, scope.bag)
  if (type === null) return null
  if (type.isStatic) return scope.report('TH1053', annotation)
  return type.type === 'void'
    ? scope.report('TH1040', annotation, { found: 'void', wanted: 'a value' })
    : type.type
}

/** Whether the name stands for the built-in `name` here. */
export function isBuiltin(scope: FunctionScope, node: Node, name: string): boolean {
  if (scope.hides(node.getText())) return false
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
  const [typeArgument, ...moreTypes] = call.getTypeArguments()
  const [lengthNode, ...more] = call.getArguments()
  if (typeArgument === undefined || lengthNode === undefined) {
    return scope.report('TH1010', call, { name: 'localArray<T>(length)' })
  }
  if (more.length + moreTypes.length > 0 || call.getQuestionDotTokenNode() !== undefined) {
    return scope.report('TH1026', call, { name: 'localArray', expected: 1, given: 1 + more.length })
  }
  const element = readType(scope.file, typeArgument, scope.bag)
  const length = lowerIndex(scope, lengthNode)
  if (element === null || length === null) return null
  if (!isScalar(element.type) || element.isStatic) {
    return scope.report('TH1040', typeArgument, {
      found: typeArgument.getText(),
      wanted: 'a scalar element type',
    })
  }
  const type = { kind: 'ptr', to: element.type, readonly: false } as const
  const annotation = node.getTypeNode()
  const wanted = annotation === undefined ? type : readValueType(scope, annotation)
  const variable = scope.declare(node, name, type, { mutable: false, home: scope.depth })
  const span = spanOf(scope.file.path, node)
  if (wanted === null) return null
  if (requireType(scope, node, { kind: 'local', type, name, span }, wanted) === null) return null
  return { kind: 'array', name: variable.name, element: element.type, length, span }
}
