// Checks that a module is well-formed KIR; run by tests after every pass.

import type { Expr, Func, Module, ScalarType, Stmt, Type } from './node.ts'
import { isNarrow, isPtr, isScalar, isWide, rangeOf, sameType, typeName } from './types.ts'
import { childrenOf } from './build.ts'

/** Sentences about what is wrong; empty for a well-formed module. */
export function verifyModule(module: Module): readonly string[] {
  const known = new Map<string, Func>()
  const problems: string[] = []
  for (const f of module.functions) {
    if (known.has(f.name)) problems.push(`${f.name} is defined twice`)
    verifyFunction(f, known, problems)
    known.set(f.name, f)
  }
  return problems
}

interface Checker {
  readonly name: string
  readonly result: Type | 'void'
  readonly known: ReadonlyMap<string, Func>
  readonly scope: Map<string, Type>
  readonly problems: string[]
  readonly inLoop: boolean
}

function verifyFunction(f: Func, known: ReadonlyMap<string, Func>, problems: string[]): void {
  const scope = new Map(f.params.map(p => [p.name, p.type]))
  if (scope.size < f.params.length) problems.push(`${f.name}: two parameters have one name`)
  verifyBody(f.body, { name: f.name, result: f.result, known, scope, problems, inLoop: false })
}

function verifyBody(body: readonly Stmt[], outer: Checker): void {
  const c = { ...outer, scope: new Map(outer.scope) }
  for (const s of body) verifyStmt(s, c)
}

function complain(c: Checker, what: string): void {
  c.problems.push(`${c.name}: ${what}`)
}

function want(c: Checker, what: string, e: Expr, type: Type | 'void'): void {
  verifyExpr(e, c)
  if (!accepts(type, e.type)) {
    complain(c, `${what} has type ${typeName(e.type)}, not ${typeName(type)}`)
  }
}

/** Pointers may become read-only on the way; everything else keeps its type. */
function accepts(to: Type | 'void', from: Type | 'void'): boolean {
  const view = isPtr(from) && isPtr(to) && from.to === to.to && to.readonly
  return view || sameType(from, to)
}

function declare(c: Checker, name: string, type: Type): void {
  if (c.scope.has(name)) complain(c, `'${name}' is declared twice`)
  c.scope.set(name, type)
}

function verifyStmt(s: Stmt, c: Checker): void {
  switch (s.kind) {
    case 'let':
      want(c, `let ${s.name}`, s.value, s.type)
      declare(c, s.name, s.type)
      return
    case 'array':
      want(c, 'array length', s.length, 'i32')
      declare(c, s.name, { kind: 'ptr', to: s.element, readonly: false })
      return
    case 'assign': {
      const type = c.scope.get(s.name)
      if (type === undefined) complain(c, `'${s.name}' is assigned before it is declared`)
      else want(c, `${s.name} =`, s.value, type)
      return
    }
    case 'store':
    case 'storeWord':
      verifyStore(s, c)
      return
    case 'if':
      want(c, 'if', s.condition, 'bool')
      verifyBody(s.then, c)
      verifyBody(s.else, c)
      return
    case 'for': {
      const inner = { ...c, scope: new Map(c.scope), inLoop: true }
      verifyStmt(s.init, inner)
      want(inner, 'for', s.condition, 'bool')
      if (s.update.kind !== 'assign' || s.update.name !== s.init.name) {
        complain(c, `the loop over ${s.init.name} does not step it`)
      }
      verifyStmt(s.update, inner)
      verifyBody(s.body, inner)
      return
    }
    case 'while':
      want(c, 'while', s.condition, 'bool')
      verifyBody(s.body, { ...c, inLoop: true })
      return
    case 'unroll': {
      want(c, 'unroll from', s.from, 'i32')
      want(c, 'unroll to', s.to, 'i32')
      const inner = { ...c, scope: new Map(c.scope), inLoop: false }
      declare(inner, s.name, 'i32')
      verifyBody(s.body, inner)
      return
    }
    case 'block':
      verifyBody(s.body, c)
      return
    case 'return':
      if (s.value !== null) want(c, 'return', s.value, c.result)
      else if (c.result !== 'void') complain(c, 'return without a value')
      return
    case 'call':
      verifyExpr(s.call, c)
      return
    case 'break':
    case 'continue':
      if (!c.inLoop) complain(c, `${s.kind} outside a loop`)
      return
    case 'transfer':
      want(c, `row to ${s.direction}`, s.row, 'i32')
      want(c, `place to ${s.direction}`, s.ptr, {
        kind: 'ptr',
        to: 'u8',
        readonly: s.direction === 'send',
      })
      if (!isCount(s.index, 0)) complain(c, `${s.direction} of tensor ${s.index}`)
      if (!isCount(s.bytes, 1)) complain(c, `${s.direction} of ${s.bytes} bytes`)
      return
    case 'comment':
    case 'trace':
      return
  }
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= 0x7fff_ffff
}

function verifyStore(s: Extract<Stmt, { kind: 'store' | 'storeWord' }>, c: Checker): void {
  verifyExpr(s.ptr, c)
  want(c, 'store index', s.index, 'i32')
  if (!isPtr(s.ptr.type) || s.ptr.type.readonly) {
    complain(c, `store through ${typeName(s.ptr.type)}`)
    return
  }
  want(c, 'stored value', s.value, s.kind === 'store' ? s.ptr.type.to : 'i32')
}

function verifyExpr(e: Expr, c: Checker): void {
  if (e.kind === 'call') {
    verifyCall(e, c)
    return
  }
  for (const child of childrenOf(e)) verifyExpr(child, c)
  switch (e.kind) {
    case 'local': {
      const type = c.scope.get(e.name)
      if (type === undefined) complain(c, `'${e.name}' is not declared`)
      else if (!sameType(type, e.type)) {
        complain(c, `'${e.name}' is ${typeName(type)}, used as ${typeName(e.type)}`)
      }
      return
    }
    case 'const':
      verifyConst(e, c)
      return
    case 'unary': {
      const wanted = e.op === 'not' ? e.type === 'bool' : isComputed(e.type)
      if (!wanted || e.value.type !== e.type) {
        complain(c, `${e.op} of ${typeName(e.value.type)} gives ${e.type}`)
      }
      return
    }
    case 'convert':
      if (!isScalar(e.value.type) || e.value.type === 'bool' || e.type === 'bool') {
        complain(c, `converts ${typeName(e.value.type)} to ${e.type}`)
      }
      return
    case 'field':
      if (!c.scope.has(e.object)) complain(c, `'${e.object}' is not declared`)
      return
    case 'binary':
      verifyBinary(e, c)
      return
    case 'load':
    case 'loadWord':
    case 'offset':
      if (!isPtr(e.ptr.type)) complain(c, `${e.kind} of ${typeName(e.ptr.type)}`)
      if (e.index.type !== 'i32') complain(c, `${e.kind} index is ${typeName(e.index.type)}`)
      if (e.kind === 'load' && isPtr(e.ptr.type) && e.ptr.type.to !== e.type) {
        complain(c, `load of ${e.ptr.type.to} as ${e.type}`)
      }
      return
    case 'element':
      if (e.index.type !== 'i32') complain(c, `index of ${e.name} is ${typeName(e.index.type)}`)
      return
    case 'select':
      if (e.condition.type !== 'bool') complain(c, 'a selection by what is not bool')
      if (!sameType(e.then.type, e.type) || !sameType(e.else.type, e.type)) {
        complain(c, 'the sides of a selection differ')
      }
      return
    default:
      return
  }
}

function verifyBinary(e: Extract<Expr, { kind: 'binary' }>, c: Checker): void {
  const { left, right, op } = e
  const shift = op === 'shl' || op === 'shr' || op === 'wrapShl'
  if (shift ? right.type !== 'i32' : !sameType(left.type, right.type)) {
    complain(c, `${op} of ${typeName(left.type)} and ${typeName(right.type)}`)
  }
  const compare = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'].includes(op)
  const logical = op === 'andAlso' || op === 'orElse'
  if (!compare && !logical && !isComputed(e.type)) complain(c, `${op} computes in ${e.type}`)
  if ((compare || logical) && e.type !== 'bool') complain(c, `${op} gives ${e.type}`)
  if (!compare && !sameType(left.type, e.type)) {
    complain(c, `${op} of ${typeName(left.type)} gives ${e.type}`)
  }
}

/** Types arithmetic happens in; narrower values are widened first. */
function isComputed(type: ScalarType): boolean {
  return type !== 'bool' && !isNarrow(type)
}

function verifyConst(e: Extract<Expr, { kind: 'const' }>, c: Checker): void {
  if (isWide(e.type) !== (typeof e.value === 'bigint')) {
    complain(c, `${e.value} is no value of ${e.type}`)
    return
  }
  if (e.type === 'f32') {
    if (Math.fround(Number(e.value)) !== e.value) complain(c, `${e.value} is not a finite f32`)
    return
  }
  const { min, max } = rangeOf(e.type)
  const fits = typeof e.value === 'bigint' || (Number.isInteger(e.value) && !Object.is(e.value, -0))
  if (!fits || e.value < min || e.value > max) complain(c, `${e.value} is no value of ${e.type}`)
}

function verifyCall(e: Extract<Expr, { kind: 'call' }>, c: Checker): void {
  const callee = c.known.get(e.callee)
  if (callee === undefined) {
    complain(c, `calls ${e.callee}, which does not come before it`)
    return
  }
  if (callee.params.length !== e.args.length) complain(c, `calls ${e.callee} with wrong arguments`)
  e.args.forEach((argument, i) => {
    const param = callee.params[i]
    if (param === undefined) return
    verifyExpr(argument, c)
    if (!accepts(param.type, argument.type)) {
      complain(c, `passes ${typeName(argument.type)} as ${param.name} of ${e.callee}`)
    }
  })
}
