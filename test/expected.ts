// Compares diagnostics with the hand-checked texts under test/errors.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../compiler/diagnostics/format.ts'
import type { Code } from '../compiler/diagnostics/messages.ts'

export interface Refusal {
  readonly code: Code
  /** What was done wrong. */
  readonly title: string
  readonly diagnostics: readonly Diagnostic[]
}

/** The text of all refusals of one code: each title, and all that was said. */
export function refusalText(refusals: readonly Refusal[]): string {
  return refusals
    .map(({ title, diagnostics }) => `# ${title}\n${formatDiagnostics(diagnostics)}\n`)
    .join('\n')
}

/**
 * Content of test/errors/<code>/expected.txt; '' when there is none. With THIMBLE_UPDATE set, `text` is
 * written there first: read the difference like code.
 */
export function expectedText(code: Code, text: string): string {
  const folder = join(import.meta.dirname, 'errors', code)
  const path = join(folder, 'expected.txt')
  if (process.env['THIMBLE_UPDATE'] !== undefined) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, text)
  }
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
