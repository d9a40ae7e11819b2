// Temporary folders for builds and runs, removed when closed and, at the latest, when Node exits.

import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { HostError } from './host-error.ts'

const open = new Set<string>()

process.once('exit', () => {
  for (const folder of open) rmSync(folder, { recursive: true, force: true })
})

export async function openWorkFolder(purpose: string): Promise<string> {
  return guarded(async () => {
    const folder = await mkdtemp(join(tmpdir(), `thimble-${purpose}-`))
    open.add(folder)
    return folder
  })
}

/** A new folder that `fill` has done its work in; removed again when that throws. */
export async function inWorkFolder(
  purpose: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = await openWorkFolder(purpose)
  try {
    await fill(folder)
    return folder
  } catch (error) {
    await closeWorkFolder(folder)
    throw error
  }
}

export async function closeWorkFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  open.delete(folder)
}

/** Writes `files` (relative path → content) under `folder`. */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  await guarded(async () => {
    for (const [path, content] of files) {
      const relative = normalize(path)
      if (isAbsolute(relative) || relative.startsWith('..')) {
        throw new Error(`${path} leaves the folder`)
      }
      await mkdir(dirname(join(folder, relative)), { recursive: true })
      await writeFile(join(folder, relative), content)
    }
  })
}

/** The bytes of a file a tool was to make; empty when it did not. */
export async function readResult(folder: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, path))
  } catch {
    return new Uint8Array(0)
  }
}

async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new HostError('TH5106', { detail })
  }
}
