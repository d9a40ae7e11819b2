// Writes the model itself as a KIR function: kernel calls on an arena, in the order of a schedule.

import type { KernelCall } from '../../../kernels/op.ts'
import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { KernelProgram } from '../../frontend/program.ts'
import { noSpan, type Func, type Module, type Param, type Stmt } from '../../kir/node.ts'
import { orderForDualIssue } from '../../kir/passes/dual-issue/index.ts'
import { dropUnused } from '../../kir/passes/unused.ts'
import { inlineFunctions } from '../../kir/passes/inline.ts'
import { prune } from '../../kir/passes/prune.ts'
import type { LineOf } from '../../kir/passes/report.ts'
import { Specializer } from '../../kir/passes/specialize.ts'
import type { StatementSite } from '../../memory/access.ts'
import type { MemoryPlan } from '../../memory/plan.ts'
import type { Schedule } from '../../schedule/schedule.ts'
import { CallWriter, entryKey, type Entries } from './call.ts'
import { ConstantPool } from './constants.ts'
import { RunWriter } from './run.ts'
import { writeSchedule } from './segment.ts'

export interface ModelModule {
  readonly module: Module
  /** Name of the function that runs the model: `(arena: Ptr<u8>): void`. */
  readonly entry: string
  /** Where each call and transfer of that function comes from. */
  readonly sites: ReadonlyMap<Stmt, StatementSite>
}

export interface InvokeInput {
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly kernels: KernelProgram
  readonly lineOf: LineOf
  /** Whether to report each finished run; the n-th report is run n of `allRuns`. */
  readonly trace: boolean
  /** Order the kernels for a core that issues two instructions a cycle; left out: no. */
  readonly dualIssue?: boolean
}

/** Name of the kernel file of a call. */
export function kernelPath(call: KernelCall): string {
  return `kernels/${call.kernel}.kernel.ts`
}

/** Null after diagnostics (a kernel file that does not compile). */
export function emitInvoke(input: InvokeInput, bag: DiagnosticBag): ModelModule | null {
  const { schedule, kernels, lineOf, trace } = input
  const before = bag.errors.length
  const failed = (): boolean => bag.errors.length > before
  const entries = loadEntries(schedule, kernels)
  const library = kernels.module(schedule.graph.name)
  if (entries === null || failed()) return null
  const specializer = new Specializer(library, bag, lineOf)
  const constants = new ConstantPool()
  const calls = new CallWriter(input, constants, specializer, entries)
  const body = writeSchedule(schedule, new RunWriter(schedule, trace, calls), constants)
  if (failed()) return null
  const entry = `thimble_${schedule.graph.name}_invoke`
  const kernelFunctions = inlineFunctions(specializer.functions).map(dropUnused)
  const ordered = input.dualIssue === true
  const functions = [
    ...(ordered ? orderForDualIssue(kernelFunctions) : kernelFunctions),
    invokeFunction(entry, body),
  ]
  const module = { ...library, functions, data: constants.items, ordered }
  return { module: prune(module, [entry]), entry, sites: calls.sites }
}

function invokeFunction(name: string, body: readonly Stmt[]): Func {
  const type = { kind: 'ptr', to: 'u8', readonly: false } as const
  return {
    name,
    doc: 'Runs the model once, on inputs and outputs that lie in the arena.',
    params: [{ name: 'arena', type, isStatic: false, span: noSpan }],
    result: 'void',
    body,
    inlining: 'free',
    intrinsic: null,
    span: noSpan,
  }
}

function loadEntries(schedule: Schedule, kernels: KernelProgram): Entries | null {
  const entries = new Map<string, { name: string; params: readonly Param[] }>()
  for (const { work } of schedule.steps) {
    for (const call of work.kind === 'calls' ? work.calls : []) {
      if (entries.has(entryKey(call))) continue
      const signature = kernels.entry(kernelPath(call), call.entry)
      if (signature === null) return null
      entries.set(entryKey(call), signature)
    }
  }
  return entries
}
