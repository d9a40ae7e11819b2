// Runs a small C program that turns one buffer into another, natively or on an emulated board.

import { join } from 'node:path'
import { compileObjects, harnessObjects, link, type CompileJob } from './build.ts'
import { exchange } from './command-runner.ts'
import { bufferGlue } from './glue.ts'
import type { Missing } from './host.ts'
import { isMissing } from './host-error.ts'
import { defaultTimeoutSeconds } from './options.ts'
import { armJob, armPort, elfPath, linkForBoard, qemuCommand, requireQemuBoard } from './qemu.ts'
import { targets } from './targets.ts'
import { requireTools } from './toolchain.ts'
import { closeWorkFolder, openWorkFolder, writeFiles } from './work-folder.ts'

/**
 * A C program defining, with runtime/c/harness/buffer.h,
 * `void thimble_buffer_main(const void *input, uint32_t input_bytes, void *output,
 *                           uint32_t output_bytes)`.
 * Both buffers are 16-byte aligned; the output starts as zeros.
 */
export interface BufferProgram {
  /** Path → text of C files and headers; all `.c` files are compiled. */
  readonly sources: ReadonlyMap<string, string>
  readonly outputBytes: number
  /** Further compiler flags for the sources. */
  readonly flags?: readonly string[]
}

const buffers = 'harness/buffer.c'

/** The output of `program` for `input` on an emulated `mps2-an386` or `mps2-an500`. */
export async function runOnQemu(
  board: string,
  program: BufferProgram,
  input: Uint8Array,
): Promise<Uint8Array | Missing> {
  const known = requireQemuBoard(board)
  const tools = requireTools('arm-none-eabi-gcc', 'qemu-system-arm')
  if (isMissing(tools)) return tools
  return inFolder(async folder => {
    const base = armJob(known, tools['arm-none-eabi-gcc'], folder)
    const objects = await compileBuffers(base, program, input, [buffers, ...armPort])
    await linkForBoard(base, objects, known)
    const command = qemuCommand(tools['qemu-system-arm'], known, elfPath(folder))
    return exchange(join(folder, 'run'), input, command, `qemu ${board}`, defaultTimeoutSeconds)
  })
}

/** The output of `program` for `input` on this machine. */
export async function runNative(
  program: BufferProgram,
  input: Uint8Array,
): Promise<Uint8Array | Missing> {
  const tools = requireTools('gcc')
  if (isMissing(tools)) return tools
  return inFolder(async folder => {
    const base: CompileJob = { target: targets.native, compiler: tools.gcc, folder, flags: [] }
    const objects = await compileBuffers(base, program, input, [buffers, 'port/stdio.c'])
    const executable = join(folder, 'program')
    await link(base, objects, executable, 'native')
    return exchange(join(folder, 'run'), input, [executable], 'native', defaultTimeoutSeconds)
  })
}

async function compileBuffers(
  base: CompileJob,
  program: BufferProgram,
  input: Uint8Array,
  harness: readonly string[],
): Promise<readonly string[]> {
  const glue = 'thimble_glue.c'
  const files = new Map([...program.sources, [glue, bufferGlue(input.length, program.outputBytes)]])
  await writeFiles(base.folder, files)
  const sources = [...files.keys()].filter(path => path.endsWith('.c'))
  const job = { ...base, flags: [...base.flags, ...(program.flags ?? [])] }
  return [...(await compileObjects(job, sources)), ...(await harnessObjects(base, harness))]
}

async function inFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await openWorkFolder('buffer')
  try {
    return await action(folder)
  } finally {
    await closeWorkFolder(folder)
  }
}
