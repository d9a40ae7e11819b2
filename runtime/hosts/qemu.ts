// Host qemu: the emitted C on an emulated Cortex-M4 or M7 board, a run's inferences in one boot.

import { join } from 'node:path'
import { boardLinkFlags, compileObjects, harnessObjects, link, type CompileJob } from './build.ts'
import { armPackageJob, commandRunner, writePackage } from './command-runner.ts'
import type { Missing, CProgram, Runner } from './host.ts'
import { HostError, isMissing } from './host-error.ts'
import type { QemuOptions } from './options.ts'
import {
  boardCores,
  isQemuBoard,
  qemuBoards,
  targets,
  type ArmCore,
  type FirmwareBoard,
  type Machine,
  type QemuBoard,
} from './targets.ts'
import { requireTools } from './toolchain.ts'
import { inWorkFolder } from './work-folder.ts'

/** Files of runtime/c that every Cortex-M program needs. */
export const armPort = ['port/startup.c', 'port/fault.c', 'port/semihosting.c']

const harness = ['harness/run.c', 'harness/rows.c', 'harness/guard.c', ...armPort]

/** Throws HostError TH6101 for an unknown board, TH5102 to TH5106 when the program cannot be built. */
export async function createQemuRunner(
  program: CProgram,
  options: QemuOptions,
): Promise<Runner | Missing> {
  const board = requireQemuBoard(options.board)
  const tools = requireTools('arm-none-eabi-gcc', 'qemu-system-arm')
  if (isMissing(tools)) return tools
  const compiler = armPackageJob(armJob(board, tools['arm-none-eabi-gcc'], ''), options, program)
  if (isMissing(compiler)) return compiler
  const folder = await inWorkFolder('qemu', async to => {
    const base = armJob(board, tools['arm-none-eabi-gcc'], to)
    const sources = await writePackage(program, to, 'with-images')
    const objects = [
      ...(await compileObjects({ ...compiler, folder: to }, sources)),
      ...(await harnessObjects(base, harness)),
    ]
    await linkForBoard(base, objects, board)
  })
  const command = qemuCommand(tools['qemu-system-arm'], board, elfPath(folder))
  return commandRunner(program, options, `qemu ${board}`, folder, command)
}

export function requireQemuBoard(board: string): QemuBoard {
  if (isQemuBoard(board)) return board
  throw new HostError('TH6101', { board, known: qemuBoards.join(', ') })
}

export function armJob(board: FirmwareBoard, compiler: string, folder: string): CompileJob {
  return coreJob(boardCores[board], compiler, folder)
}

export function coreJob(core: ArmCore, compiler: string, folder: string): CompileJob {
  return { target: targets[core], compiler, folder, flags: [] }
}

export function elfPath(folder: string): string {
  return join(folder, 'program.elf')
}

export async function linkForBoard(
  base: CompileJob,
  objects: readonly string[],
  board: FirmwareBoard | Machine,
): Promise<void> {
  const job = { ...base, flags: [...base.flags, ...boardLinkFlags(board)] }
  await link(job, objects, elfPath(base.folder), board)
}

/** QEMU without devices but the semihosting calls, which open files in the current directory. */
export function qemuCommand(
  qemu: string,
  board: Machine,
  elf: string,
): readonly [string, ...string[]] {
  const quiet = ['-display', 'none', '-serial', 'none', '-monitor', 'none', '-no-reboot']
  const semihosting = ['-semihosting-config', 'enable=on,target=native']
  return [qemu, '-M', board, ...quiet, ...semihosting, '-kernel', elf]
}
