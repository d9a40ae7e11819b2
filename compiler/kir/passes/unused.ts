// Drops constants and variables that nothing reads, with the assignments to them.

import { eachStmt, expressionsOf, mapStmt, walkExpr } from '../build.ts'
import type { Expr, Func, Stmt } from '../node.ts'
import { isPtr } from '../types.ts'

/** Removes lets and assigns whose name is never read, as long as their values have no effects. */
export function dropUnused(f: Func): Func {
  let current = f
  for (;;) {
    const used = usedNames(current.body)
    const body = sweep(current.body, used)
    const left = usedNames(body).size
    current = { ...current, body }
    if (left === used.size) return current
  }
}

function usedNames(body: readonly Stmt[]): ReadonlySet<string> {
  const used = new Set<string>()
  const arrays = new Set<string>()
  const visit = (s: Stmt): void => {
    if (s.kind === 'array') arrays.add(s.name)
    if (s.kind === 'for') used.add(s.init.name)
    const own = ownName(s, arrays)
    const count = (e: Expr): void => {
      if (e.kind === 'local' && e.name !== own) used.add(e.name)
      if (e.kind === 'field') used.add(e.object)
    }
    for (const e of expressionsOf(s)) {
      if (own === null && s.kind === 'assign') used.add(s.name)
      walkExpr(e, count)
    }
  }
  eachStmt(body, visit)
  return used
}

/** The variable that a statement only writes: its own reads of it do not make it used. */
function ownName(s: Stmt, arrays: ReadonlySet<string>): string | null {
  if (expressionsOf(s).some(hasEffect)) return null
  if (s.kind === 'assign') return s.name
  const isStore = s.kind === 'store' || s.kind === 'storeWord'
  return isStore && s.ptr.kind === 'local' && arrays.has(s.ptr.name) ? s.ptr.name : null
}

function sweep(body: readonly Stmt[], used: ReadonlySet<string>): readonly Stmt[] {
  return body.flatMap(s => {
    if (isUnused(s, used)) return []
    if (s.kind === 'let' && !used.has(s.name) && s.value.kind === 'call') {
      return [{ kind: 'call', call: s.value, span: s.span }]
    }
    return [mapStmt(s, { expr: e => e, body: b => sweep(b, used) })]
  })
}

function isUnused(s: Stmt, used: ReadonlySet<string>): boolean {
  if (s.kind === 'array') return !used.has(s.name)
  if (s.kind === 'let' || s.kind === 'assign') return !used.has(s.name) && !hasEffect(s.value)
  const isStore = s.kind === 'store' || s.kind === 'storeWord'
  return isStore && s.ptr.kind === 'local' && !used.has(s.ptr.name)
}

/** Only a call that is handed a pointer to write through can do more than give a value. */
function hasEffect(e: Expr): boolean {
  let found = false
  walkExpr(e, inner => {
    if (inner.kind !== 'call') return
    if (inner.args.some(a => isPtr(a.type) && !a.type.readonly)) found = true
  })
  return found
}
