// Orders functions so that callees come before callers, and refuses recursion.

import type { DiagnosticBag } from '../diagnostics/bag.ts'
import { eachExpr } from '../kir/build.ts'
import type { Func } from '../kir/node.ts'
import { reportAt, type LineOf } from '../kir/passes/report.ts'

/** Where mistakes found in KIR go, and what functions are called in the source. */
export interface Reporter {
  readonly bag: DiagnosticBag
  readonly lineOf: LineOf
  readonly nameOf: (symbol: string) => string
}

/** Names of the functions that `f` calls, in order of first appearance. */
export function calleesOf(f: Func): readonly string[] {
  const names = new Set<string>()
  eachExpr(f.body, e => {
    if (e.kind === 'call') names.add(e.callee)
  })
  return [...names]
}

/** Callees first. A function on a call cycle is reported once and still listed. */
export function inCallOrder(functions: readonly Func[], reporter: Reporter): readonly Func[] {
  const byName = new Map(functions.map(f => [f.name, f]))
  const done = new Set<string>()
  const ordered: Func[] = []
  const visit = (f: Func, chain: readonly Func[]): void => {
    if (done.has(f.name)) return
    const start = chain.indexOf(f)
    if (start >= 0) {
      reportCycle([...chain.slice(start), f], reporter)
      return
    }
    for (const name of calleesOf(f)) {
      const callee = byName.get(name)
      if (callee !== undefined) visit(callee, [...chain, f])
    }
    if (done.has(f.name)) return
    done.add(f.name)
    ordered.push(f)
  }
  for (const f of functions) visit(f, [])
  return ordered
}

function reportCycle(cycle: readonly Func[], { bag, lineOf, nameOf }: Reporter): void {
  const f = cycle[0]
  if (f === undefined) return
  const chain = cycle.map(c => nameOf(c.name)).join(' → ')
  reportAt(bag, lineOf, 'TH1023', f.span, { name: nameOf(f.name), chain })
}
