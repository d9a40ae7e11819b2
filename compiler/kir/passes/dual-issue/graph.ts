// A run of straight code as a graph: which statement must follow which, and how many cycles later.

import { expressionsOf, walkExpr } from '../../build.ts'
import type { Expr, Func, Stmt } from '../../node.ts'
import { bytesOf, isPtr } from '../../types.ts'

/** What a statement occupies: the one multiplier, the one port to memory, or any of two slots. */
export type Unit = 'multiply' | 'memory' | 'other'

export interface Edge {
  readonly to: number
  readonly cycles: number
}

export interface Node {
  readonly stmt: Stmt
  readonly unit: Unit
  readonly after: readonly Edge[]
  /** How many statements this one waits for. */
  readonly waits: number
  /** Variables declared in the run that it reads or writes. */
  readonly touches: readonly string[]
  /** The same for the copies that unrolling makes of one statement. */
  readonly role: string
}

interface Access {
  readonly ptr: Expr
  readonly index: Expr
  readonly bytes: number
  readonly writes: boolean
}

interface Facts {
  readonly reads: ReadonlyMap<string, number>
  readonly writes: string | null
  readonly accesses: readonly Access[]
  readonly unit: Unit
  readonly latency: number
}

/**
 * Cycles until a result can be used, by LLVM 19's model of the Cortex-M7: 2 for multiplications, loads of
 * less than a word and the instructions on halves and bytes; 1 for words, plain arithmetic and a sum that
 * goes on.
 */
const slow = 2
const fast = 1

/** Intrinsics by name. */
export type Intrinsics = ReadonlyMap<string, Func>

export function graphOf(run: readonly Stmt[], intrinsics: Intrinsics): readonly Node[] {
  const facts = run.map(s => factsOf(s, intrinsics))
  const declared = new Set(run.flatMap(s => (s.kind === 'let' ? [s.name] : [])))
  const written = new Set(facts.flatMap(f => (f.writes === null ? [] : [f.writes])))
  const after: Edge[][] = run.map(() => [])
  const waits = run.map(() => 0)
  for (let to = 0; to < run.length; to++) {
    for (let from = 0; from < to; from++) {
      const cycles = distance(facts[from]!, facts[to]!, written)
      if (cycles === null) continue
      after[from]!.push({ to, cycles })
      waits[to]!++
    }
  }
  return run.map((stmt, i) => {
    const { reads, writes, unit } = facts[i]!
    const names = new Set(reads.keys())
    if (writes !== null) names.add(writes)
    const touches = [...names].filter(name => declared.has(name))
    return { stmt, unit, after: after[i]!, waits: waits[i]!, touches, role: roleOf(stmt) }
  })
}

/** `FreshNames` tells copies of a variable apart by a number at the end. */
function roleOf(s: Stmt): string {
  const name = s.kind === 'let' || s.kind === 'assign' ? s.name.replace(/_\d+$/, '') : ''
  return `${s.kind} ${name}`
}

/** Cycles that `later` starts at least after `earlier`; null where their order does not matter. */
function distance(earlier: Facts, later: Facts, written: ReadonlySet<string>): number | null {
  const name = earlier.writes
  const forwarded = name === null ? undefined : later.reads.get(name)
  if (forwarded !== undefined) return Math.max(fast, earlier.latency - forwarded)
  if (name !== null && later.writes === name) return fast
  if (later.writes !== null && earlier.reads.has(later.writes)) return 0
  const conflict = earlier.accesses.some(a =>
    later.accesses.some(b => (a.writes || b.writes) && !areApart(a, b, written)),
  )
  return conflict ? (earlier.accesses.some(a => a.writes) ? fast : 0) : null
}

/** Constant places of one pointer that stays where it is. */
function areApart(a: Access, b: Access, written: ReadonlySet<string>): boolean {
  if (a.ptr.kind !== 'local' || b.ptr.kind !== 'local' || a.ptr.name !== b.ptr.name) return false
  if (a.index.kind !== 'const' || b.index.kind !== 'const' || written.has(a.ptr.name)) return false
  const size = isPtr(a.ptr.type) ? bytesOf(a.ptr.type.to) : 1
  const [from, to] = [Number(a.index.value) * size, Number(b.index.value) * size]
  return from + a.bytes <= to || to + b.bytes <= from
}

function factsOf(s: Stmt, intrinsics: Intrinsics): Facts {
  const reads = new Map<string, number>()
  const accesses: Access[] = []
  const [first, ...rest] = expressionsOf(s)
  const root = s.kind === 'let' || s.kind === 'assign' ? first : undefined
  const sum = root === undefined ? null : summand(root, intrinsics)
  for (const e of first === undefined ? rest : [first, ...rest]) {
    walkExpr(e, inner => {
      if (inner.kind === 'field') reads.set(inner.object, 0)
      // The sum of a multiplication is wanted a cycle later than its factors.
      if (inner.kind === 'local') reads.set(inner.name, inner === sum ? 1 : 0)
      if (inner.kind === 'load') {
        accesses.push({ ...inner, bytes: bytesOf(inner.type), writes: false })
      }
      if (inner.kind === 'loadWord') accesses.push({ ...inner, bytes: 4, writes: false })
    })
  }
  if (s.kind === 'store') accesses.push({ ...s, bytes: storedBytes(s.ptr), writes: true })
  if (s.kind === 'storeWord') accesses.push({ ...s, bytes: 4, writes: true })
  const writes = s.kind === 'let' || s.kind === 'assign' ? s.name : null
  const unit =
    accesses.length > 0 ? 'memory' : root === undefined ? 'other' : unitOf(root, intrinsics)
  const narrow = accesses.some(a => a.bytes < 4 && !a.writes)
  const isSlow =
    unit === 'multiply' || narrow || (root !== undefined && isIntrinsic(root, intrinsics))
  return { reads, writes, accesses, unit, latency: isSlow ? slow : fast }
}

function storedBytes(ptr: Expr): number {
  return isPtr(ptr.type) ? bytesOf(ptr.type.to) : 4
}

function isIntrinsic(e: Expr, intrinsics: Intrinsics): boolean {
  return e.kind === 'call' && intrinsics.has(e.callee)
}

function assemblyOf(e: Expr, intrinsics: Intrinsics): string {
  return e.kind === 'call' ? (intrinsics.get(e.callee)?.intrinsic?.asm ?? '') : ''
}

function unitOf(e: Expr, intrinsics: Intrinsics): Unit {
  let multiplies = /^(sm[lmu]|mul|mla)/.test(assemblyOf(e, intrinsics))
  walkExpr(e, inner => {
    if (inner.kind === 'binary' && /^(mul|wrapMul|div|rem)$/.test(inner.op)) multiplies = true
  })
  return multiplies ? 'multiply' : 'other'
}

/** The operand that a multiplication adds to. */
function summand(e: Expr, intrinsics: Intrinsics): Expr | null {
  if (e.kind !== 'call') return null
  const position = intrinsics.get(e.callee)?.params.findIndex(p => p.name === 'acc') ?? -1
  return e.args[position] ?? null
}
