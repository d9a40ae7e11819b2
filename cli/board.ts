// Finds the board a user means: one that ships, by name, or one of their own, by file.

import { boards, cores } from '../boards/index.ts'
import { parseBoard } from '../boards/parse.ts'
import type { Board } from '../boards/schema.ts'
import type { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { findBoard } from '../compiler/index.ts'
import { readInputFile } from './files/read.ts'

/** Board files are a page of text. */
const mostBytes = 1 << 20

/** The board of that name, or in that file if it ends in `.json`. Null after TH6001 to TH6014. */
export function boardNamed(nameOrFile: string, bag: DiagnosticBag): Board | null {
  if (!nameOrFile.endsWith('.json')) return findBoard(nameOrFile, bag)
  const bytes = readInputFile(nameOrFile, 'the board', bag)
  return bytes === null ? null : boardOf(bytes, nameOrFile, bag)
}

function boardOf(bytes: Uint8Array, file: string, bag: DiagnosticBag): Board | null {
  const location = { kind: 'file', file } as const
  const value = jsonOf(bytes)
  if (value === undefined) {
    const reason = bytes.length > mostBytes ? 'it is longer than 1 MiB' : 'it is not JSON'
    bag.add('TH6002', location, { reason })
    return null
  }
  const parsed = parseBoard(value, cores)
  const problems = parsed.kind === 'problems' ? parsed.problems : takenName(parsed.board)
  for (const problem of problems) bag.add('TH6003', location, { problem: printable(problem) })
  return parsed.kind === 'board' && problems.length === 0 ? parsed.board : null
}

function jsonOf(bytes: Uint8Array): unknown {
  if (bytes.length > mostBytes) return undefined
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return undefined
  }
}

/** Hosts and firmware know boards that ship by their names. */
function takenName({ name }: Board): readonly string[] {
  return boards.has(name) ? [`'${name}' is the name of a board that ships`] : []
}

/** A file of any origin could steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, 300)
}
