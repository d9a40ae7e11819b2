// A compiled model in the forms that hosts run: C files, checked JavaScript, AssemblyScript.

import { emitCheckedJs, type CheckedJs } from '../emit/js/checked.ts'
import { emitAssemblyScript } from '../emit/wasm/assemblyscript.ts'
import { dataImage } from '../emit/wasm/layout.ts'
import type { Optimize } from '../../kernels/op.ts'
import type { DataItem, Module } from '../kir/node.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { ReadSource } from '../sources.ts'
import { endsOf, type IoTensor } from './io.ts'
import { noTrace, traceOf, type TraceSlice, type TraceSource } from './trace.ts'

/** Checked JavaScript with the constants it uses. */
export interface CheckedJsProgram extends CheckedJs {
  readonly data: readonly DataItem[]
}

export interface AssemblyScriptProgram {
  readonly source: string
  readonly images: readonly { readonly address: number; readonly bytes: Uint8Array }[]
  readonly end: number
}

export function checkedJsOf(module: Module, read: ReadSource): CheckedJsProgram {
  return { ...emitCheckedJs(module, `${module.name}.checked.js`, read), data: module.data }
}

/** `exports` are the functions a host may call. */
export function assemblyScriptOf(
  module: Module,
  exports: readonly string[],
): AssemblyScriptProgram {
  const { source, layout } = emitAssemblyScript(module, new Set(exports))
  const images = module.data.map(item => ({
    address: layout.data.get(item.name) ?? 0,
    bytes: dataImage(item, module, layout),
  }))
  return { source, images, end: layout.end }
}

/** What hosts know of any tensor. */
export interface ProgramTensor {
  readonly index: number
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: number
}

/** An input or output as hosts see it. */
export type ProgramEnd = ProgramTensor &
  (
    | { readonly kind: 'resident'; readonly offset: number; readonly owner: number }
    | { readonly kind: 'streamed'; readonly rows: number; readonly rowBytes: number }
  )

/** The shape of `Program` in runtime/hosts/host.ts, which this stage may not import. */
export interface HostProgram {
  readonly name: string
  readonly arenaBytes: number
  readonly inputs: readonly ProgramEnd[]
  readonly outputs: readonly ProgramEnd[]
  readonly tensors: readonly (ProgramTensor & { readonly source: TraceSource })[]
  readonly trace: readonly TraceSlice[]
  readonly optimize: Optimize
  readonly cFiles: ReadonlyMap<string, string>
  readonly checkedJs: CheckedJsProgram
  readonly assemblyScript: AssemblyScriptProgram
  readonly entry: string
}

export interface ProgramInput {
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly model: { readonly module: Module; readonly entry: string }
  readonly files: ReadonlyMap<string, string>
  /** Left out: `balanced`. */
  readonly report?: { readonly optimize: Optimize }
}

/** Everything hosts need of a compiled model. `trace`: it was compiled with the option `trace`. */
export function programOf(input: ProgramInput, trace: boolean, read: ReadSource): HostProgram {
  const { schedule, plan, model, files } = input
  const { inputs, outputs } = endsOf(schedule, plan)
  const { tensors, slices } = trace ? traceOf(schedule, plan) : noTrace
  return {
    name: schedule.graph.name,
    arenaBytes: plan.arenaBytes,
    inputs: inputs.map(programEnd),
    outputs: outputs.map(programEnd),
    tensors: tensors.map(t => ({ ...programTensor(t), source: t.source })),
    trace: slices,
    optimize: input.report?.optimize ?? 'balanced',
    cFiles: files,
    checkedJs: checkedJsOf(model.module, read),
    assemblyScript: assemblyScriptOf(model.module, [model.entry]),
    entry: model.entry,
  }
}

function programTensor({ tensor, bytes }: Pick<IoTensor, 'tensor' | 'bytes'>): ProgramTensor {
  const { sourceIndex, name, dtype, shape } = tensor
  return { index: sourceIndex, name, dtype, shape, bytes }
}

function programEnd(end: IoTensor): ProgramEnd {
  const facts = programTensor(end)
  return end.kind === 'resident'
    ? { ...facts, kind: end.kind, offset: end.offset, owner: end.owner }
    : { ...facts, kind: end.kind, rows: end.rows, rowBytes: end.rowBytes }
}
