// Host emcc: the emitted C compiled to WebAssembly by emcc, or by clang and wasm-ld, and run in process.

import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runTool } from './build.ts'
import { packageJob, writePackage } from './command-runner.ts'
import { checkInferences, defaultFill } from './exchange.ts'
import type { Missing, Program, Runner } from './host.ts'
import { HostError, isMissing, tail } from './host-error.ts'
import type { RunOptions } from './options.ts'
import { packageFlags, runtimeC, targets } from './targets.ts'
import { findTool, missingTool, requireTools } from './toolchain.ts'
import { instantiateModel } from './wasm-model.ts'
import { closeWorkFolder, openWorkFolder } from './work-folder.ts'

const page = 65536
const stackBytes = 256 * 1024
/** A stack that grows too far then leaves memory and traps. */
const stackFirst = '-Wl,--stack-first'

/** Throws HostError TH5102 to TH5106 when the program cannot be built. */
export async function createEmccRunner(
  program: Program,
  options: RunOptions = {},
): Promise<Runner | Missing> {
  const wasm = await buildWasm(program, options)
  if (!(wasm instanceof Uint8Array)) return wasm
  const model = await instantiateModel(program, wasm, options.fill ?? defaultFill)
  return {
    run(inferences) {
      checkInferences(program, inferences)
      return Promise.resolve(inferences.map(inference => model(inference)))
    },
    close: () => Promise.resolve(),
  }
}

/** The emitted C as a WebAssembly module with the exports of runtime/c/wasm/exports.c. */
export async function buildWasm(
  program: Program,
  options: RunOptions = {},
): Promise<Uint8Array | Missing> {
  const emcc = findTool('emcc')
  const clang = emcc === null ? requireTools('clang', 'wasm-ld') : null
  if (clang !== null && isMissing(clang)) return missingTool('emcc')
  const folder = await openWorkFolder('wasm')
  try {
    const sources = [...(await writePackage(program, folder)), join(runtimeC, 'wasm/exports.c')]
    const base = { target: targets.native, compiler: '', folder, flags: [] }
    const { flags } = packageJob(base, options)
    const common = [...packageFlags, ...flags, '-I', folder, '-I', runtimeC]
    if (clang === null) await linkWithEmcc(emcc ?? 'emcc', program, common, sources, folder)
    else await linkWithClang(clang.clang, common, sources, folder)
    return await readFile(join(folder, 'program.wasm'))
  } finally {
    await closeWorkFolder(folder)
  }
}

/** Only the module is asked for: the JavaScript that emcc can write beside it is of no use here. */
async function linkWithEmcc(
  emcc: string,
  program: Program,
  common: readonly string[],
  sources: readonly string[],
  folder: string,
): Promise<void> {
  const settings = [
    'STANDALONE_WASM=1',
    `TOTAL_STACK=${stackBytes}`,
    `INITIAL_MEMORY=${memoryBytes(program)}`,
    'ERROR_ON_UNDEFINED_SYMBOLS=0',
  ]
  const flags = ['--no-entry', stackFirst, ...settings.flatMap(setting => ['-s', setting])]
  await compileAll(emcc, [...common, ...flags, ...sources, '-o', 'program.wasm'], folder)
}

/** clang finds no C library for WebAssembly: runtime/c/wasm brings the three functions needed. */
async function linkWithClang(
  clang: string,
  common: readonly string[],
  sources: readonly string[],
  folder: string,
): Promise<void> {
  const wasm = join(runtimeC, 'wasm')
  const target = [
    '--target=wasm32',
    '-ffreestanding',
    '-nostdlib',
    '-isystem',
    join(wasm, 'include'),
  ]
  const library = join(folder, 'string.o')
  const string = [...packageFlags, ...target, '-fno-builtin', '-c', join(wasm, 'string.c')]
  await compileAll(clang, [...string, '-o', library], folder)
  const link = [
    '-Wl,--no-entry',
    stackFirst,
    `-Wl,-z,stack-size=${stackBytes}`,
    '-Wl,--allow-undefined',
  ]
  await compileAll(
    clang,
    [...common, ...target, ...link, ...sources, library, '-o', 'program.wasm'],
    folder,
  )
}

async function compileAll(tool: string, args: readonly string[], folder: string): Promise<void> {
  const result = await runTool(tool, args, folder)
  if (result.code === 0) return
  const error = /^(.*?):\d+:\d+: .*$/m.exec(result.stderr)
  throw new HostError('TH5102', {
    tool: basename(tool),
    file: error === null ? 'the package' : basename(error[1] ?? ''),
    detail: error === null ? tail(result.stderr) : error[0],
  })
}

/** An upper bound: a byte of data takes two characters or more in C. Unused pages cost nothing. */
function memoryBytes(program: Program): number {
  let text = 0
  for (const content of program.cFiles.values()) text += content.length
  const bytes = text / 2 + program.arenaBytes + stackBytes + 16 * page
  return Math.ceil(bytes / page) * page
}
