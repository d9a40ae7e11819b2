// What the frontend knows about a file: its declarations, and how to report a mistake in it.

import type { Node, SourceFile } from 'ts-morph'
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
  /** Declared with a mistake that has been reported: its uses are not reported again. */
  | { readonly kind: 'broken' }

/** A function before and after its body is lowered. */
export interface Signature {
  /** Name in the source. */
  readonly source: string
  /** Unique name in the module. */
  readonly name: string
  readonly params: readonly Param[]
  readonly result: Type | 'void'
}

/** One kernel file: its declarations by local name and its lowered functions. */
export interface KernelFile {
  readonly path: string
  readonly names: Map<string, Declaration>
  readonly exported: Set<string>
  /** Params interfaces of the whole program by their unique name. */
  readonly structs: ReadonlyMap<string, StructType>
  readonly functions: Func[]
}

/** Adds a diagnostic that underlines `node`. Returns null, so that a caller can return it. */
export function report(
  bag: DiagnosticBag,
  path: string,
  code: Code,
  node: Node,
  values: Readonly<Record<string, string | number>> = {},
): null {
  bag.add(code, locationOf(path, node.getSourceFile(), node.getStart(), node.getEnd()), values)
  return null
}

export function spanOf(path: string, node: Node): Span {
  const file = node.getSourceFile()
  const { line, column, length } = locationOf(path, file, node.getStart(), node.getEnd())
  return { file: path, line, column, length }
}

/** The place of characters `start` to `end` of a file, cut at the end of the first line. */
export function locationOf(
  path: string,
  source: SourceFile,
  start: number,
  end: number,
): SourceLocation {
  const file = source.compilerNode
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  const lineStart = file.getPositionOfLineAndCharacter(line, 0)
  const newline = file.text.indexOf('\n', start)
  const lineEnd = newline < 0 ? file.text.length : newline
  return {
    kind: 'source',
    file: path,
    line: line + 1,
    column: character + 1,
    length: Math.max(1, Math.min(end, lineEnd) - start),
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
