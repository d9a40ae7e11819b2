// Reads kernel sources for tests: files of the project, with some replaced by text of the test.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ReadSource } from '../compiler/sources.ts'

export const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** `texts` first, then the files of the project. */
export function sourcesWith(texts: Readonly<Record<string, string>> = {}): ReadSource {
  return path => {
    const text = texts[path]
    if (text !== undefined) return text
    const file = projectRoot + path
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
}

/** Text of a line of a source, as diagnostics quote it. */
export function lineReader(read: ReadSource): (file: string, line: number) => string {
  return (file, line) => read(file)?.split('\n')[line - 1] ?? ''
}
