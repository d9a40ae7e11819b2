// A compiled model in the forms that hosts run: C files, checked JavaScript, AssemblyScript.

import { emitCheckedJs, type CheckedJs } from '../emit/js/checked.ts'
import { emitAssemblyScript } from '../emit/wasm/assemblyscript.ts'
import { dataImage } from '../emit/wasm/layout.ts'
import type { DataItem, Module } from '../kir/node.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { ReadSource } from '../sources.ts'
import { ioTensors, tracedTensors, type IoTensor } from './io.ts'

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

/** A tensor in the arena as hosts see it. */
export interface ProgramTensor {
  readonly index: number
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: number
  readonly offset: number
  readonly owner: number
}

/** The shape of `Program` in runtime/hosts/host.ts, which this stage may not import. */
export interface HostProgram {
  readonly name: string
  readonly arenaBytes: number
  readonly inputs: readonly ProgramTensor[]
  readonly outputs: readonly ProgramTensor[]
  readonly trace: readonly (ProgramTensor & { readonly step: number })[]
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
}

/** Everything hosts need of a compiled model. `trace`: it was compiled with the option `trace`. */
export function programOf(input: ProgramInput, trace: boolean, read: ReadSource): HostProgram {
  const { schedule, plan, model, files } = input
  const { graph } = schedule
  const tensors = (ids: readonly number[]): readonly ProgramTensor[] =>
    ioTensors(schedule, plan, ids).map(programTensor)
  return {
    name: graph.name,
    arenaBytes: plan.arenaBytes,
    inputs: tensors(graph.inputs),
    outputs: tensors(graph.outputs),
    trace: trace
      ? tracedTensors(schedule, plan).map(t => ({ ...programTensor(t), step: t.step }))
      : [],
    cFiles: files,
    checkedJs: checkedJsOf(model.module, read),
    assemblyScript: assemblyScriptOf(model.module, [model.entry]),
    entry: model.entry,
  }
}

function programTensor({ tensor, offset, bytes, owner }: IoTensor): ProgramTensor {
  const { sourceIndex, name, dtype, shape } = tensor
  return { index: sourceIndex, name, dtype, shape, bytes, offset, owner }
}
