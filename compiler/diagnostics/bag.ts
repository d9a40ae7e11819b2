// Collects the diagnostics of a run, so that one run shows all errors of a stage.

import type { Location } from './location.ts'
import { messages, type Code } from './messages.ts'

export interface Diagnostic {
  readonly code: Code
  readonly severity: 'error' | 'warning'
  readonly text: string
  readonly hint: string
  readonly location: Location
}

export class DiagnosticBag {
  readonly #list: Diagnostic[] = []

  /** Adds the message of `code` with its `{name}` places filled from `values`. */
  add(
    code: Code,
    location: Location,
    values: Readonly<Record<string, string | number>> = {},
  ): Diagnostic {
    const message = messages[code]
    const diagnostic: Diagnostic = {
      code,
      severity: message.severity,
      text: fill(message.text, values),
      hint: fill(message.hint, values),
      location,
    }
    this.#list.push(diagnostic)
    return diagnostic
  }

  /** Takes over diagnostics of another bag. */
  adopt(list: readonly Diagnostic[]): void {
    this.#list.push(...list)
  }

  get all(): readonly Diagnostic[] {
    return this.#list
  }

  get errors(): readonly Diagnostic[] {
    return this.#list.filter(d => d.severity === 'error')
  }

  get hasErrors(): boolean {
    return this.#list.some(d => d.severity === 'error')
  }
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : String(value)
  })
}
