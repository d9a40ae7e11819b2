// Runs programs that exchange input.bin and output.bin, natively or in QEMU, as runners of a model.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompileJob } from './build.ts'
import { checkInferences, decodeResults, encodeInferences } from './exchange.ts'
import { checkRun } from './exit-codes.ts'
import { programGlue, type Images } from './glue.ts'
import type { CProgram, Missing, Runner } from './host.ts'
import { defaultTimeoutSeconds, type BuildOptions, type RunOptions } from './options.ts'
import { runProcess } from './process.ts'
import { clangTarget, strictFlags } from './targets.ts'
import { findTool, missingTool, newlibHeaders } from './toolchain.ts'
import { closeWorkFolder, readResult, writeFiles } from './work-folder.ts'

/** Leaks are not the question, and looking for them fails where ptrace is forbidden. */
const sanitizerEnvironment = { ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' }

/** Writes the package and its glue into `folder`; the C files among them. */
export async function writePackage(
  program: CProgram,
  folder: string,
  images: Images,
): Promise<readonly string[]> {
  const glue = 'thimble_glue.c'
  await writeFiles(folder, new Map([...program.cFiles, [glue, programGlue(program, images)]]))
  return [...program.cFiles.keys(), glue].filter(path => path.endsWith('.c'))
}

/** The flags the caller wants for the package, on top of those that everything gets. */
export function packageJob(
  base: CompileJob,
  options: BuildOptions,
  { optimize }: Pick<CProgram, 'optimize'> = {},
): CompileJob {
  const strict = options.strict === true ? strictFlags : []
  const flags = [...base.flags, ...strict, ...(options.flags ?? [])]
  const seconds = options.compileSeconds
  const small = optimize === 'size'
  return { ...base, flags, small, ...(seconds === undefined ? {} : { seconds }) }
}

/** The same for Cortex-M, by the compiler the caller wants. `base` has arm-none-eabi-gcc. */
export function armPackageJob(
  base: CompileJob,
  options: BuildOptions,
  program: Pick<CProgram, 'optimize'> = {},
): CompileJob | Missing {
  const job = packageJob(base, options, program)
  if (options.compiler !== 'clang') return job
  const compiler = findTool('arm-clang')
  if (compiler === null) return missingTool('arm-clang')
  const newlib = newlibHeaders(base.compiler)
  if (newlib === null) return missingTool('arm-none-eabi-gcc')
  return { ...job, compiler, target: clangTarget(job.target, newlib) }
}

/** A runner that starts `command` in a fresh folder with input.bin and reads output.bin after it. */
export function commandRunner(
  program: CProgram,
  options: RunOptions,
  host: string,
  folder: string,
  command: readonly [string, ...string[]],
): Runner {
  const timeoutSeconds = options.timeoutSeconds ?? defaultTimeoutSeconds
  let runs = 0
  return {
    async run(inferences) {
      checkInferences(program, inferences)
      if (inferences.length === 0) return []
      const cwd = join(folder, `run-${runs++}`)
      await mkdir(cwd)
      const input = encodeInferences(inferences, options)
      const bytes = await exchange(cwd, input, command, host, timeoutSeconds)
      return decodeResults(program, bytes, inferences, host)
    },
    close: () => closeWorkFolder(folder),
  }
}

/** Runs a harness once in `cwd`: bytes of input.bin to bytes of output.bin. Throws TH6104 to TH6107 or TH6110. */
export async function exchange(
  cwd: string,
  input: Uint8Array,
  command: readonly [string, ...string[]],
  host: string,
  timeoutSeconds: number,
): Promise<Uint8Array> {
  await writeFiles(cwd, new Map([['input.bin', input]]))
  const [executable, ...args] = command
  const env = { ...process.env, ...sanitizerEnvironment }
  const result = await runProcess(executable, args, { cwd, timeoutSeconds, env })
  checkRun(result, host, timeoutSeconds)
  const bytes = await readResult(cwd, 'output.bin')
  await closeWorkFolder(cwd)
  return bytes
}
