// The one error hosts throw: a diagnostic code and its values, which the caller turns into a message.

import type { Missing } from './host.ts'

export type HostErrorCode =
  | 'TH5101'
  | 'TH5102'
  | 'TH5103'
  | 'TH5104'
  | 'TH5105'
  | 'TH5106'
  | 'TH6101'
  | 'TH6102'
  | 'TH6103'
  | 'TH6104'
  | 'TH6105'
  | 'TH6106'
  | 'TH6107'
  | 'TH6108'
  | 'TH6110'
  | 'TH6111'

/** Something outside of Thimble refused or failed; `values` fill the places of the message. */
export class HostError extends Error {
  readonly code: HostErrorCode
  readonly values: Readonly<Record<string, string | number>>

  constructor(code: HostErrorCode, values: Readonly<Record<string, string | number>>) {
    const list = Object.entries(values).map(([name, value]) => `${name}: ${value}`)
    super(`${code} (${list.join(', ')})`)
    this.name = 'HostError'
    this.code = code
    this.values = values
  }
}

/** The refusal for callers that cannot go on without the tool; `what` is what wanted it. */
export function missingError(what: string, missing: Missing): HostError {
  return new HostError('TH5101', { what, tool: missing.tool, howToGet: missing.howToGet })
}

export function isMissing(value: object): value is Missing {
  return 'howToGet' in value && 'tool' in value
}

/** The last few lines of a tool's output, on one line, short enough for a message. */
export function tail(text: string, lines = 6): string {
  const kept = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .slice(-lines)
    .join(' | ')
  return kept.length > 800 ? `…${kept.slice(-800)}` : kept
}
