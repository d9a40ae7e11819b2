// Orders functions so that callees come before callers, and refuses recursion.

import type { DiagnosticBag } from '../diagnostics/bag.ts'
import { walkStmts } from '../kir/build.ts'
import type { Func } from '../kir/node.ts'
import type { ReadSource } from '../sources.ts'

/** Names of the functions that `f` calls, in order of first appearance. */
export function calleesOf(f: Func): readonly string[] {
  const names = new Set<string>()
  walkStmts(
    f.body,
    (s) => {
      if (s.kind === 'call') names.add(s.call.callee)
    },
    (e) => {
      if (e.kind === 'call') names.add(e.callee)
    },
  )
  return [...names]
}

/** Callees first. A function on a call cycle is reported once and still listed. */
export function inCallOrder(
  functions: readonly Func[],
  bag: DiagnosticBag,
  read: ReadSource,
): readonly Func[] {
  const byName = new Map(functions.map((f) => [f.name, f]))
  const done = new Set<string>()
  const ordered: Func[] = []
  const visit = (f: Func, chain: readonly Func[]): void => {
    if (done.has(f.name)) return
    const start = chain.indexOf(f)
    if (start >= 0) {
      reportCycle([...chain.slice(start), f], bag, read)
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

function reportCycle(cycle: readonly Func[], bag: DiagnosticBag, read: ReadSource): void {
  const f = cycle[0]
  if (f === undefined) return
  const { file, line, column, length } = f.span
  const lineText = read(file)?.split('\n')[line - 1] ?? ''
  const location = { kind: 'source', file, line, column, length, lineText } as const
  bag.add('TH1023', location, { name: f.name, chain: cycle.map((c) => c.name).join(' → ') })
}
