// Compiles C files to objects and links them; the unchanging harness is compiled once per target.

import { basename, join } from 'node:path'
import { HostError, tail } from './host-error.ts'
import { runProcess, type ProcessResult } from './process.ts'
import {
  kernelFlags,
  packageFlags,
  runtimeC,
  sizeFlags,
  type FirmwareBoard,
  type Machine,
  type Target,
} from './targets.ts'
import { openWorkFolder } from './work-folder.ts'

export interface CompileJob {
  readonly target: Target
  /** Path of the compiler. */
  readonly compiler: string
  /** Where objects go and the first include folder. */
  readonly folder: string
  /** Further flags, after those of the target. */
  readonly flags: readonly string[]
  /** Compile the files for few bytes; default false. */
  readonly small?: boolean
  /** Limit for one file; default `defaultCompileSeconds`. */
  readonly seconds?: number
}

const defaultCompileSeconds = 180
/** A disassembly is long, and all of it counts. */
const toolOutputLimit = 256_000_000
/** Compilers at work at once, for one build. */
const parallel = 2

/** Object paths of `sources` (absolute, or relative to the folder), in order. Throws TH5102. */
export async function compileObjects(
  job: CompileJob,
  sources: readonly string[],
): Promise<readonly string[]> {
  // Numbered, as two folders may hold files of one name; named, as linker scripts select by name.
  const objects = sources.map((source, index) =>
    join(job.folder, `${index}-${basename(source).replace(/\.[cs]$/, '')}.o`),
  )
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < sources.length; index = next++) {
      await compileOne(job, sources[index]!, objects[index]!)
    }
  }
  // All settle before the first error leaves: the caller may remove the folder then.
  const ends = await Promise.allSettled(Array.from({ length: parallel }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return objects
}

async function compileOne(job: CompileJob, source: string, object: string): Promise<void> {
  const isKernels = basename(source) === 'thimble_kernels.c'
  const own = isKernels ? kernelFlags(job.target) : []
  const level = job.small === true ? sizeFlags : []
  const flags = [...packageFlags, ...level, ...job.target.flags, ...own, ...job.flags]
  const args = [...flags, '-I', job.folder, '-I', runtimeC, '-c', source, '-o', object]
  const result = await runTool(job.compiler, args, job.folder, job.seconds)
  if (result.code === 0) return
  throw new HostError('TH5102', {
    tool: basename(job.compiler),
    file: basename(source),
    detail: firstErrors(result.stderr),
  })
}

/** Links `objects` into `output`. Throws TH5103 with the linker's words. */
export async function link(
  job: CompileJob,
  objects: readonly string[],
  output: string,
  where: string,
): Promise<void> {
  const args = [...packageFlags, ...job.target.flags, ...job.flags, ...objects, '-o', output]
  const result = await runTool(job.compiler, args, job.folder)
  if (result.code === 0) return
  throw new HostError('TH5103', {
    tool: basename(job.compiler),
    target: where,
    detail: tail(result.stderr),
  })
}

/** Files of runtime/c/port: of a board, of a machine that stands for a core, or for measuring sizes. */
export type LinkScript = FirmwareBoard | Machine | 'measure'

/** Flags that link for a board: its memory map, no start files but ours. */
export function boardLinkFlags(script: LinkScript): readonly string[] {
  const folder = join(runtimeC, 'port')
  return ['-nostartfiles', '-L', folder, '-T', join(folder, `${script}.ld`), '-Wl,--gc-sections']
}

const harnessCache = new Map<string, Promise<readonly string[]>>()

/** Objects of files of runtime/c, compiled once per process for each target and set of flags. */
export function harnessObjects(
  job: CompileJob,
  files: readonly string[],
): Promise<readonly string[]> {
  const key = [job.compiler, job.target.name, ...job.flags, ...files].join(' ')
  const known = harnessCache.get(key)
  if (known !== undefined) return known
  const made = openWorkFolder('harness').then(folder =>
    compileObjects(
      { ...job, folder },
      files.map(file => join(runtimeC, file)),
    ),
  )
  harnessCache.set(key, made)
  // A failure is reported to who asked, and not kept.
  made.catch(() => harnessCache.delete(key))
  return made
}

/** Runs a compiler or linker; TH5104 when it takes too long. */
export async function runTool(
  command: string,
  args: readonly string[],
  cwd: string,
  seconds = defaultCompileSeconds,
): Promise<ProcessResult> {
  const options = { cwd, timeoutSeconds: seconds, outputLimit: toolOutputLimit }
  const result = await runProcess(command, args, options)
  if (result.timedOut) {
    throw new HostError('TH5104', { tool: basename(command), seconds })
  }
  return result
}

/** What a compiler complained of first: later errors are mostly consequences. */
function firstErrors(stderr: string): string {
  const lines = stderr.split('\n').filter(line => /\b(error|warning):/.test(line))
  return lines.length === 0 ? tail(stderr) : tail(lines.slice(0, 3).join('\n'))
}
