// The AssemblyScript host: compiles emitted AssemblyScript in this process and runs the wasm.

import type * as AssemblyScript from 'assemblyscript/asc'
import type { AssemblyScriptCode, InferenceResult, Program, Runner } from './host.ts'
import { defaultFill } from './exchange.ts'
import { webAssembly, type WasmFunction, type WasmMemory } from './webassembly.ts'

const pageBytes = 65536
const alignment = 16

/** Instantiated wasm with its memory; constants are in place. */
export interface AsModule {
  readonly memory: WasmMemory
  readonly exports: Readonly<Record<string, WasmFunction | WasmMemory>>
  /** First address free for the caller, aligned to 16. */
  readonly free: number
}

/** Compiles and instantiates; `extraBytes` of memory stay free from `free` on. */
export async function loadAssemblyScript(
  code: AssemblyScriptCode,
  extraBytes: number,
  trace: WasmFunction = () => undefined,
): Promise<AsModule> {
  const free = Math.ceil(code.end / alignment) * alignment
  const pages = Math.ceil((free + extraBytes) / pageBytes) + 1
  const binary = await compileAssemblyScript(code.source, pages)
  const memory = new webAssembly.Memory({ initial: pages, maximum: pages })
  const bytes = new Uint8Array(memory.buffer)
  for (const image of code.images) bytes.set(image.bytes, image.address)
  const module = await webAssembly.compile(binary)
  const instance = await webAssembly.instantiate(module, { env: { memory, trace } })
  return { memory, exports: instance.exports, free }
}

/**
 * Loaded when first needed. tsx would rewrite the 14 MB of binaryen, which takes 8 seconds and changes
 * nothing; it leaves modules of another namespace alone, and nobody else looks at the query.
 */
async function loadCompiler(): Promise<typeof AssemblyScript.default> {
  const url = `${import.meta.resolve('assemblyscript/asc')}?tsx-namespace=as-it-is`
  return ((await import(url)) as typeof AssemblyScript).default
}

/** Wasm bytes of AssemblyScript text; an error is a mistake of the emitter. */
async function compileAssemblyScript(
  source: string,
  pages: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const asc = await loadCompiler()
  const output = new Map<string, Uint8Array | string>()
  const stderr = asc.createMemoryStream()
  const limits = ['--initialMemory', String(pages), '--maximumMemory', String(pages)]
  const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', ...limits]
  const { error } = await asc.main(['module.ts', '--outFile', 'module.wasm', ...flags], {
    stderr,
    readFile: name => (name === 'module.ts' ? source : null),
    writeFile: (name, contents) => {
      output.set(name, contents)
    },
    listFiles: () => [],
  })
  const wasm = output.get('module.wasm')
  if (error !== null || !(wasm instanceof Uint8Array)) {
    throw new Error(`AssemblyScript refuses emitted code: ${stderr.toString()}`)
  }
  return new Uint8Array(wasm)
}

export async function createAsRunner(program: Program): Promise<Runner> {
  let traced: Uint8Array[] = []
  const collect = (step: number): undefined => {
    for (const t of program.trace) {
      if (t.step === step) traced.push(bytes.slice(arena + t.offset, arena + t.offset + t.bytes))
    }
  }
  const module = await loadAssemblyScript(program.assemblyScript, program.arenaBytes, collect)
  const bytes = new Uint8Array(module.memory.buffer)
  const arena = module.free
  const invoke = module.exports[program.entry]
  if (typeof invoke !== 'function') throw new Error(`no function ${program.entry}`)
  const runOne = (inference: readonly Uint8Array[]): InferenceResult => {
    bytes.fill(defaultFill, arena, arena + program.arenaBytes)
    program.inputs.forEach((input, i) => {
      bytes.set(inference[i] ?? [], arena + input.offset)
    })
    traced = []
    invoke(arena)
    const outputs = program.outputs.map(o => {
      return bytes.slice(arena + o.offset, arena + o.offset + o.bytes)
    })
    return { outputs, trace: traced }
  }
  return {
    run: inferences => Promise.resolve().then(() => inferences.map(runOne)),
    close: () => Promise.resolve(),
  }
}
