// Reads the sources of kernels and language from the package itself, wherever it is called from.

import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReadSource } from '../compiler/sources.ts'

/** The folder that holds package.json. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** Text of a project file; undefined when there is none. Each is read from disk once. */
export const readSource: ReadSource = cached(path => {
  if (normalize(path).startsWith('..')) return undefined
  try {
    return readFileSync(join(projectRoot, path), 'utf8')
  } catch {
    return undefined
  }
})

function cached(read: ReadSource): ReadSource {
  const texts = new Map<string, string | undefined>()
  return path => {
    if (!texts.has(path)) texts.set(path, read(path))
    return texts.get(path)
  }
}
