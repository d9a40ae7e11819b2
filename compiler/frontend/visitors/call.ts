// Calls of the subset → KIR: built-in operations, pointer methods, kernel functions, intrinsics.

import { Node, type CallExpression, type PropertyAccessExpression } from 'ts-morph'
import type { ArithmeticOp, ConvertMode, Expr, PtrType, ScalarType, Stmt } from '../../kir/node.ts'
import { isInteger, isPtr, isScalar, rangeOf, typeName } from '../../kir/types.ts'
import { spanOf, type Signature } from '../environment.ts'
import type { FunctionScope } from '../scope.ts'
import { isScalarName, readType } from '../types.ts'
import { lowerIndex, lowerPromoted, requireType } from './operand.ts'

const wrappingOps: Readonly<Record<string, ArithmeticOp>> = {
  wrapAdd: 'wrapAdd',
  wrapSub: 'wrapSub',
  wrapMul: 'wrapMul',
  wrapShl: 'wrapShl',
  idiv: 'div',
  irem: 'rem',
}

const statementMethods: ReadonlySet<string> = new Set(['storeWord', 'storeWordUnaligned'])

/** A call used as a value. */
export function lowerCall(scope: FunctionScope, node: CallExpression): Expr | null {
  const call = lowerAnyCall(scope, node)
  if (call === null) return null
  if (call.kind === 'call' && call.type === 'void') {
    return scope.report('TH1044', node, { name: node.getExpression().getText() })
  }
  return call
}

/** A call in any position; a `void` call is legal only as a statement. */
export function lowerAnyCall(scope: FunctionScope, node: CallExpression): Expr | null {
  const callee = node.getExpression()
  if (node.getQuestionDotTokenNode() !== undefined) {
    return scope.report('TH1018', node, { what: "'?.'" })
  }
  if (Node.isPropertyAccessExpression(callee)) return lowerMethod(scope, node, callee)
  if (!Node.isIdentifier(callee)) return scope.report('TH1018', node, { what: 'a computed call' })
  const name = callee.getText()
  const variable = scope.variable(callee, name)
  if (variable === null) return null
  if (variable !== undefined) return scope.report('TH1018', node, { what: 'calling a variable' })
  const declaration = scope.file.names.get(name)
  if (declaration?.kind === 'broken') return scope.skip()
  if (declaration !== undefined && node.getTypeArguments().length > 0) {
    return scope.report('TH1018', node, { what: `a type argument of ${name}()` })
  }
  if (declaration?.kind === 'function') return lowerFunctionCall(scope, node, declaration.signature)
  if (declaration?.kind === 'builtin') return lowerBuiltin(scope, node, declaration.name)
  if (declaration !== undefined) {
    return scope.report('TH1018', node, { what: `calling '${name}'` })
  }
  return scope.report('TH1025', callee, { name })
}

function lowerFunctionCall(
  scope: FunctionScope,
  node: CallExpression,
  signature: Signature,
): Expr | null {
  const given = node.getArguments()
  const { params, source, name, result } = signature
  if (given.length !== params.length) {
    const values = { name: source, expected: params.length, given: given.length }
    return scope.report('TH1026', node, values)
  }
  const args: Expr[] = []
  params.forEach((param, i) => {
    const argument = given[i]
    if (argument === undefined) return
    const value = scope.lowerExpr(scope, argument, param.type)
    const typed = value === null ? null : requireType(scope, argument, value, param.type)
    if (typed !== null) args.push(typed)
  })
  if (args.length !== params.length) return null
  return { kind: 'call', type: result, callee: name, args, span: spanOf(scope.file.path, node) }
}

function takes(scope: FunctionScope, node: CallExpression, name: string, count: number): boolean {
  const given = node.getArguments().length
  if (given === count) return true
  scope.report('TH1026', node, { name, expected: count, given })
  return false
}

function lowerBuiltin(scope: FunctionScope, node: CallExpression, name: string): Expr | null {
  const span = spanOf(scope.file.path, node)
  const [first, second] = node.getArguments()
  const op = wrappingOps[name]
  if (op !== undefined) {
    if (!takes(scope, node, name, 2) || first === undefined || second === undefined) return null
    const left = lowerIndex(scope, first)
    const right = lowerIndex(scope, second)
    if (left === null || right === null) return null
    return { kind: 'binary', op, type: 'i32', left, right, span }
  }
  const conversion = conversionOf(name)
  if (conversion !== null) {
    if (!takes(scope, node, name, 1) || first === undefined) return null
    return lowerConversion(scope, node, first, name, conversion)
  }
  if (name === 'localArray') {
    return scope.report('TH1018', node, {
      what: "localArray() outside 'const name = localArray<T>(n)'",
    })
  }
  if (name === 'unroll') {
    return scope.report('TH1018', node, { what: "unroll() outside 'for (const k of unroll())'" })
  }
  return scope.report('TH1046', node, { name, hint: 'it cannot be called here' })
}

interface Conversion {
  readonly mode: ConvertMode
  readonly to: ScalarType
}

function conversionOf(name: string): Conversion | null {
  if (name === 'truncI32') return { mode: 'trunc', to: 'i32' }
  if (isScalarName(name) && name !== 'bool') return { mode: 'keep', to: name }
  const named = /^(wrap|sat)([IU]\d+)$/.exec(name)
  const to = named?.[2]?.toLowerCase()
  if (named === null || to === undefined || !isScalarName(to)) return null
  return { mode: named[1] === 'wrap' ? 'wrap' : 'sat', to }
}

function lowerConversion(
  scope: FunctionScope,
  node: CallExpression,
  argument: Node,
  name: string,
  { mode, to }: Conversion,
): Expr | null {
  const literal = Node.isNumericLiteral(argument) || Node.isPrefixUnaryExpression(argument)
  const value = scope.lowerExpr(scope, argument, literal && mode === 'keep' ? to : undefined)
  if (value === null) return null
  const from = value.type
  const span = spanOf(scope.file.path, node)
  if (!isScalar(from) || from === 'bool') {
    return scope.report('TH1040', argument, { found: typeName(from), wanted: 'a number' })
  }
  const wanted = refusedSource(mode, from, to)
  if (wanted !== null) {
    return scope.report('TH1040', argument, { found: from, wanted: `${wanted} (${name})` })
  }
  if (from === to) return { ...value, span }
  return { kind: 'convert', mode, type: to, value, span }
}

/** What a conversion wants instead of `from`; null when it takes it. */
function refusedSource(mode: ConvertMode, from: ScalarType, to: ScalarType): string | null {
  switch (mode) {
    case 'trunc':
      return from === 'f32' ? null : 'f32'
    case 'wrap':
      return isInteger(from) ? null : 'an integer'
    case 'keep':
      return isInteger(from) || to === 'f32' ? null : 'an integer'
    case 'sat': {
      if (to === 'i32') return from === 'i64' ? null : 'i64'
      const { min, max } = rangeOf(from)
      const signed = isInteger(from) && (min < 0n || max <= rangeOf('i32').max)
      return signed ? null : 'i32 or i64'
    }
  }
}

function lowerMethod(
  scope: FunctionScope,
  node: CallExpression,
  callee: PropertyAccessExpression,
): Expr | null {
  const method = callee.getName()
  if (callee.hasQuestionDotToken()) return scope.report('TH1018', callee, { what: "'?.'" })
  const ptr = scope.lowerExpr(scope, callee.getExpression())
  if (ptr === null) return null
  if (!isPtr(ptr.type)) {
    return scope.report('TH1018', node, { what: `'.${method}()' of ${typeName(ptr.type)}` })
  }
  const span = spanOf(scope.file.path, node)
  const [first] = node.getArguments()
  if (method === 'reinterpret') return lowerReinterpret(scope, node, ptr, ptr.type)
  if (node.getTypeArguments().length > 0) {
    return scope.report('TH1018', node, { what: `a type argument of ${method}()` })
  }
  if (method === 'offset' || method === 'loadWord' || method === 'loadWordUnaligned') {
    if (!takes(scope, node, method, 1) || first === undefined) return null
    const index = lowerIndex(scope, first)
    if (index === null) return null
    if (method === 'offset') return { kind: 'offset', type: ptr.type, ptr, index, span }
    return { kind: 'loadWord', type: 'i32', ptr, index, aligned: method === 'loadWord', span }
  }
  if (statementMethods.has(method)) return scope.report('TH1044', node, { name: method })
  return scope.report('TH1025', callee.getNameNode(), { name: method })
}

function lowerReinterpret(
  scope: FunctionScope,
  node: CallExpression,
  ptr: Expr,
  from: PtrType,
): Expr | null {
  const [argument, ...more] = node.getTypeArguments()
  if (argument === undefined || more.length > 0 || !takes(scope, node, 'reinterpret', 0)) {
    return scope.report('TH1010', node, { name: 'reinterpret<T>()' })
  }
  const target = readType(scope.file, argument, scope.bag)
  if (target === null) return null
  // Bytes other than 0 and 1 are no bool in C.
  if (!isScalar(target.type) || target.type === 'bool' || target.isStatic) {
    return scope.report('TH1040', argument, { found: argument.getText(), wanted: 'a number type' })
  }
  const type: PtrType = { kind: 'ptr', to: target.type, readonly: from.readonly }
  return { kind: 'reinterpret', type, ptr, span: spanOf(scope.file.path, node) }
}

/** A call as a statement: a kernel function, or a word store. */
export function lowerCallStatement(scope: FunctionScope, node: CallExpression): Stmt | null {
  const callee = node.getExpression()
  const span = spanOf(scope.file.path, node)
  const questioned = node.getQuestionDotTokenNode() !== undefined
  if (
    !questioned &&
    Node.isPropertyAccessExpression(callee) &&
    statementMethods.has(callee.getName())
  ) {
    return lowerWordStore(scope, node, callee)
  }
  const call = lowerAnyCall(scope, node)
  if (call === null) return null
  if (call.kind !== 'call') {
    return scope.report('TH1017', node, { what: 'a value that is not used' })
  }
  return { kind: 'call', call, span }
}

function lowerWordStore(
  scope: FunctionScope,
  node: CallExpression,
  callee: PropertyAccessExpression,
): Stmt | null {
  if (callee.hasQuestionDotToken()) return scope.report('TH1018', callee, { what: "'?.'" })
  const ptr = scope.lowerExpr(scope, callee.getExpression())
  const [at, what] = node.getArguments()
  if (ptr === null || !takes(scope, node, callee.getName(), 2)) return null
  if (at === undefined || what === undefined) return null
  if (!isPtr(ptr.type)) {
    return scope.report('TH1040', callee, { found: typeName(ptr.type), wanted: 'a pointer' })
  }
  if (ptr.type.readonly) return scope.report('TH1028', node)
  const index = lowerIndex(scope, at)
  const word = lowerPromoted(scope, what, 'i32')
  const value = word === null ? null : requireType(scope, what, word, 'i32')
  if (index === null || value === null) return null
  const aligned = callee.getName() === 'storeWord'
  return { kind: 'storeWord', ptr, index, value, aligned, span: spanOf(scope.file.path, node) }
}
