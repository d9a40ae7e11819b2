// Drops constants and variables that nothing reads.

import { mapStmt, walkStmts } from '../build.ts'
import type { Expr, Func, Stmt } from '../node.ts'

/** Removes lets whose name is never used, as long as their values have no effects. */
export function dropUnused(f: Func): Func {
  let current = f
  for (;;) {
    const used = usedNames(current.body)
    const body = sweep(current.body, used)
    if (body === current.body) return current
    current = { ...current, body }
    if (usedNames(body).size === used.size) return current
  }
}

function usedNames(body: readonly Stmt[]): ReadonlySet<string> {
  const used = new Set<string>()
  walkStmts(
    body,
    s => {
      if (s.kind === 'assign') used.add(s.name)
      if (s.kind === 'for' && s.update.kind === 'assign') used.add(s.update.name)
    },
    e => {
      if (e.kind === 'local') used.add(e.name)
      if (e.kind === 'field') used.add(e.object)
    },
  )
  return used
}

function sweep(body: readonly Stmt[], used: ReadonlySet<string>): readonly Stmt[] {
  return body
    .filter(s => {
      if (s.kind === 'let') return used.has(s.name) || hasCall(s.value)
      return s.kind !== 'array' || used.has(s.name)
    })
    .map(s => mapStmt(s, { expr: (e: Expr) => e, body: b => sweep(b, used) }))
}

function hasCall(e: Expr): boolean {
  let found = false
  walkStmts(
    [{ kind: 'return', value: e, span: e.span }],
    () => undefined,
    inner => {
      if (inner.kind === 'call') found = true
    },
  )
  return found
}
