// Replaces calls of functions marked @inline by their bodies.

import { eachExpr, eachStmt, mapChildren, mapStmt, walkExpr } from '../build.ts'
import type { Expr, Func, Stmt } from '../node.ts'
import { isPtr } from '../types.ts'
import { declaredNames, FreshNames, substituteBody, substituteExpr } from './substitute.ts'

type Call = Extract<Expr, { kind: 'call' }>

/**
 * A function that can be inlined: statements without a return or a store, then one returned value.
 * Others (early returns, stores) stay calls; C and wasm compilers inline those.
 */
interface Inlinable {
  readonly func: Func
  readonly prefix: readonly Stmt[]
  readonly value: Expr
}

const plainKinds: ReadonlySet<Stmt['kind']> = new Set(['let', 'assign', 'if', 'block'])

function inlinable(func: Func): Inlinable | null {
  const last = func.body[func.body.length - 1]
  if (func.inlining !== 'always' || func.intrinsic !== null) return null
  if (last?.kind !== 'return' || last.value === null) return null
  const prefix = func.body.slice(0, -1)
  const kinds = new Set<Stmt['kind']>()
  eachStmt(prefix, s => kinds.add(s.kind))
  const plain = [...kinds].every(kind => plainKinds.has(kind))
  return plain ? { func, prefix, value: last.value } : null
}

/** Inlines in all functions, callees first, so that nested inlining falls out of the order. */
export function inlineFunctions(functions: readonly Func[]): readonly Func[] {
  const known = new Map<string, Inlinable>()
  return functions.map(f => {
    const names = new FreshNames(f)
    const result = { ...f, body: inlineBody(f.body, known, names) }
    const candidate = inlinable(result)
    if (candidate !== null) known.set(f.name, candidate)
    return result
  })
}

function inlineBody(
  body: readonly Stmt[],
  known: ReadonlyMap<string, Inlinable>,
  names: FreshNames,
): readonly Stmt[] {
  return body.flatMap(s => {
    const hoisted: Stmt[] = []
    // A loop's head runs many times: only values computed once before the statement may be hoisted.
    const canHoist = s.kind !== 'for' && s.kind !== 'while' && s.kind !== 'unroll'
    const expr = (e: Expr): Expr => inlineExpr(e, known, names, canHoist ? hoisted : null)
    const mapped = mapStmt(s, { expr, body: b => inlineBody(b, known, names) })
    return [...hoisted, mapped]
  })
}

/** `hoisted` is null where statements cannot be put in front (branches, loop heads). */
function inlineExpr(
  e: Expr,
  known: ReadonlyMap<string, Inlinable>,
  names: FreshNames,
  hoisted: Stmt[] | null,
): Expr {
  const child = (c: Expr): Expr => inlineExpr(c, known, names, hoisted)
  const guarded = (c: Expr): Expr => inlineExpr(c, known, names, null)
  if (e.kind === 'select') {
    return { ...e, condition: child(e.condition), then: guarded(e.then), else: guarded(e.else) }
  }
  if (e.kind === 'binary' && (e.op === 'andAlso' || e.op === 'orElse')) {
    return { ...e, left: child(e.left), right: guarded(e.right) }
  }
  const mapped = mapChildren(e, child)
  if (mapped.kind !== 'call') return mapped
  const callee = known.get(mapped.callee)
  return callee === undefined ? mapped : expand(mapped, callee, names, hoisted)
}

function expand(call: Call, callee: Inlinable, names: FreshNames, hoisted: Stmt[] | null): Expr {
  // A field names the struct parameter it reads, so only another parameter can take its place.
  if (call.args.some(a => a.kind === 'data' && !isPtr(a.type))) return call
  const lets: Stmt[] = []
  const values = new Map<string, Expr>()
  callee.func.params.forEach((param, i) => {
    const argument = call.args[i]
    if (argument === undefined) return
    if (isTrivial(argument) || (usesOf(callee, param.name) <= 1 && !hasCall(argument))) {
      values.set(param.name, argument)
      return
    }
    const name = names.fresh(param.name)
    const span = argument.span
    lets.push({ kind: 'let', name, type: param.type, mutable: false, value: argument, span })
    values.set(param.name, { kind: 'local', type: param.type, name, span })
  })
  if (hoisted === null && (lets.length > 0 || callee.prefix.length > 0)) return call
  const renamed = new Map(declaredNames(callee.prefix).map(name => [name, names.fresh(name)]))
  hoisted?.push(...lets, ...substituteBody(callee.prefix, values, renamed))
  return substituteExpr(callee.value, values, renamed)
}

function isTrivial(e: Expr): boolean {
  return e.kind === 'const' || e.kind === 'local' || e.kind === 'field' || e.kind === 'data'
}

/** A call may store: it has to run exactly once, and before the body. */
function hasCall(e: Expr): boolean {
  let found = false
  walkExpr(e, node => {
    if (node.kind === 'call') found = true
  })
  return found
}

function usesOf(callee: Inlinable, name: string): number {
  let uses = 0
  const count = (e: Expr): void => {
    if ((e.kind === 'local' && e.name === name) || (e.kind === 'field' && e.object === name)) uses++
  }
  eachExpr(callee.prefix, count)
  walkExpr(callee.value, count)
  return uses
}
