// What emitted C is compiled for: compiler, processor flags, board names, linker scripts.

import { fileURLToPath } from 'node:url'
import { cores } from '../../boards/index.ts'
import { clangKernelFlags, gccKernelFlags } from '../../boards/kernel-flags.ts'
import type { ToolName } from './toolchain.ts'

/** The cores that a package can be compiled and measured for. */
export const armCores = [
  'cortex-m0plus',
  'cortex-m4',
  'cortex-m7',
  'cortex-m33',
  'cortex-m55',
] as const

export type ArmCore = (typeof armCores)[number]
export type TargetName = 'native' | ArmCore

/** Boards that QEMU has as machines of the same name. */
export type QemuBoard = 'mps2-an386' | 'mps2-an500'
export type FirmwareBoard = QemuBoard | 'stm32f746g-disco'

export interface Target {
  readonly name: TargetName
  readonly compiler: Extract<ToolName, 'gcc' | 'arm-none-eabi-gcc' | 'arm-clang'>
  readonly flags: readonly string[]
}

/** Folder of the hand-written C that runs beside generated code. */
export const runtimeC = fileURLToPath(new URL('../c/', import.meta.url))

/**
 * Flags of the package, on every target, as its CMakeLists.txt has them. Kernels may look at one place
 * as elements of two types, which C takes for two places without the last flag.
 */
export const packageFlags: readonly string[] = ['-std=c99', '-O2', '-fno-strict-aliasing']

/** Further flags of a package compiled for few bytes: the later level counts. */
export const sizeFlags: readonly string[] = ['-Os']

/** Further flags of `thimble_kernels.c`, also in the package's CMakeLists.txt. */
export function kernelFlags(target: Target): readonly string[] {
  if (target.compiler === 'arm-clang') return clangKernelFlags
  if (target.compiler !== 'arm-none-eabi-gcc') return []
  const core = cores.get(target.name)
  return gccKernelFlags({
    dsp: core?.features.includes('dsp') === true,
    dualIssue: core?.dualIssue === true,
  })
}

/** What emitted C has to be free of. */
export const strictFlags: readonly string[] = ['-Wall', '-Wextra', '-Wconversion', '-Werror']

const armFlags = ['-ffunction-sections', '-fdata-sections', '-g']

function armTarget(name: ArmCore): Target {
  const flags = [...(cores.get(name)?.gccFlags ?? []), ...armFlags]
  return { name, compiler: 'arm-none-eabi-gcc', flags }
}

/** The same core for clang. `newlib`: folder of the C library's headers, which clang does not know of. */
export function clangTarget({ name, flags }: Target, newlib: string): Target {
  const own = cores.get(name)?.clangFlags ?? []
  const headers = ['-isystem', newlib]
  const kept = flags.filter(flag => armFlags.includes(flag))
  return { name, compiler: 'arm-clang', flags: [...own, ...headers, ...kept] }
}

export const targets: Readonly<Record<TargetName, Target>> = {
  native: { name: 'native', compiler: 'gcc', flags: [] },
  'cortex-m0plus': armTarget('cortex-m0plus'),
  'cortex-m4': armTarget('cortex-m4'),
  'cortex-m7': armTarget('cortex-m7'),
  'cortex-m33': armTarget('cortex-m33'),
  'cortex-m55': armTarget('cortex-m55'),
}

export function isArmCore(core: string): core is ArmCore {
  return (armCores as readonly string[]).includes(core)
}

export const boardCores: Readonly<Record<FirmwareBoard, ArmCore>> = {
  'mps2-an386': 'cortex-m4',
  'mps2-an500': 'cortex-m7',
  'stm32f746g-disco': 'cortex-m7',
}

/** Machines of QEMU that run the code of a core. */
export type Machine = QemuBoard | 'mps3-an547'

/**
 * The M0+ runs on an M4, which has all its instructions, and the M33 on an M7: code for it uses the
 * floating-point instructions of that, and none of the security extension.
 */
export const machines: Readonly<Record<ArmCore, Machine>> = {
  'cortex-m0plus': 'mps2-an386',
  'cortex-m4': 'mps2-an386',
  'cortex-m33': 'mps2-an500',
  'cortex-m7': 'mps2-an500',
  'cortex-m55': 'mps3-an547',
}

export const qemuBoards: readonly QemuBoard[] = ['mps2-an386', 'mps2-an500']

export function isQemuBoard(board: string): board is QemuBoard {
  return (qemuBoards as readonly string[]).includes(board)
}

export function isFirmwareBoard(board: string): board is FirmwareBoard {
  return Object.hasOwn(boardCores, board)
}
