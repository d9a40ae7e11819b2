// Collects the problems of one model file and stops listing them when there are too many.

import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { Location } from '../../diagnostics/location.ts'
import type { Code } from '../../diagnostics/messages.ts'
import { Malformed } from './flatbuffer.ts'

export type Values = Readonly<Record<string, string | number>>

/** Adds one problem at a place that is already known. */
export type Complain = (code: Code, values: Values) => void

/** A hostile file can hold a fault in each of a million tensors. */
const limit = 20

export class ImportReport {
  readonly file: string
  readonly #bag: DiagnosticBag
  #count = 0

  constructor(file: string, bag: DiagnosticBag) {
    this.file = file
    this.#bag = bag
  }

  get failed(): boolean {
    return this.#count > 0
  }

  add(code: Code, values: Values = {}, location?: Location): void {
    this.#count += 1
    const fileLocation = { kind: 'file', file: this.file } as const
    if (this.#count <= limit) this.#bag.add(code, location ?? fileLocation, values)
    if (this.#count === limit + 1) this.#bag.add('TH2006', fileLocation, { limit })
  }

  /** Result of `read`, or null after a complaint when the bytes are malformed. `what` may be ''. */
  attempt<T>(what: string, read: () => T): T | null {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.malformed(what, error)
      return null
    }
  }

  malformed(what: string, error: Malformed): void {
    const detail = what === '' ? error.message : `${what}: ${error.message}`
    this.add('TH2002', { detail, offset: error.offset })
  }
}
