// Orders the straight code in loops for a core that issues two instructions a cycle, as the Cortex-M7 does.

import { eachExpr, mapStmt } from '../../build.ts'
import type { Expr, Func, Stmt } from '../../node.ts'
import { declaredNames, FreshNames, substituteBody } from '../substitute.ts'
import { graphOf, type Intrinsics } from './graph.ts'
import { bestOrder } from './order.ts'
import { splitRun } from './split.ts'

/** Shorter runs leave nothing to choose. */
const shortest = 4
/** The graph grows with the square. */
const longest = 400

/**
 * The functions with the statements of their loops in an order that keeps both pipelines busy: results
 * are not used right after they are asked for, and multiplications alternate with loads and arithmetic.
 * Everything is computed as before from the same values, and no more of them are alive at once.
 */
export function orderForDualIssue(functions: readonly Func[]): readonly Func[] {
  const intrinsics: Intrinsics = new Map(
    functions.filter(f => f.intrinsic !== null).map(f => [f.name, f]),
  )
  return functions.map(f => (f.intrinsic === null ? new Orderer(f, intrinsics).run() : f))
}

class Orderer {
  readonly #func: Func
  readonly #intrinsics: Intrinsics
  readonly #names: FreshNames
  /** How often a name is declared: one name may stand for variables of several blocks. */
  readonly #declared = new Map<string, number>()

  constructor(func: Func, intrinsics: Intrinsics) {
    this.#func = func
    this.#intrinsics = intrinsics
    this.#names = new FreshNames(func)
    for (const name of [...func.params.map(p => p.name), ...declaredNames(func.body)]) {
      this.#declared.set(name, (this.#declared.get(name) ?? 0) + 1)
    }
  }

  run(): Func {
    return { ...this.#func, body: this.#body(this.#func.body, false) }
  }

  #body(body: readonly Stmt[], inLoop: boolean): readonly Stmt[] {
    const inner = body.map(s => {
      const loops = inLoop || s.kind === 'for' || s.kind === 'while'
      return mapStmt(s, { expr: e => e, body: b => this.#body(b, loops) })
    })
    return inLoop ? this.#order(inner.flatMap(s => this.#open(s))) : inner
  }

  /** The statements of a block, under names that nothing else in the function has. */
  #open(s: Stmt): readonly Stmt[] {
    if (s.kind !== 'block' || s.body.some(each => each.kind === 'array')) return [s]
    const own = s.body.flatMap(each => (each.kind === 'let' ? [each.name] : []))
    const shared = own.filter(name => (this.#declared.get(name) ?? 0) > 1)
    const renamed = new Map(shared.map(name => [name, this.#names.fresh(name)]))
    return shared.length === 0 ? s.body : substituteBody(s.body, new Map(), renamed)
  }

  #order(body: readonly Stmt[]): readonly Stmt[] {
    const out: Stmt[] = []
    let run: Stmt[] = []
    const flush = (after: readonly Stmt[]): void => {
      out.push(...this.#orderRun(run, after))
      run = []
    }
    for (const [i, s] of body.entries()) {
      if (this.#canMove(s)) run.push(s)
      else {
        flush(body.slice(i))
        out.push(s)
      }
      if (run.length === longest) flush(body.slice(i + 1))
    }
    flush([])
    return out
  }

  #orderRun(run: readonly Stmt[], after: readonly Stmt[]): readonly Stmt[] {
    if (run.length < shortest) return run
    const split = splitRun(run, this.#names, this.#intrinsics)
    const nodes = graphOf(split, this.#intrinsics)
    const { indices } = bestOrder(nodes, namesIn(after))
    return indices.every((index, i) => index === i) ? run : indices.map(i => split[i]!)
  }

  /** No jump, no call but of an instruction, nothing declared that has no value. */
  #canMove(s: Stmt): boolean {
    if (!['let', 'assign', 'store', 'storeWord'].includes(s.kind)) return false
    let pure = true
    eachExpr([s], e => {
      if (!this.#isPure(e)) pure = false
    })
    return pure
  }

  #isPure(e: Expr): boolean {
    return e.kind !== 'call' || this.#intrinsics.has(e.callee)
  }
}

function namesIn(body: readonly Stmt[]): ReadonlySet<string> {
  const names = new Set<string>()
  eachExpr(body, e => {
    if (e.kind === 'local') names.add(e.name)
  })
  return names
}
