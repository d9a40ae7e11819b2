// Writes a package into a folder: all files or none, never over files that are not ours.

import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { reasonOf } from './reason.ts'
import { writeAll } from './write.ts'

/** The file that lists what Thimble has written into a folder. */
export const manifestName = 'thimble.json'

/**
 * Writes `files` (name → content, no subfolders) and a manifest, which holds `report` and the list of
 * the files. Files of an earlier package in the folder are replaced or removed, others are kept.
 * False after TH5201 to TH5203, with the folder as it was before.
 */
export function writePackageFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  report: object,
  bag: DiagnosticBag,
): boolean {
  const location = { kind: 'file', file: folder } as const
  const names = [...files.keys(), manifestName]
  const manifest = { generator: 'thimble', files: names, report }
  const all = new Map([...files, [manifestName, `${JSON.stringify(manifest, null, 2)}\n`]])
  try {
    const before = statSync(folder, { throwIfNoEntry: false })
    if (before !== undefined && !before.isDirectory()) {
      bag.add('TH5203', location)
      return false
    }
    const ours = ownFiles(folder)
    const foreign = names.filter(name => !ours.has(name) && exists(join(folder, name)))
    if (foreign.length > 0) {
      bag.add('TH5202', location, { files: foreign.join(', ') })
      return false
    }
    const stale = [...ours].filter(name => !all.has(name))
    replaceFiles(folder, all, stale)
    return true
  } catch (error) {
    bag.add('TH5201', location, { reason: reasonOf(error) })
    return false
  }
}

/** Everything is written before the first old file is touched. */
function replaceFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  stale: readonly string[],
): void {
  // The topmost folder that did not exist: what a failure has to take away again.
  const created = mkdirSync(resolve(folder), { recursive: true })
  let temporary = ''
  try {
    temporary = mkdtempSync(join(folder, '.thimble-'))
    for (const [name, text] of files) {
      writeAll(join(temporary, name), 'wx', new TextEncoder().encode(text))
    }
    for (const name of files.keys()) renameSync(join(temporary, name), join(folder, name))
    for (const name of stale) rmSync(join(folder, name), { force: true })
    rmdirSync(temporary)
  } catch (error) {
    if (temporary !== '') rmSync(temporary, { recursive: true, force: true })
    if (created !== undefined) rmSync(created, { recursive: true, force: true })
    throw error
  }
}

/** Plain names in the manifest of an earlier package that are files there; empty without one. */
function ownFiles(folder: string): ReadonlySet<string> {
  try {
    const text = readFileSync(join(folder, manifestName), 'utf8')
    const { generator, files } = JSON.parse(text) as { generator?: unknown; files?: unknown }
    if (generator !== 'thimble' || !Array.isArray(files)) return new Set()
    const names = files.filter((name): name is string => typeof name === 'string')
    const isPlain = (name: string): boolean => /^[\w][\w.-]*$/.test(name)
    return new Set(names.filter(name => isPlain(name) && isFile(join(folder, name))))
  } catch {
    return new Set()
  }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
