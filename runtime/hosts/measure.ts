// Measures an emitted package compiled for a core: code, constants, weights, stack.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { boardLinkFlags, compileObjects, link, runTool, type CompileJob } from './build.ts'
import { armPackageJob } from './command-runner.ts'
import type { Missing, CProgram } from './host.ts'
import { HostError, isMissing, tail } from './host-error.ts'
import type { BuildOptions } from './options.ts'
import { boundStack, parseStackUsage, type StackBound } from './stack-bound.ts'
import { targets, type ArmCore } from './targets.ts'
import { requireTools } from './toolchain.ts'
import { closeWorkFolder, openWorkFolder, writeFiles } from './work-folder.ts'

export interface Measurement {
  readonly core: ArmCore
  /** Instructions and literal pools, with the C library routines the package needs. */
  readonly codeBytes: number
  /** Read-only data of the files `*_weights.c`. */
  readonly weightBytes: number
  /** All other read-only data. */
  readonly constantBytes: number
  /** Writable static data; 0, as a package keeps no state. */
  readonly staticBytes: number
  /** Without the caller's functions that move rows. */
  readonly stack: StackBound
}

/**
 * Compiles the package with `packageFlags`, links what `thimble_<name>_invoke` reaches and
 * measures that. `program` must be compiled without tracing. Throws HostError TH5102 to TH5106.
 */
export async function measurePackage(
  program: CProgram,
  core: ArmCore,
  options: BuildOptions = {},
): Promise<Measurement | Missing> {
  const tools = requireTools('arm-none-eabi-gcc', 'arm-none-eabi-size', 'arm-none-eabi-objdump')
  if (isMissing(tools)) return tools
  const folder = await openWorkFolder('measure')
  try {
    const compiler = tools['arm-none-eabi-gcc']
    const base: CompileJob = { target: targets[core], compiler, folder, flags: [] }
    const job = armPackageJob(base, options, program)
    if (isMissing(job)) return job
    const build = await buildLibrary(base, job, program)
    const sections = await sectionBytes(tools['arm-none-eabi-size'], build.elf, folder)
    return {
      core,
      codeBytes: sections['.text'] ?? 0,
      weightBytes: sections['.weights'] ?? 0,
      constantBytes: sections['.rodata'] ?? 0,
      staticBytes: (sections['.data'] ?? 0) + (sections['.bss'] ?? 0),
      stack: await stackOf(tools['arm-none-eabi-objdump'], build, program, folder),
    }
  } finally {
    await closeWorkFolder(folder)
  }
}

interface LibraryBuild {
  readonly elf: string
  readonly objects: readonly string[]
}

async function buildLibrary(
  base: CompileJob,
  job: CompileJob,
  program: CProgram,
): Promise<LibraryBuild> {
  await writeFiles(base.folder, program.cFiles)
  const sources = [...program.cFiles.keys()].filter(path => path.endsWith('.c'))
  // Debug information takes as long as the code, and is in no section that counts.
  const flags = [...job.flags, '-fstack-usage', '-g0']
  const objects = await compileObjects({ ...job, flags }, sources)
  const elf = join(base.folder, 'library.elf')
  const entry = `-Wl,--entry=${entryOf(program)}`
  const linkJob = { ...base, flags: [...boardLinkFlags('measure'), entry] }
  await link(linkJob, objects, elf, base.target.name)
  return { elf, objects }
}

function entryOf(program: CProgram): string {
  return `thimble_${program.name}_invoke`
}

async function stackOf(
  objdump: string,
  build: LibraryBuild,
  program: CProgram,
  folder: string,
): Promise<StackBound> {
  const args = ['-d', '--no-show-raw-insn', build.elf]
  const disassembly = await output(objdump, args, folder)
  const usage = await Promise.all(
    build.objects.map(path => readFile(path.replace(/\.o$/, '.su'), 'utf8').catch(() => '')),
  )
  const callbacks = [...program.inputs, ...program.outputs].some(end => end.kind === 'streamed')
  return boundStack(disassembly, parseStackUsage(usage), entryOf(program), callbacks)
}

/** Bytes of each output section, by name. */
async function sectionBytes(
  size: string,
  elf: string,
  folder: string,
): Promise<Readonly<Record<string, number>>> {
  const text = await output(size, ['-A', '-d', elf], folder)
  const rows = text.matchAll(/^(\.\S+)\s+(\d+)\s/gm)
  return Object.fromEntries(Array.from(rows, ([, name = '', bytes]) => [name, Number(bytes)]))
}

async function output(tool: string, args: readonly string[], folder: string): Promise<string> {
  const result = await runTool(tool, args, folder)
  if (result.code === 0) return result.stdout
  throw new HostError('TH5103', { tool, target: 'measuring', detail: tail(result.stderr) })
}
