// Repeats the bodies of unroll() loops, once per value.

import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import { constant, mapStmt } from '../build.ts'
import type { Expr, Func, Span, Stmt } from '../node.ts'
import { foldBody, foldExpr } from './fold.ts'
import { reportAt, type LineOf } from './report.ts'
import { declaredNames, FreshNames, substituteBody } from './substitute.ts'

/** Most copies of one body; more is code that no longer fits an instruction cache. */
export const unrollLimit = 64

/** Most copies of the innermost body of nested unrolled loops. */
export const nestedUnrollLimit = 256

export function unrollFunction(f: Func, bag: DiagnosticBag, lineOf: LineOf): Func {
  const names = new FreshNames(f)
  // A copied loop has the span of its original: once is enough.
  const refused = new Set<Span>()
  const expand = (body: readonly Stmt[], outer: number): readonly Stmt[] =>
    body.flatMap(s => {
      if (s.kind !== 'unroll') {
        return [mapStmt(s, { expr: (e: Expr) => e, body: inner => expand(inner, outer) })]
      }
      const from = foldExpr(s.from)
      const to = foldExpr(s.to)
      if (from.kind !== 'const' || to.kind !== 'const') {
        reportAt(bag, lineOf, 'TH1030', s.span, {})
        return []
      }
      const count = Number(to.value) - Number(from.value)
      const total = outer * count
      if (count > unrollLimit || total > nestedUnrollLimit) {
        const limit = count > unrollLimit ? unrollLimit : nestedUnrollLimit
        if (!refused.has(s.span)) {
          reportAt(bag, lineOf, 'TH1031', s.span, { count: total, limit })
        }
        refused.add(s.span)
        return []
      }
      const repeated = copies(s, Number(from.value), count, names)
      return repeated.flatMap(copy => expand([copy], total))
    })
  return { ...f, body: foldBody(expand(f.body, 1)) }
}

function copies(
  s: Extract<Stmt, { kind: 'unroll' }>,
  from: number,
  count: number,
  names: FreshNames,
): readonly Stmt[] {
  const declared = declaredNames(s.body)
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const value = constant('i32', from + i, s.span)
    const renamed = new Map(i === 0 ? [] : declared.map(name => [name, names.fresh(name)]))
    const body = substituteBody(s.body, new Map([[s.name, value]]), renamed)
    return { kind: 'block', body, span: s.span }
  })
}
