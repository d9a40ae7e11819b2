// Reports a mistake found in the KIR at the kernel line it came from.

import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { Code } from '../../diagnostics/messages.ts'
import type { Span } from '../node.ts'

/** Text of a line of a source file, '' when it is not at hand. */
export type LineOf = (file: string, line: number) => string

export function reportAt(
  bag: DiagnosticBag,
  lineOf: LineOf,
  code: Code,
  span: Span,
  values: Readonly<Record<string, string | number>>,
): void {
  const lineText = lineOf(span.file, span.line)
  bag.add(code, { kind: 'source', ...span, lineText }, values)
}
