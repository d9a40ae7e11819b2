// Replaces locals by expressions and renames declared variables: the ground work of other passes.

import { mapChildren, mapStmt, eachStmt } from '../build.ts'
import type { Expr, Func, Stmt } from '../node.ts'

export type Substitution = ReadonlyMap<string, Expr>

export type Renaming = ReadonlyMap<string, string>

/** The expression with every local in `values` replaced and every local in `names` renamed. */
export function substituteExpr(e: Expr, values: Substitution, names: Renaming = new Map()): Expr {
  if (e.kind === 'local') {
    const value = values.get(e.name)
    if (value !== undefined) return { ...value, span: e.span }
    return { ...e, name: names.get(e.name) ?? e.name }
  }
  if (e.kind === 'field') {
    const object = values.get(e.object)
    return object?.kind === 'local' ? { ...e, object: object.name } : e
  }
  return mapChildren(e, child => substituteExpr(child, values, names))
}

/** The body with every local in `values` replaced and every name in `names` renamed. */
export function substituteBody(
  body: readonly Stmt[],
  values: Substitution,
  names: Renaming = new Map(),
): readonly Stmt[] {
  const renamed = (name: string): string => names.get(name) ?? name
  const inner = {
    expr: (e: Expr) => substituteExpr(e, values, names),
    body: (b: readonly Stmt[]) => substituteBody(b, values, names),
  }
  return body.map(s => renameStmt(mapStmt(s, inner), renamed))
}

function renameStmt(s: Stmt, renamed: (name: string) => string): Stmt {
  switch (s.kind) {
    case 'let':
    case 'array':
    case 'assign':
    case 'unroll':
      return { ...s, name: renamed(s.name) }
    case 'for':
      return {
        ...s,
        init: { ...s.init, name: renamed(s.init.name) },
        update: renameStmt(s.update, renamed),
      }
    default:
      return s
  }
}

/** Names of all variables a body declares. */
export function declaredNames(body: readonly Stmt[]): readonly string[] {
  const names: string[] = []
  eachStmt(body, s => {
    if (s.kind === 'let' || s.kind === 'array' || s.kind === 'unroll') names.push(s.name)
    if (s.kind === 'for') names.push(s.init.name)
  })
  return names
}

/** Names that a body assigns to. */
export function assignedNames(body: readonly Stmt[]): ReadonlySet<string> {
  const names = new Set<string>()
  eachStmt(body, s => {
    if (s.kind === 'assign') names.add(s.name)
    if (s.kind === 'for' && s.update.kind === 'assign') names.add(s.update.name)
  })
  return names
}

/** Hands out names that a function does not use yet. */
export class FreshNames {
  readonly #used: Set<string>

  constructor(f: Pick<Func, 'params' | 'body'>) {
    this.#used = new Set([...f.params.map(p => p.name), ...declaredNames(f.body)])
  }

  fresh(wanted: string): string {
    const base = wanted.replace(/_\d+$/, '')
    let name = base
    for (let n = 2; this.#used.has(name); n++) name = `${base}_${n}`
    this.#used.add(name)
    return name
  }
}
