// Finds the native tools on PATH and says, for each missing one, what it is for and how to get it.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Missing } from './host.ts'
import { runProcess } from './process.ts'

export type ToolName =
  | 'gcc'
  | 'arm-none-eabi-gcc'
  | 'arm-none-eabi-size'
  | 'arm-none-eabi-objdump'
  | 'arm-none-eabi-addr2line'
  | 'llvm-mca'
  | 'qemu-system-arm'
  | 'emcc'
  | 'clang'
  | 'arm-clang'
  | 'wasm-ld'

interface ToolDescription {
  /** Executables tried, best first. */
  readonly commands: readonly string[]
  readonly neededFor: string
  readonly howToGet: string
}

const armPackages =
  '`sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi` (or developer.arm.com, Arm GNU Toolchain)'

const tools: Readonly<Record<ToolName, ToolDescription>> = {
  gcc: {
    commands: ['gcc'],
    neededFor: 'host native: emitted C on this machine, with sanitizers',
    howToGet: '`sudo apt-get install gcc libc6-dev`',
  },
  'arm-none-eabi-gcc': {
    commands: ['arm-none-eabi-gcc'],
    neededFor: 'hosts qemu and firmware: emitted C for Cortex-M',
    howToGet: armPackages,
  },
  'arm-none-eabi-size': {
    commands: ['arm-none-eabi-size'],
    neededFor: 'code size in reports',
    howToGet: armPackages,
  },
  'arm-none-eabi-objdump': {
    commands: ['arm-none-eabi-objdump'],
    neededFor: 'stack bound in reports, `thimble bench`',
    howToGet: armPackages,
  },
  'arm-none-eabi-addr2line': {
    commands: ['arm-none-eabi-addr2line'],
    neededFor: 'kernel lines of `thimble bench`',
    howToGet: armPackages,
  },
  'llvm-mca': {
    // One version first: figures of different versions are not the same.
    commands: ['llvm-mca-19', 'llvm-mca'],
    neededFor: 'cycles of Cortex-M7 and M55 in `thimble bench`',
    howToGet: '`sudo apt-get install llvm-19`',
  },
  'qemu-system-arm': {
    commands: ['qemu-system-arm'],
    neededFor: 'host qemu: running Cortex-M programs',
    howToGet: '`sudo apt-get install qemu-system-arm`',
  },
  emcc: {
    commands: ['emcc'],
    neededFor: 'host emcc: emitted C as WebAssembly',
    howToGet: '`sudo apt-get install emscripten`',
  },
  clang: {
    commands: ['clang', 'clang-19', 'clang-16', 'clang-14'],
    neededFor: 'host emcc when there is no emcc',
    howToGet: '`sudo apt-get install clang-19`',
  },
  'arm-clang': {
    // One version first: figures of different versions are not the same.
    commands: ['clang-19', 'clang-20', 'clang-18', 'clang'],
    neededFor: '`--compiler clang`: emitted C for Cortex-M by a second compiler',
    howToGet: '`sudo apt-get install clang-19`',
  },
  'wasm-ld': {
    commands: ['wasm-ld', 'wasm-ld-19', 'wasm-ld-16', 'wasm-ld-14'],
    neededFor: 'host emcc when there is no emcc',
    howToGet: '`sudo apt-get install lld-19`',
  },
}

/** One line of `thimble doctor`. */
export interface DoctorRow {
  readonly tool: ToolName
  readonly found: boolean
  /** Path of the executable, '' when missing. */
  readonly path: string
  /** First line of `--version`, '' when missing or silent. */
  readonly version: string
  readonly neededFor: string
  readonly howToGet: string
}

/** The tool's path, looked up afresh each time so that a changed PATH counts; null when missing. */
export function findTool(name: ToolName): string | null {
  for (const command of tools[name].commands) {
    const path = findOnPath(command)
    if (path !== null) return path
  }
  return null
}

/** Headers of the C library that comes with arm-none-eabi-gcc, for a compiler that has none. */
export function newlibHeaders(gcc: string): string | null {
  const beside = ['../arm-none-eabi/include', '../lib/arm-none-eabi/include', '../include/newlib']
  const folders = beside.map(folder => join(dirname(gcc), folder))
  return folders.find(folder => existsSync(join(folder, 'string.h'))) ?? null
}

export function missingTool(name: ToolName): Missing {
  return { tool: name, howToGet: tools[name].howToGet }
}

/** The paths of all `names`, or the first that is missing. */
export function requireTools<Name extends ToolName>(
  ...names: readonly Name[]
): Readonly<Record<Name, string>> | Missing {
  const paths = {} as Record<Name, string>
  for (const name of names) {
    const path = findTool(name)
    if (path === null) return missingTool(name)
    paths[name] = path
  }
  return paths
}

/** Every tool Thimble can use, with version or the way to get it. */
export async function doctorReport(): Promise<readonly DoctorRow[]> {
  const names = Object.keys(tools) as ToolName[]
  return Promise.all(
    names.map(async tool => {
      const path = findTool(tool)
      const { neededFor, howToGet } = tools[tool]
      const version = path === null ? '' : await versionOf(path)
      return { tool, found: path !== null, path: path ?? '', version, neededFor, howToGet }
    }),
  )
}

async function versionOf(path: string): Promise<string> {
  try {
    const result = await runProcess(path, ['--version'], { cwd: tmpdir(), timeoutSeconds: 20 })
    return result.stdout.split('\n')[0]?.trim() ?? ''
  } catch {
    return ''
  }
}

function findOnPath(command: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue
    const path = join(folder, command)
    if (isExecutable(path)) return path
  }
  return null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
