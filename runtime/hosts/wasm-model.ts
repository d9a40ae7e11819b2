// Drives a WebAssembly module of a model: fills its arena, runs it, reads traces and outputs back.

import type { Inference, InferenceResult, CProgram } from './host.ts'
import { HostError } from './host-error.ts'
import {
  webAssembly,
  type WasmFunction,
  type WasmInstance,
  type WasmMemory,
} from './webassembly.ts'

/** THIMBLE_GUARD_BYTES of runtime/c/harness/program.h. */
const guardBytes = 256
const guardByte = 0xc3
const host = 'emcc'

/** A function that runs one inference; throws HostError TH6104, TH6105 or TH6108. */
export async function instantiateModel(
  program: CProgram,
  wasm: Uint8Array,
  fill: number,
): Promise<(inference: Inference) => InferenceResult> {
  const module = await webAssembly.compile(wasm)
  let trace: Uint8Array[] = []
  let bytes = (): Uint8Array => new Uint8Array(0)
  const onStep = (step: number): undefined => {
    while (program.trace[trace.length]?.step === step) {
      trace.push(slice(bytes(), program.trace[trace.length]!))
    }
  }
  const instance = await webAssembly.instantiate(module, imports(module, onStep))
  call(instance, '_initialize', true)
  const base = call(instance, 'thimble_host_memory') ?? 0
  const memory = instance.exports['memory'] as WasmMemory
  bytes = () => new Uint8Array(memory.buffer, base + guardBytes, program.arenaBytes)
  return inference => {
    trace = []
    arm(memory, base, program.arenaBytes, fill)
    program.inputs.forEach(({ offset }, index) => bytes().set(inference[index]!, offset))
    call(instance, 'thimble_host_invoke')
    if (!guardsHold(memory, base, program.arenaBytes)) throw new HostError('TH6104', { host })
    checkTrace(program, trace)
    return { outputs: program.outputs.map(tensor => slice(bytes(), tensor)), trace }
  }
}

function slice(
  arena: Uint8Array,
  { offset, bytes }: { offset: number; bytes: number },
): Uint8Array {
  return arena.slice(offset, offset + bytes)
}

/** Everything a module may ask for; only the trace is expected to be called. */
function imports(
  module: object,
  onStep: WasmFunction,
): Record<string, Record<string, WasmFunction>> {
  const result: Record<string, Record<string, WasmFunction>> = {}
  for (const { module: from, name } of webAssembly.Module.imports(module)) {
    const refuse = (): never => {
      throw new HostError('TH6105', { host, detail: `the module called ${from}.${name}` })
    }
    result[from] ??= {}
    result[from][name] = name === 'thimble_host_trace' ? onStep : refuse
  }
  return result
}

function call(instance: WasmInstance, name: string, optional = false): number | undefined {
  const target = instance.exports[name]
  if (typeof target !== 'function') {
    if (optional) return undefined
    throw new HostError('TH6105', { host, detail: `the module does not export ${name}` })
  }
  try {
    return target()
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError('TH6105', { host, detail: error instanceof Error ? error.message : 'trap' })
  }
}

function arm(memory: WasmMemory, base: number, arenaBytes: number, fill: number): void {
  const all = new Uint8Array(memory.buffer, base, arenaBytes + 2 * guardBytes)
  all.fill(guardByte)
  all.subarray(guardBytes, guardBytes + arenaBytes).fill(fill)
}

function guardsHold(memory: WasmMemory, base: number, arenaBytes: number): boolean {
  const lower = new Uint8Array(memory.buffer, base, guardBytes)
  const upper = new Uint8Array(memory.buffer, base + guardBytes + arenaBytes, guardBytes)
  const untouched = (value: number): boolean => value === guardByte
  return lower.every(untouched) && upper.every(untouched)
}

function checkTrace(program: CProgram, trace: readonly Uint8Array[]): void {
  if (trace.length === program.trace.length) return
  const total = (list: readonly { readonly bytes: number }[]): number =>
    list.reduce((sum, { bytes }) => sum + bytes, 0)
  const actual = trace.reduce((sum, { length }) => sum + length, 0)
  throw new HostError('TH6108', { host, expected: total(program.trace), actual })
}
