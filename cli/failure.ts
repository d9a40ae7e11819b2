// Turns whatever ends a command early into diagnostics: errors of hosts, traps, bugs.

import { DiagnosticBag, type Diagnostic } from '../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../compiler/diagnostics/format.ts'
import { nowhere, type Location } from '../compiler/diagnostics/location.ts'
import { lineReader } from '../compiler/sources.ts'
import { KernelTrap } from '../runtime/hosts/checked/trap.ts'
import { HostError } from '../runtime/hosts/host-error.ts'
import { UsageError } from './parse.ts'
import { readSource } from './sources.ts'

/** The diagnostic of a thrown error; an error of no known kind is a bug of ours. */
export function diagnosticOf(error: unknown): Diagnostic {
  const bag = new DiagnosticBag()
  if (error instanceof UsageError) {
    const help = `thimble ${error.command}`.trimEnd()
    return bag.add('TH6201', nowhere, { detail: error.message, help })
  }
  if (error instanceof HostError) return bag.add(error.code, nowhere, error.values)
  if (error instanceof KernelTrap) {
    const detail = error.message.replace(/^\S+:\d+:\d+: /, '')
    return bag.add('TH6109', trapLocation(error), { detail })
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return bag.add('TH9001', nowhere, { detail: detail.split('\n')[0] ?? '' })
}

function trapLocation({ span }: KernelTrap): Location {
  const { file, line, column, length } = span
  if (file === '') return nowhere
  const lineText = lineReader(readSource)(file, line)
  return { kind: 'source', file, line, column, length, lineText }
}

/** The JSON of a failure: the first error at the top, all of them in `diagnostics`. */
export function failureJson(diagnostics: readonly Diagnostic[]): unknown {
  const first = diagnostics.find(d => d.severity === 'error') ?? diagnostics[0]
  const { code, text, hint } = first ?? { code: '', text: '', hint: '' }
  return { error: { code, message: text, hint, diagnostics } }
}

/** A damaged file can have hundreds of problems; these many are shown. */
const shownDiagnostics = 10

/** The first diagnostics as text, each hint once. */
export function failureText(diagnostics: readonly Diagnostic[]): string {
  const shown = diagnostics.slice(0, shownDiagnostics).map((d, i, all) => {
    const isKnown = all.slice(0, i).some(({ hint }) => hint === d.hint)
    return isKnown ? { ...d, hint: '' } : d
  })
  const more = diagnostics.length - shown.length
  const rest = more === 0 ? '' : `... and ${more} more; --json shows all\n`
  return `${formatDiagnostics(shown)}\n${rest}`
}
