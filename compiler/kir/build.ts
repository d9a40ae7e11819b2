// Small constructors for KIR nodes, and generic walks over expressions and statements.

import type { BinaryOp, Expr, ScalarType, Span, Stmt } from './node.ts'
import { isWide } from './types.ts'

export function constant(type: ScalarType, value: number | bigint, span: Span): Expr {
  return { kind: 'const', type, value: isWide(type) ? BigInt(value) : Number(value), span }
}

export function i32(value: number, span: Span): Expr {
  return constant('i32', value, span)
}

export function binary(op: BinaryOp, left: Expr, right: Expr, type: ScalarType, span: Span): Expr {
  return { kind: 'binary', op, left, right, type, span }
}

/** The same expression with its direct children replaced. */
export function mapChildren(e: Expr, f: (child: Expr) => Expr): Expr {
  switch (e.kind) {
    case 'const':
    case 'local':
    case 'field':
    case 'data':
      return e
    case 'unary':
    case 'convert':
      return { ...e, value: f(e.value) }
    case 'binary':
      return { ...e, left: f(e.left), right: f(e.right) }
    case 'select':
      return { ...e, condition: f(e.condition), then: f(e.then), else: f(e.else) }
    case 'load':
    case 'loadWord':
    case 'offset':
      return { ...e, ptr: f(e.ptr), index: f(e.index) }
    case 'reinterpret':
      return { ...e, ptr: f(e.ptr) }
    case 'call':
      return { ...e, args: e.args.map(f) }
    case 'element':
      return { ...e, index: f(e.index) }
    case 'region': {
      const moved = { ...e, base: f(e.base), offset: f(e.offset) }
      const { among } = e
      return among === undefined ? moved : { ...moved, among: { ...among, which: f(among.which) } }
    }
  }
}

/** The direct children of an expression, in the order in which they are computed. */
export function childrenOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'const':
    case 'local':
    case 'field':
    case 'data':
      return []
    case 'unary':
    case 'convert':
      return [e.value]
    case 'binary':
      return [e.left, e.right]
    case 'select':
      return [e.condition, e.then, e.else]
    case 'load':
    case 'loadWord':
    case 'offset':
      return [e.ptr, e.index]
    case 'reinterpret':
      return [e.ptr]
    case 'call':
      return e.args
    case 'element':
      return [e.index]
    case 'region':
      return e.among === undefined ? [e.base, e.offset] : [e.base, e.offset, e.among.which]
  }
}

/** Calls `f` for the expression and everything below it, parents first. */
export function walkExpr(e: Expr, f: (node: Expr) => void): void {
  f(e)
  for (const child of childrenOf(e)) walkExpr(child, f)
}

/** How a statement is rebuilt: its own expressions by `expr`, its nested bodies by `body`. */
export interface StmtMap {
  readonly expr: (e: Expr) => Expr
  readonly body: (body: readonly Stmt[]) => readonly Stmt[]
}

/** The same statement with its expressions and nested bodies replaced. */
export function mapStmt(s: Stmt, m: StmtMap): Stmt {
  switch (s.kind) {
    case 'let':
    case 'assign':
      return { ...s, value: m.expr(s.value) }
    case 'array':
      return { ...s, length: m.expr(s.length) }
    case 'store':
    case 'storeWord':
      return { ...s, ptr: m.expr(s.ptr), index: m.expr(s.index), value: m.expr(s.value) }
    case 'if':
      return { ...s, condition: m.expr(s.condition), then: m.body(s.then), else: m.body(s.else) }
    case 'for':
      return {
        ...s,
        init: { ...s.init, value: m.expr(s.init.value) },
        condition: m.expr(s.condition),
        update: mapStmt(s.update, m),
        body: m.body(s.body),
      }
    case 'while':
      return { ...s, condition: m.expr(s.condition), body: m.body(s.body) }
    case 'unroll':
      return { ...s, from: m.expr(s.from), to: m.expr(s.to), body: m.body(s.body) }
    case 'block':
      return { ...s, body: m.body(s.body) }
    case 'return':
      return s.value === null ? s : { ...s, value: m.expr(s.value) }
    case 'call': {
      const call = m.expr(s.call)
      return call.kind === 'call' ? { ...s, call } : s
    }
    case 'transfer':
      return { ...s, row: m.expr(s.row), ptr: m.expr(s.ptr) }
    case 'break':
    case 'continue':
    case 'comment':
    case 'trace':
      return s
  }
}

/** The expressions of a statement itself: not those of the statements in its bodies. */
export function expressionsOf(s: Stmt): readonly Expr[] {
  switch (s.kind) {
    case 'let':
    case 'assign':
      return [s.value]
    case 'array':
      return [s.length]
    case 'store':
    case 'storeWord':
      return [s.ptr, s.index, s.value]
    case 'if':
    case 'while':
      return [s.condition]
    case 'for':
      return [s.init.value, s.condition, ...expressionsOf(s.update)]
    case 'unroll':
      return [s.from, s.to]
    case 'return':
      return s.value === null ? [] : [s.value]
    case 'call':
      return [s.call]
    case 'transfer':
      return [s.row, s.ptr]
    case 'block':
    case 'break':
    case 'continue':
    case 'comment':
    case 'trace':
      return []
  }
}

/** The bodies nested in a statement. */
export function bodiesOf(s: Stmt): readonly (readonly Stmt[])[] {
  switch (s.kind) {
    case 'if':
      return [s.then, s.else]
    case 'for':
    case 'while':
    case 'unroll':
    case 'block':
      return [s.body]
    default:
      return []
  }
}

/** Calls `onStmt` for every statement, outside in. */
export function eachStmt(body: readonly Stmt[], onStmt: (s: Stmt) => void): void {
  for (const s of body) {
    onStmt(s)
    for (const inner of bodiesOf(s)) eachStmt(inner, onStmt)
  }
}

/** Calls `onExpr` for every expression in a body and everything below it, outside in. */
export function eachExpr(body: readonly Stmt[], onExpr: (e: Expr) => void): void {
  eachStmt(body, s => {
    for (const e of expressionsOf(s)) walkExpr(e, onExpr)
  })
}
