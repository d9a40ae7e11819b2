// Loads and instructions inside of expressions become statements of their own, which can be moved.

import { mapChildren, mapStmt, walkExpr } from '../../build.ts'
import type { Expr, Stmt } from '../../node.ts'
import type { FreshNames } from '../substitute.ts'
import type { Intrinsics } from './graph.ts'

/** The statements in the same order, each with at most one load or instruction. */
export function splitRun(
  run: readonly Stmt[],
  names: FreshNames,
  intrinsics: Intrinsics,
): readonly Stmt[] {
  return run.flatMap(s => {
    const parts: Stmt[] = []
    const isRoot = s.kind === 'let' || s.kind === 'assign'
    const expr = (e: Expr): Expr =>
      isRoot ? splitInside(e, parts, names) : splitOff(e, parts, names)
    const last = mapStmt(s, { expr, body: b => b })
    return [...parts, last]
  })

  function splitInside(e: Expr, parts: Stmt[], fresh: FreshNames): Expr {
    // What only one side of a choice computes stays there.
    if (e.kind === 'select') return e
    if (e.kind === 'binary' && (e.op === 'andAlso' || e.op === 'orElse')) return e
    return mapChildren(e, child => splitOff(child, parts, fresh))
  }

  function splitOff(e: Expr, parts: Stmt[], fresh: FreshNames): Expr {
    if (!works(e)) return e
    const value = splitInside(e, parts, fresh)
    if (!isWork(e) || value.type === 'void') return value
    const name = fresh.fresh(nameFor(value))
    const { type, span } = value
    parts.push({ kind: 'let', name, type, mutable: false, value, span })
    return { kind: 'local', type, name, span }
  }

  function isWork(e: Expr): boolean {
    if (e.kind === 'call') return intrinsics.has(e.callee)
    return e.kind === 'load' || e.kind === 'loadWord'
  }

  /** Whether anything in it is worth a statement. */
  function works(e: Expr): boolean {
    let found = false
    walkExpr(e, inner => {
      if (isWork(inner)) found = true
    })
    return found
  }
}

function nameFor(e: Expr): string {
  return e.kind === 'call' ? 'part' : 'word'
}
