// Reads the files a user names: whole, regular, of sane size, or refused with a reason.

import { readFileSync, statSync } from 'node:fs'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { reasonOf } from './reason.ts'

/** Models for microcontrollers and their inputs are far smaller. */
export const fileBytesLimit = 256 * 1024 * 1024

/** The bytes of a file. Null after TH6011 to TH6014. */
export function readInputFile(path: string, what: string, bag: DiagnosticBag): Uint8Array | null {
  const location = { kind: 'file', file: path } as const
  try {
    const status = statSync(path)
    if (!status.isFile()) {
      const kind = status.isDirectory() ? 'a folder' : 'no regular file'
      bag.add('TH6012', location, { what, kind })
      return null
    }
    if (status.size > fileBytesLimit) {
      bag.add('TH6013', location, { what, bytes: status.size, limit: fileBytesLimit })
      return null
    }
    if (status.size === 0) {
      bag.add('TH6014', location, { what })
      return null
    }
    return readFileSync(path)
  } catch (error) {
    bag.add('TH6011', location, { what, reason: reasonOf(error) })
    return null
  }
}
