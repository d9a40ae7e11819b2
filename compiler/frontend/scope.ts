// State of lowering one function: nested scopes, names unique within the function, loops.

import type { Node } from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Code } from '../diagnostics/messages.ts'
import type { Expr, Type } from '../kir/node.ts'
import { isPtr } from '../kir/types.ts'
import { report, type KernelFile, type Signature } from './environment.ts'
import { nameProblem } from './names.ts'

export interface Variable {
  /** Unique in the function. */
  readonly name: string
  readonly type: Type
  readonly mutable: boolean
  /**
   * Depth of the scope whose local array a pointer points into, 0 when it points to memory that
   * outlives the function.
   */
  readonly home: number
}

/**
 * Lowers an expression; `expected` is the type its surroundings want, which only literals use. Null
 * after a diagnostic.
 */
export type LowerExpr = (scope: FunctionScope, node: Node, expected?: Type) => Expr | null

interface Level {
  /** Null: declared with a mistake. */
  readonly variables: Map<string, Variable | null>
  /** Declared further down in this scope: TypeScript refuses to use them before. */
  readonly later: ReadonlySet<string>
}

export class FunctionScope {
  readonly file: KernelFile
  readonly signature: Signature
  readonly bag: DiagnosticBag
  /** Passed in, because the visitors of expressions, operators and calls need each other. */
  readonly lowerExpr: LowerExpr
  readonly #levels: Level[]
  readonly #byName = new Map<string, Variable>()
  #inLoop = false
  #sound = true
  #nesting = 0

  /** The function's signature could not be read, so nothing is known about its result. */
  readonly broken: boolean
  constructor(
    file: KernelFile,
    signature: Signature,
    bag: DiagnosticBag,
    lowerExpr: LowerExpr,
    body: {
      /** Names that the function's body declares at its top level. */
      readonly later: readonly string[]
      readonly broken: boolean
    } = { later: [], broken: false },
  ) {
    this.file = file
    this.signature = signature
    this.bag = bag
    this.lowerExpr = lowerExpr
    this.#levels = [{ variables: new Map(), later: new Set(body.later) }]
    this.broken = body.broken
  }

  /** Depth of the current scope; the body of the function has depth 1. */
  get depth(): number {
    return this.#levels.length
  }

  /** Whether `break` and `continue` have a loop to act on. */
  get inLoop(): boolean {
    return this.#inLoop
  }

  /** Runs `body` in a scope of its own that will declare the names `later`. */
  within<T>(later: readonly string[], body: () => T): T {
    this.#levels.push({ variables: new Map(), later: new Set(later) })
    const result = body()
    this.#levels.pop()
    return result
  }

  /** Runs `body` as the body of a loop, or of an unrolled one, which cannot be left early. */
  withinLoop<T>(isLoop: boolean, body: () => T): T {
    const before = this.#inLoop
    this.#inLoop = isLoop
    const result = body()
    this.#inLoop = before
    return result
  }

  /** Runs `body` one level of source nesting deeper, unless that is too deep for C compilers. */
  nested<T>(node: Node, otherwise: T, body: () => T): T {
    if (this.#nesting >= nestingLimit) {
      this.report('TH1049', node, { limit: nestingLimit })
      return otherwise
    }
    this.#nesting++
    const result = body()
    this.#nesting--
    return result
  }

  /** Declares a variable; its KIR name gets a number when the function already uses the name. */
  declare(
    node: Node,
    source: string,
    type: Type,
    kind: { readonly mutable: boolean; readonly home?: number },
  ): Variable {
    const reason = nameProblem(source)
    if (reason !== null) this.report('TH1047', node, { name: source, reason })
    const level = this.#levels[this.#levels.length - 1]
    if (level?.variables.has(source) === true) this.report('TH1006', node, { name: source })
    let name = source
    for (let n = 2; this.#byName.has(name); n++) name = `${source}_${n}`
    const variable = { name, type, mutable: kind.mutable, home: kind.home ?? 0 }
    this.#byName.set(name, variable)
    level?.variables.set(source, variable)
    return variable
  }

  /** What a name stands for here: undefined when it is no variable, null after a diagnostic. */
  variable(node: Node, source: string): Variable | null | undefined {
    for (let i = this.#levels.length - 1; i >= 0; i--) {
      const level = this.#levels[i]
      const found = level?.variables.get(source)
      if (found === null) return this.skip()
      if (found !== undefined) return found
      if (level?.later.has(source) === true) return this.report('TH1051', node, { name: source })
    }
    return undefined
  }

  /** Declares a name whose declaration is wrong and reported: its uses are not reported again. */
  declareBroken(source: string): void {
    this.#levels[this.#levels.length - 1]?.variables.set(source, null)
  }

  /** Notes that something was left out silently, because its mistake is reported elsewhere. */
  skip(): null {
    this.#sound = false
    return null
  }

  /** Whether everything so far was lowered or reported in this function. */
  get sound(): boolean {
    return this.#sound
  }

  /** Whether `source` is a variable here, without a diagnostic. */
  hides(source: string): boolean {
    return this.#levels.some(level => level.variables.has(source) || level.later.has(source))
  }

  /** Depth of the innermost local array that the pointer expression can point into. */
  homeOf(e: Expr): number {
    if (!isPtr(e.type)) return 0
    switch (e.kind) {
      case 'local':
        return this.#byName.get(e.name)?.home ?? 0
      case 'offset':
      case 'reinterpret':
        return this.homeOf(e.ptr)
      case 'call':
        return Math.max(0, ...e.args.map(argument => this.homeOf(argument)))
      default:
        return 0
    }
  }

  report(code: Code, node: Node, values: Readonly<Record<string, string | number>> = {}): null {
    report(this.bag, this.file.path, code, node, values)
    return null
  }
}

/** clang stops at 256 nested brackets; every level here may become one. */
export const nestingLimit = 200
