// Refuses expressions whose value depends on which operand is computed first, which C leaves open.

import { bodiesOf, childrenOf, eachExpr, eachStmt, expressionsOf, walkExpr } from '../kir/build.ts'
import type { Expr, Func, Stmt } from '../kir/node.ts'
import { reportAt } from '../kir/passes/report.ts'
import { isPtr } from '../kir/types.ts'
import type { Reporter } from './order.ts'

type Call = Extract<Expr, { kind: 'call' }>

/**
 * A call that writes memory may stand only where nothing else of its statement reads memory or calls:
 * C orders neither operands nor arguments, while JavaScript does. `functions`: callees first.
 */
export function checkEvaluationOrder(
  functions: readonly Func[],
  { bag, lineOf, nameOf }: Reporter,
): void {
  const writers = new Set<string>()
  const complain = (call: Call): void => {
    reportAt(bag, lineOf, 'TH1048', call.span, { name: nameOf(call.callee) })
  }
  for (const f of functions) {
    checkBody(f.body, writers, complain)
    if (writesMemory(f, writers)) writers.add(f.name)
  }
}

/** Only a function that is handed a pointer to write through can change what others see. */
function writesMemory(f: Func, writers: ReadonlySet<string>): boolean {
  if (!f.params.some(p => isPtr(p.type) && !p.type.readonly)) return false
  let writes = false
  eachStmt(f.body, s => {
    if (s.kind === 'store' || s.kind === 'storeWord') writes = true
  })
  eachExpr(f.body, e => {
    if (e.kind === 'call' && writers.has(e.callee)) writes = true
  })
  return writes
}

function checkBody(
  body: readonly Stmt[],
  writers: ReadonlySet<string>,
  complain: (call: Call) => void,
): void {
  for (const s of body) {
    const parts = expressionsOf(s)
    // The parts of a store are computed together, those of a loop's head one after another.
    if (s.kind === 'store' || s.kind === 'storeWord') checkTogether(parts, writers, complain)
    else for (const part of parts) check(part, writers, complain)
    for (const inner of bodiesOf(s)) checkBody(inner, writers, complain)
  }
}

function check(e: Expr, writers: ReadonlySet<string>, complain: (call: Call) => void): void {
  if (firstWriter(e, writers) === null) return
  if (e.kind === 'select') {
    for (const part of [e.condition, e.then, e.else]) check(part, writers, complain)
    return
  }
  if (e.kind === 'binary' && (e.op === 'andAlso' || e.op === 'orElse')) {
    for (const part of [e.left, e.right]) check(part, writers, complain)
    return
  }
  checkTogether(childrenOf(e), writers, complain)
}

/** At most one of `parts` may write, and then no other may read memory or call. */
function checkTogether(
  parts: readonly Expr[],
  writers: ReadonlySet<string>,
  complain: (call: Call) => void,
): void {
  const [writing, ...more] = parts.filter(part => firstWriter(part, writers) !== null)
  if (writing === undefined) return
  const call = firstWriter(writing, writers)
  const others = parts.filter(part => part !== writing)
  if (call !== null && (more.length > 0 || others.some(looksAtMemory))) complain(call)
  else check(writing, writers, complain)
}

function firstWriter(e: Expr, writers: ReadonlySet<string>): Call | null {
  const found: Call[] = []
  walkExpr(e, inner => {
    if (inner.kind === 'call' && writers.has(inner.callee)) found.push(inner)
  })
  return found[0] ?? null
}

function looksAtMemory(e: Expr): boolean {
  let found = false
  walkExpr(e, inner => {
    if (inner.kind === 'load' || inner.kind === 'loadWord' || inner.kind === 'call') found = true
  })
  return found
}
