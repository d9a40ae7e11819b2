// Writes the model itself as a KIR function: one kernel call after another on an arena.

import type { KernelArg, KernelCall } from '../../../kernels/op.ts'
import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { KernelProgram } from '../../frontend/program.ts'
import { snakeCase } from '../../frontend/names.ts'
import { tensorBytes, tensorOf, type Tensor, type TensorId } from '../../graph/graph.ts'
import { binary, i32 } from '../../kir/build.ts'
import { noSpan, type Expr, type Func, type Module, type Param, type Stmt } from '../../kir/node.ts'
import { dropUnused } from '../../kir/passes/unused.ts'
import { inlineFunctions } from '../../kir/passes/inline.ts'
import { prune } from '../../kir/passes/prune.ts'
import type { LineOf } from '../../kir/passes/report.ts'
import { Specializer } from '../../kir/passes/specialize.ts'
import { bytesOf, isPtr } from '../../kir/types.ts'
import type { MemoryPlan, Placement } from '../../memory/plan.ts'
import { storageOf, type Schedule, type Step } from '../../schedule/schedule.ts'
import { ConstantPool } from './constants.ts'
import { describeStep } from './describe.ts'

export interface ModelModule {
  readonly module: Module
  /** Name of the function that runs the model: `(arena: Ptr<u8>): void`. */
  readonly entry: string
}

export interface InvokeInput {
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly kernels: KernelProgram
  readonly lineOf: LineOf
  /** Whether to report each finished step. */
  readonly trace: boolean
}

/** Owner of scratch memory in `region` nodes; tensors own their bytes as their id + 1. */
const scratchOwner = 0x7fff_ffff

export function ownerOf(schedule: Schedule, tensor: TensorId): number {
  return storageOf(schedule, tensor) + 1
}

/** Name of the kernel file of a call. */
export function kernelPath(call: KernelCall): string {
  return `kernels/${call.kernel}.kernel.ts`
}

/** Null after diagnostics (a kernel file that does not compile). */
export function emitInvoke(input: InvokeInput, bag: DiagnosticBag): ModelModule | null {
  const { schedule, kernels, lineOf } = input
  const before = bag.errors.length
  const failed = (): boolean => bag.errors.length > before
  const entries = loadEntries(schedule, kernels)
  const library = kernels.module(schedule.graph.name)
  if (entries === null || failed()) return null
  const specializer = new Specializer(library, bag, lineOf)
  const writer = new InvokeWriter(input, specializer, entries)
  const body = schedule.steps.flatMap((step, index) => writer.step(step, index))
  if (failed()) return null
  const entry = `thimble_${schedule.graph.name}_invoke`
  const kernelFunctions = inlineFunctions(specializer.functions).map(dropUnused)
  const functions = [...kernelFunctions, invokeFunction(entry, body)]
  const module = { ...library, functions, data: writer.constants.items }
  return { module: prune(module, [entry]), entry }
}

function invokeFunction(name: string, body: readonly Stmt[]): Func {
  const type = { kind: 'ptr', to: 'u8', readonly: false } as const
  return {
    name,
    doc: 'Runs the model once, on inputs and outputs that lie in the arena.',
    params: [{ name: 'arena', type, isStatic: false, span: noSpan }],
    result: 'void',
    body,
    inline: false,
    intrinsic: null,
    span: noSpan,
  }
}

type Entries = ReadonlyMap<string, { readonly name: string; readonly params: readonly Param[] }>

const entryKey = (call: KernelCall): string => `${call.kernel}#${call.entry}`

function loadEntries(schedule: Schedule, kernels: KernelProgram): Entries | null {
  const entries = new Map<string, { name: string; params: readonly Param[] }>()
  for (const call of schedule.steps.flatMap(step => step.calls)) {
    if (entries.has(entryKey(call))) continue
    const signature = kernels.entry(kernelPath(call), call.entry)
    if (signature === null) return null
    entries.set(entryKey(call), signature)
  }
  return entries
}

class InvokeWriter {
  readonly constants = new ConstantPool()
  readonly #input: InvokeInput
  readonly #specializer: Specializer
  readonly #entries: Entries

  constructor(input: InvokeInput, specializer: Specializer, entries: Entries) {
    this.#input = input
    this.#specializer = specializer
    this.#entries = entries
  }

  step(step: Step, index: number): readonly Stmt[] {
    const { schedule, trace } = this.#input
    const out: Stmt[] = []
    if (step.calls.length > 0) {
      out.push({ kind: 'comment', text: describeStep(schedule.graph, step, index), span: noSpan })
    }
    for (const call of step.calls) out.push(...this.#call(call, step, index))
    if (trace) out.push({ kind: 'trace', step: index, span: noSpan })
    return out
  }

  #call(call: KernelCall, step: Step, index: number): readonly Stmt[] {
    const signature = this.#entries.get(entryKey(call))
    if (signature === undefined) throw new Error(`kernel ${call.kernel} is not loaded`)
    const callee = this.#specializer.instance(signature.name, call.statics)
    if (callee === null) return []
    const params = signature.params.filter(p => !(p.name in call.statics))
    const batch: Expr = { kind: 'local', type: 'i32', name: 'batch', span: noSpan }
    const at = call.batches === 1 ? i32(0, noSpan) : batch
    const args = call.args.map((arg, i) => {
      const param = params[i]
      if (param === undefined) throw new Error(`${call.kernel}: more arguments than parameters`)
      return this.#argument(arg, param, { call, step, index, at })
    })
    if (args.length !== params.length) throw new Error(`${call.kernel}: arguments are missing`)
    const run: Stmt = {
      kind: 'call',
      call: { kind: 'call', type: 'void', callee, args, span: noSpan },
      span: noSpan,
    }
    return call.batches === 1 ? [run] : [batchLoop(call.batches, run)]
  }

  #argument(arg: KernelArg, param: Param, at: CallPlace): Expr {
    switch (arg.kind) {
      case 'input':
      case 'output':
        return this.#tensor(arg, param, at)
      case 'scratch': {
        const place = this.#input.plan.scratch.get(at.index)
        if (place === undefined) throw new Error('scratch was not planned')
        return region(param, place, i32(0, noSpan), place.bytes, scratchOwner)
      }
      case 'constant': {
        const wanted = `op${at.index}_${snakeCase(arg.name)}`
        const name = this.constants.array(wanted, arg.type, arg.values, arg.weights)
        return dataOf(param, name)
      }
      case 'params': {
        const wanted = `op${at.index}_params`
        return {
          kind: 'data',
          type: { kind: 'struct', name: arg.struct },
          name: this.constants.struct(wanted, arg.struct, arg.fields),
          span: noSpan,
        }
      }
      case 'scalar':
        return i32(arg.value, noSpan)
      case 'ring':
        return i32(this.#rows(arg.of, arg.index, at), noSpan)
      case 'rowBegin':
        return i32(0, noSpan)
      case 'rowEnd':
        return i32(at.call.outputRows, noSpan)
    }
  }

  /** Layer by layer, a ring holds all rows of the tensor: its height for images. */
  #rows(of: 'input' | 'output', position: number, at: CallPlace): number {
    return ringRows(this.#tensorOf(of, position, at).shape)
  }

  #tensorOf(of: 'input' | 'output', position: number, at: CallPlace): Tensor {
    const { graph } = this.#input.schedule
    const operator = graph.operators[at.step.operator]
    const ids = of === 'input' ? operator?.inputs : operator?.outputs
    return tensorOf(graph, ids?.[position] ?? -1)
  }

  #tensor(
    arg: Extract<KernelArg, { kind: 'input' | 'output' }>,
    param: Param,
    at: CallPlace,
  ): Expr {
    const { schedule, plan } = this.#input
    const tensor = this.#tensorOf(arg.kind, arg.index, at)
    const start = i32(arg.offset, noSpan)
    const step = i32(arg.batchStride, noSpan)
    const moved = at.call.batches > 1 && arg.batchStride > 0
    const batchOffset = binary('mul', at.at, step, 'i32', noSpan)
    if (tensor.data !== null)
      return this.#constantTensor(tensor, param, moved ? batchOffset : null, at)
    const place = plan.tensors.get(storageOf(schedule, tensor.id))
    if (place === undefined) throw new Error(`tensor ${tensor.id} was not planned`)
    const offset = moved ? binary('add', batchOffset, start, 'i32', noSpan) : start
    const bytes = (moved ? arg.batchStride : tensorBytes(tensor)) - arg.offset
    return region(param, place, offset, bytes, ownerOf(schedule, tensor.id))
  }

  /** A constant that stands where a computed tensor could (one side of an ADD). */
  #constantTensor(tensor: Tensor, param: Param, offset: Expr | null, at: CallPlace): Expr {
    if (!isPtr(param.type) || tensor.data === null) throw new Error('a constant needs a pointer')
    const values = elementsOf(tensor.data, param.type.to)
    const name = this.constants.array(`op${at.index}_constant`, param.type.to, values, true)
    const start = dataOf(param, name)
    if (offset === null) return start
    const width = i32(bytesOf(param.type.to), noSpan)
    const index = binary('div', offset, width, 'i32', noSpan)
    return { kind: 'offset', type: param.type, ptr: start, index, span: noSpan }
  }
}

interface CallPlace {
  readonly call: KernelCall
  readonly step: Step
  readonly index: number
  /** The batch being computed. */
  readonly at: Expr
}

/** Rows of one image of a tensor in the kernels' sense: the height of NHWC, else a single row. */
export function ringRows(shape: readonly number[]): number {
  return shape.length === 4 ? (shape[1] ?? 1) : 1
}

function batchLoop(batches: number, body: Stmt): Stmt {
  const span = noSpan
  const local: Expr = { kind: 'local', type: 'i32', name: 'batch', span }
  return {
    kind: 'for',
    init: { kind: 'let', name: 'batch', type: 'i32', mutable: true, value: i32(0, span), span },
    condition: binary('lt', local, i32(batches, span), 'bool', span),
    update: {
      kind: 'assign',
      name: 'batch',
      value: binary('add', local, i32(1, span), 'i32', span),
      span,
    },
    body: [body],
    span,
  }
}

function region(param: Param, place: Placement, offset: Expr, bytes: number, owner: number): Expr {
  if (!isPtr(param.type)) throw new Error(`parameter ${param.name} is not a pointer`)
  const type = { kind: 'ptr', to: 'u8', readonly: false } as const
  const base: Expr = { kind: 'local', type, name: 'arena', span: noSpan }
  const start = i32(place.offset, noSpan)
  const at =
    offset.kind === 'const'
      ? i32(place.offset + Number(offset.value), noSpan)
      : binary('add', start, offset, 'i32', noSpan)
  return { kind: 'region', type: param.type, base, offset: at, bytes, owner, span: noSpan }
}

function dataOf(param: Param, name: string): Expr {
  if (!isPtr(param.type)) throw new Error(`parameter ${param.name} is not a pointer`)
  return { kind: 'data', type: { ...param.type, readonly: true }, name, span: noSpan }
}

function elementsOf(data: Uint8Array, type: string): ArrayLike<number> {
  if (type === 'i8') return new Int8Array(data)
  if (type === 'u8') return data
  if (type === 'f32') return new Float32Array(data.slice().buffer)
  throw new Error(`no constant tensors of ${type}`)
}
