// Turns diagnostics into the text a person reads in a terminal.

import type { Diagnostic } from './bag.ts'
import type { Location } from './location.ts'

/** One diagnostic: place, severity, code, sentence; the source line underlined; the hint. */
export function formatDiagnostic(d: Diagnostic): string {
  const head = `${place(d.location)}${d.severity} ${d.code}: ${d.text}`
  const lines = [head, ...frame(d.location)]
  if (d.hint !== '') lines.push(`  hint: ${d.hint}`)
  return lines.join('\n')
}

export function formatDiagnostics(list: readonly Diagnostic[]): string {
  return list.map(formatDiagnostic).join('\n')
}

function place(location: Location): string {
  switch (location.kind) {
    case 'source':
      return `${location.file}:${location.line}:${location.column} - `
    case 'operator': {
      const name = location.name === '' ? '' : ` (${location.name})`
      return `${location.file}: op ${location.index} ${location.operator}${name} - `
    }
    case 'file':
      return `${location.file}: `
    case 'none':
      return ''
  }
}

function frame(location: Location): string[] {
  if (location.kind !== 'source') return []
  const number = String(location.line)
  const indent = ' '.repeat(number.length + 4 + location.column - 1)
  return [`  ${number}  ${location.lineText}`, indent + '~'.repeat(Math.max(1, location.length))]
}
