// Makes the instance of a function for given values of its Static parameters, all the way down.

import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import { constant, mapChildren, mapStmt } from '../build.ts'
import type { Expr, Func, Module, Param, Stmt } from '../node.ts'
import { isScalar, rangeOf } from '../types.ts'
import { checkFunction } from './check.ts'
import { reportAt, type LineOf } from './report.ts'
import { foldBody, foldExpr } from './fold.ts'
import { substituteBody } from './substitute.ts'
import { unrollFunction } from './unroll.ts'

/** Suffix of an instance's name: `__c16_n4` for { c: 16, n: 4 }; '' without statics. */
export function instanceKey(statics: Readonly<Record<string, number>>): string {
  const parts = Object.keys(statics)
    .sort()
    .map(name => `${name.toLowerCase()}${String(statics[name]).replace('-', 'm')}`)
  return parts.length === 0 ? '' : `__${parts.join('_')}`
}

/**
 * Collects instances of functions. `instance` returns the name of the function for the given
 * static values; callees that have Static parameters are specialised from constant arguments.
 */
export class Specializer {
  readonly #functions: ReadonlyMap<string, Func>
  readonly #instances = new Map<string, Func>()
  /** Symbols under way or done; guards against recursion, which has been reported elsewhere. */
  readonly #started = new Set<string>()
  readonly #bag: DiagnosticBag
  readonly #line: LineOf

  constructor(module: Module, bag: DiagnosticBag, line: LineOf) {
    this.#functions = new Map(module.functions.map(f => [f.name, f]))
    this.#bag = bag
    this.#line = line
  }

  /** Instances made so far, callees before callers. */
  get functions(): readonly Func[] {
    return [...this.#instances.values()]
  }

  /** Name of the instance of function `name`; null after a diagnostic. */
  instance(name: string, statics: Readonly<Record<string, number>>): string | null {
    const f = this.#functions.get(name)
    if (f === undefined) throw new Error(`no kernel function ${name}`)
    const missing = f.params.filter(p => p.isStatic && !(p.name in statics))
    for (const p of missing) {
      reportAt(this.#bag, this.#line, 'TH1033', p.span, { name: p.name, function: name })
    }
    if (missing.length > 0) return null
    const symbol = name + instanceKey(statics)
    if (this.#instances.has(symbol) || this.#started.has(symbol)) return symbol
    this.#started.add(symbol)
    const values = new Map<string, Expr>()
    for (const p of f.params) {
      const value = statics[p.name]
      if (value === undefined || !isScalar(p.type)) continue
      if (!this.#fits(value, p)) return null
      values.set(p.name, constant(p.type, value, p.span))
    }
    const params = f.params.filter(p => !values.has(p.name))
    const folded = { ...f, name: symbol, params, body: foldBody(substituteBody(f.body, values)) }
    const flat = unrollFunction(folded, this.#bag, this.#line)
    checkFunction(flat, this.#bag, this.#line)
    this.#instances.set(symbol, { ...flat, body: this.#callees(flat.body) })
    return symbol
  }

  #fits(value: number, p: Param): boolean {
    if (!isScalar(p.type) || p.type === 'f32') return true
    const { min, max } = rangeOf(p.type)
    if (Number.isSafeInteger(value) && value >= min && value <= max) return true
    const range = `${min} to ${max}`
    reportAt(this.#bag, this.#line, 'TH1029', p.span, { value, type: p.type, range })
    return false
  }

  #callees(body: readonly Stmt[]): readonly Stmt[] {
    return body.map(s => mapStmt(s, { expr: e => this.#calleesOf(e), body: b => this.#callees(b) }))
  }

  #calleesOf(e: Expr): Expr {
    const mapped = mapChildren(e, child => this.#calleesOf(child))
    if (mapped.kind !== 'call') return mapped
    const callee = this.#functions.get(mapped.callee)
    if (callee === undefined) throw new Error(`no kernel function ${mapped.callee}`)
    const statics: Record<string, number> = {}
    const unknown: Expr[] = []
    const args = mapped.args.filter((argument, i) => {
      const param = callee.params[i]
      if (param?.isStatic !== true) return true
      const value = foldExpr(argument)
      if (value.kind === 'const') {
        statics[param.name] = Number(value.value)
      } else {
        unknown.push(argument)
        const values = { name: param.name, function: callee.name }
        reportAt(this.#bag, this.#line, 'TH1033', argument.span, values)
      }
      return false
    })
    if (unknown.length > 0) return mapped
    const name = this.instance(mapped.callee, statics)
    return { ...mapped, callee: name ?? mapped.callee, args }
  }
}
