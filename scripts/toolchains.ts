// The native toolchains the tests use: how each is found and which Debian package brings it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { hasCommand } from './process.ts'

export interface Toolchain {
  readonly name: string
  readonly purpose: string
  /** Packages of Debian and Ubuntu. */
  readonly packages: readonly string[]
  readonly isHere: () => boolean
}

/** A compiler answers with a bare file name when it does not know the file, else with a path. */
function compilerKnows(compiler: string, file: string): boolean {
  const answer = spawnSync(compiler, [`-print-file-name=${file}`], { encoding: 'utf8' })
  const path = answer.status === 0 ? answer.stdout.trim() : ''
  return path.includes('/') && existsSync(path)
}

export const toolchains: readonly Toolchain[] = [
  {
    name: 'gcc',
    purpose: 'emitted C on this machine, with sanitizers',
    packages: ['gcc', 'libc6-dev'],
    isHere: () =>
      hasCommand('gcc') && compilerKnows('gcc', 'crt1.o') && compilerKnows('gcc', 'libasan.so'),
  },
  {
    name: 'arm-none-eabi-gcc',
    purpose: 'emitted C for Cortex-M',
    packages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
    isHere: () =>
      hasCommand('arm-none-eabi-gcc') && compilerKnows('arm-none-eabi-gcc', 'rdimon.specs'),
  },
  {
    name: 'qemu-system-arm',
    purpose: 'running Cortex-M programs',
    packages: ['qemu-system-arm'],
    isHere: () => hasCommand('qemu-system-arm'),
  },
  {
    name: 'llvm-mca',
    purpose: 'cycles of Cortex-M7 and M55 in `thimble bench`',
    packages: ['llvm-19'],
    // Figures of different versions differ, so this one is wanted.
    isHere: () => hasCommand('llvm-mca-19'),
  },
  {
    name: 'clang-19',
    purpose: 'emitted C for Cortex-M by a second compiler',
    packages: ['clang-19'],
    isHere: () => hasCommand('clang-19'),
  },
  {
    name: 'emcc',
    purpose: 'emitted C as WebAssembly',
    packages: ['emscripten'],
    isHere: () => hasCommand('emcc'),
  },
]

export function missingToolchains(): readonly Toolchain[] {
  return toolchains.filter(toolchain => !toolchain.isHere())
}
