// Drops functions, structs and data that nothing reachable uses.

import { eachExpr } from '../build.ts'
import type { Func, Module } from '../node.ts'

/** The module with only what the functions named in `roots` need; order is kept. */
export function prune(module: Module, roots: readonly string[]): Module {
  const byName = new Map(module.functions.map(f => [f.name, f]))
  const used = new Set<string>()
  const data = new Set<string>()
  const structs = new Set<string>()
  const visit = (f: Func | undefined): void => {
    if (f === undefined || used.has(f.name)) return
    used.add(f.name)
    for (const p of f.params) {
      if (typeof p.type !== 'string' && p.type.kind === 'struct') structs.add(p.type.name)
    }
    eachExpr(f.body, e => {
      if (e.kind === 'call') visit(byName.get(e.callee))
      if (e.kind === 'data' || e.kind === 'element') data.add(e.name)
    })
  }
  for (const root of roots) visit(byName.get(root))
  return {
    ...module,
    structs: module.structs.filter(s => structs.has(s.name)),
    functions: module.functions.filter(f => used.has(f.name)),
    data: module.data.filter(d => data.has(d.name)),
  }
}
