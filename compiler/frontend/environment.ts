// What the frontend knows while it lowers a file: declarations, scopes and how to report a mistake.

import type { Node } from 'ts-morph'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { SourceLocation } from '../diagnostics/location.ts'
import type { Code } from '../diagnostics/messages.ts'
import type { Expr, Func, Param, ScalarType, Span, StructType, Type } from '../kir/node.ts'

/** What a name of a kernel file stands for. */
export type Declaration =
  | { readonly kind: 'function'; readonly signature: Signature }
  | { readonly kind: 'struct'; readonly struct: StructType }
  | { readonly kind: 'constant'; readonly value: Extract<Expr, { kind: 'const' }> }
  | { readonly kind: 'builtin'; readonly name: string }

/** A function before and after its body is lowered. */
export interface Signature {
  /** Name in the source. */
  readonly source: string
  /** Unique name in the module. */
  readonly name: string
  readonly params: readonly Param[]
  readonly result: Type | 'void'
}

export interface Variable {
  readonly name: string
  readonly type: Type
  readonly mutable: boolean
}

/** One kernel file: its declarations by local name and its lowered functions. */
export interface KernelFile {
  readonly path: string
  readonly names: Map<string, Declaration>
  readonly exported: Set<string>
  readonly functions: Func[]
}

/**
 * Lowers an expression; `expected` is the type its surroundings want, which only literals use. Null
 * after a diagnostic.
 */
export type LowerExpr = (scope: FunctionScope, node: Node, expected?: Type) => Expr | null

/** State of lowering one function: nested scopes and names unique within the function. */
export class FunctionScope {
  readonly file: KernelFile
  readonly signature: Signature
  readonly bag: DiagnosticBag
  readonly #scopes: Map<string, Variable>[] = [new Map()]
  readonly #used = new Map<string, number>()
  /** Passed in, because the visitors of expressions, operators and calls need each other. */
  readonly lowerExpr: LowerExpr
  loopDepth = 0

  constructor(
    file: KernelFile,
    signature: Signature,
    bag: DiagnosticBag,
    lowerExpr: LowerExpr,
  ) {
    this.file = file
    this.signature = signature
    this.bag = bag
    this.lowerExpr = lowerExpr
  }

  within<T>(body: () => T): T {
    this.#scopes.push(new Map())
    const result = body()
    this.#scopes.pop()
    return result
  }

  /** Declares a variable; its KIR name gets a number when the function already uses the name. */
  declare(node: Node, source: string, type: Type, mutable: boolean): Variable {
    const scope = this.#scopes[this.#scopes.length - 1]
    if (scope?.has(source) === true) this.report('TH1006', node, { name: source })
    const count = (this.#used.get(source) ?? 0) + 1
    this.#used.set(source, count)
    const variable = { name: count === 1 ? source : `${source}_${count}`, type, mutable }
    scope?.set(source, variable)
    return variable
  }

  variable(source: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]?.get(source)
      if (found !== undefined) return found
    }
    return undefined
  }

  report(code: Code, node: Node, values: Readonly<Record<string, string | number>> = {}): null {
    report(this.bag, this.file.path, code, node, values)
    return null
  }
}

/** Adds a diagnostic that underlines `node`. Returns null, so that a caller can return it. */
export function report(
  bag: DiagnosticBag,
  path: string,
  code: Code,
  node: Node,
  values: Readonly<Record<string, string | number>> = {},
): null {
  bag.add(code, locationOf(path, node), values)
  return null
}

export function spanOf(path: string, node: Node): Span {
  const { line, column, length } = locationOf(path, node)
  return { file: path, line, column, length }
}

function locationOf(path: string, node: Node): SourceLocation {
  const file = node.getSourceFile().compilerNode
  const start = node.getStart()
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  const lineStart = file.getPositionOfLineAndCharacter(line, 0)
  const newline = file.text.indexOf('\n', start)
  const lineEnd = newline < 0 ? file.text.length : newline
  return {
    kind: 'source',
    file: path,
    line: line + 1,
    column: character + 1,
    length: Math.max(1, Math.min(node.getEnd(), lineEnd) - start),
    lineText: file.text.slice(lineStart, lineEnd).replace(/\r$/, ''),
  }
}

/** Names of scalar types as written in a kernel. */
export const scalarTypes: ReadonlySet<string> = new Set<ScalarType>([
  'bool',
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'i64',
  'u64',
  'f32',
])
