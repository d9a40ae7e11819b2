// Builds the measuring firmware: one warm-up and one measured inference, for a profiler or a board.

import { readFile } from 'node:fs/promises'
import { compileObjects, harnessObjects, type CompileJob } from './build.ts'
import { armPackageJob, writePackage } from './command-runner.ts'
import { embeddedFile, firmwareInputGlue } from './glue.ts'
import type { Missing, CProgram } from './host.ts'
import { HostError, isMissing } from './host-error.ts'
import type { BuildOptions } from './options.ts'
import { armPort, coreJob, elfPath, linkForBoard } from './qemu.ts'
import {
  boardCores,
  isFirmwareBoard,
  machines,
  type ArmCore,
  type FirmwareBoard,
  type Machine,
} from './targets.ts'
import { requireTools } from './toolchain.ts'
import { closeWorkFolder, openWorkFolder, writeFiles } from './work-folder.ts'

const harness = [
  'harness/firmware.c',
  'harness/crc32.c',
  'harness/rows.c',
  'harness/roi.c',
  'harness/guard.c',
  'port/stack.c',
  ...armPort,
]

/**
 * The bytes of an ELF file with symbols and debug information for `board` (`mps2-an386`,
 * `mps2-an500` or `stm32f746g-disco`). It prints `output <crc32>` and `stack <bytes>` by
 * semihosting and exits with 0.
 *
 * `input` is all inputs concatenated; without it the firmware generates noise. `program` must be
 * compiled without tracing. Throws HostError TH6101, TH6103 or TH5102 to TH5106.
 */
export async function buildFirmware(
  program: CProgram,
  board: string,
  input?: Uint8Array,
  options: BuildOptions = {},
): Promise<Uint8Array | Missing> {
  const known = requireFirmwareBoard(board)
  return build(program, boardCores[known], known, input, options)
}

/**
 * The same for the machine of QEMU that stands for a core (`machines`), whatever board has it. Throws
 * HostError TH6103 or TH5102 to TH5106.
 */
export async function buildCoreFirmware(
  program: CProgram,
  core: ArmCore,
  input?: Uint8Array,
  options: BuildOptions = {},
): Promise<Uint8Array | Missing> {
  return build(program, core, machines[core], input, options)
}

async function build(
  program: CProgram,
  core: ArmCore,
  memory: FirmwareBoard | Machine,
  input: Uint8Array | undefined,
  options: BuildOptions,
): Promise<Uint8Array | Missing> {
  checkInput(program, input)
  const tools = requireTools('arm-none-eabi-gcc')
  if (isMissing(tools)) return tools
  const job = armPackageJob(coreJob(core, tools['arm-none-eabi-gcc'], ''), options, program)
  if (isMissing(job)) return job
  const folder = await openWorkFolder('firmware')
  try {
    const base = coreJob(core, tools['arm-none-eabi-gcc'], folder)
    const objects = await compileFirmware(base, { ...job, folder }, program, input)
    await linkForBoard(base, objects, memory)
    return await readFile(elfPath(folder))
  } finally {
    await closeWorkFolder(folder)
  }
}

async function compileFirmware(
  base: CompileJob,
  job: CompileJob,
  program: CProgram,
  input: Uint8Array | undefined,
): Promise<readonly string[]> {
  const sources = [
    ...(await writePackage(program, base.folder, 'without-images')),
    'thimble_input.c',
  ]
  const files = new Map<string, string | Uint8Array>()
  files.set('thimble_input.c', firmwareInputGlue(input !== undefined))
  if (input !== undefined) {
    files.set('thimble_input.bin', input)
    files.set('thimble_input_bytes.s', embeddedFile('thimble_input.bin'))
    sources.push('thimble_input_bytes.s')
  }
  await writeFiles(base.folder, files)
  return [...(await compileObjects(job, sources)), ...(await harnessObjects(base, harness))]
}

function requireFirmwareBoard(board: string): FirmwareBoard {
  if (isFirmwareBoard(board)) return board
  throw new HostError('TH6101', { board, known: Object.keys(boardCores).join(', ') })
}

function checkInput(program: CProgram, input: Uint8Array | undefined): void {
  if (input === undefined) return
  const expected = program.inputs.reduce((sum, { bytes }) => sum + bytes, 0)
  if (input.length === expected) return
  const name = program.inputs.map(tensor => tensor.name).join(', ')
  throw new HostError('TH6103', { index: 0, name, expected, actual: input.length })
}
