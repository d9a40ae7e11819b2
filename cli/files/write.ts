// Writes one file so that it is there whole or not at all.

import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { reasonOf } from './reason.ts'

/**
 * Writes beside the target and renames, so that a failure leaves what was there before. False after
 * TH5201. Devices and pipes (/dev/null, /dev/stdout) are written directly.
 */
export function writeOutputFile(path: string, content: Uint8Array, bag: DiagnosticBag): boolean {
  try {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status !== undefined && !status.isFile()) writeSpecial(path, status, content)
    else replaceFile(status === undefined ? path : realpathSync(path), content)
    return true
  } catch (error) {
    bag.add('TH5201', { kind: 'file', file: path }, { reason: reasonOf(error) })
    return false
  }
}

function writeSpecial(path: string, status: Stats, content: Uint8Array): void {
  if (status.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
  writeAll(path, 'w', content)
}

/** `target` is a path without a symbolic link at its end, which renaming would replace. */
function replaceFile(target: string, content: Uint8Array): void {
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
  try {
    writeAll(temporary, 'wx', content)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Creates or opens a file and writes all of it through to the disk. */
export function writeAll(path: string, flags: 'w' | 'wx', content: Uint8Array): void {
  const file = openSync(path, flags)
  try {
    for (let at = 0; at < content.length;) {
      at += writeSync(file, content, at, content.length - at)
    }
    // Some file systems report a full disk only now. Pipes and terminals cannot be synchronised.
    if (flags === 'wx') fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
