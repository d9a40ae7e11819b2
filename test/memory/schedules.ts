// Schedules made in code, at random or by hand, and programs for them that replay can run.
import type { KernelCall } from '../../kernels/op.ts'
import type { Graph, Tensor, TensorId } from '../../compiler/graph/graph.ts'
import { i32 } from '../../compiler/kir/build.ts'
import {
  noSpan,
  type Expr,
  type Func,
  type Module,
  type Stmt,
  type Type,
} from '../../compiler/kir/node.ts'
import type { MemoryPlan, Placement } from '../../compiler/memory/plan.ts'
import type { Extent } from '../../compiler/memory/shadow.ts'
import { storageOf, type Schedule, type Step } from '../../compiler/schedule/schedule.ts'

const span = noSpan

/** Whole numbers below a limit from a linear congruential generator (Knuth's MMIX constants). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = BigInt(seed)
  return limit => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number((state >> 33n) % BigInt(limit))
  }
}

const call: KernelCall = {
  kernel: 'fake/reference',
  entry: 'fake',
  args: [],
  statics: {},
  batches: 1,
  outputRows: 1,
  macs: 0,
  scratchBytes: 0,
}

interface StepOptions {
  readonly inPlace?: readonly number[]
  readonly scratch?: number
}

/** Collects tensors (int8, one dimension) and steps; ids count from 0. */
export class ScheduleBuilder {
  readonly tensors: Tensor[] = []
  readonly steps: Step[] = []
  readonly inputs: TensorId[] = []
  readonly outputs: TensorId[] = []
  readonly aliases = new Map<TensorId, TensorId>()

  tensor(bytes: number, data: Uint8Array | null = null): TensorId {
    const id = this.tensors.length
    const name = `t${id}`
    this.tensors.push({
      id,
      sourceIndex: id,
      name,
      shape: [bytes],
      dtype: 'int8',
      quantization: null,
      data,
    })
    return id
  }

  input(bytes: number): TensorId {
    const id = this.tensor(bytes)
    this.inputs.push(id)
    return id
  }

  /** A step of one call; answers with its outputs. */
  step(
    inputs: readonly (TensorId | null)[],
    outputBytes: readonly number[],
    options: StepOptions = {},
  ): TensorId[] {
    const outputs = outputBytes.map(bytes => this.tensor(bytes))
    const { inPlace = [], scratch: scratchBytes = 0 } = options
    const operator = this.steps.length
    this.steps.push({ operator, calls: [call], inputs, outputs, inPlace, scratchBytes })
    return outputs
  }

  /** A step that renames a tensor. */
  alias(of: TensorId): TensorId {
    const id = this.tensor(this.tensors[of]?.shape[0] ?? 0)
    const operator = this.steps.length
    this.steps.push({
      operator,
      calls: [],
      inputs: [of],
      outputs: [id],
      inPlace: [],
      scratchBytes: 0,
    })
    this.aliases.set(id, of)
    return id
  }

  schedule(...outputs: readonly TensorId[]): Schedule {
    const { tensors, steps, inputs, aliases } = this
    const graph: Graph = {
      name: 'made',
      file: 'made.tflite',
      tensors,
      operators: [],
      inputs,
      outputs,
    }
    return { graph, steps, aliases }
  }
}

/**
 * Any DAG: several inputs (some unused), outputs that are read again, steps nobody reads, constants,
 * equal sizes and lifetimes, renamed tensors, scratch. `reach`: from how far back inputs are taken.
 */
export function randomSchedule(seed: number, steps: number, reach: number): Schedule {
  const random = randomNumbers(seed)
  const builder = new ScheduleBuilder()
  const bytes = (): number => 1 + random([24, 1000, 3000][random(3)] ?? 1)
  const known: TensorId[] = []
  for (let i = 0; i < 1 + random(3); i++) known.push(builder.input(bytes()))
  const recent = (): TensorId => known[Math.max(0, known.length - 1 - random(reach))] ?? 0
  for (let i = 0; i < steps; i++) {
    if (random(8) === 0) {
      known.push(builder.alias(recent()))
      continue
    }
    const inputs = Array.from({ length: 1 + random(3) }, () => (random(9) === 0 ? null : recent()))
    const first = inputs[0] ?? null
    const likeFirst = first !== null && random(2) === 0
    const size = likeFirst ? (builder.tensors[first]?.shape[0] ?? 1) : bytes()
    const others = random(6) === 0 ? [bytes()] : []
    const inPlace = [...inputs.keys()].filter(() => random(3) > 0)
    const scratch = random(3) === 0 ? bytes() : 0
    known.push(...builder.step(inputs, [size, ...others], { inPlace, scratch }))
  }
  const outputs = [recent(), recent(), ...(random(3) === 0 ? [known[0] ?? 0] : [])]
  return builder.schedule(...new Set(outputs))
}

/** Owners in programs: tensors by number, scratch by step. */
export const scratchOwner = (step: number): number => 1_000_000 + step

/** The program of a plan, one call per step on whole tensors, each followed by its trace. */
export function programOf(schedule: Schedule, plan: MemoryPlan): Module {
  const functions = new Map<string, Func>()
  const body = schedule.steps.flatMap((step, index): Stmt[] => {
    const trace: Stmt = { kind: 'trace', step: index, span }
    if (step.calls.length === 0) return [trace]
    const reads = step.inputs.flatMap(name => (name === null ? [] : [tensorRegion(name)]))
    const writes = step.outputs.map(tensorRegion)
    const scratch = plan.scratch.get(index)
    if (scratch !== undefined) writes.push(region(scratch, scratchOwner(index)))
    const callee = kernel(reads.length, writes.length)
    functions.set(callee.name, callee)
    return [callStatement(callee, [...reads, ...writes]), trace]
  })
  return moduleOf([...functions.values()], body)

  function tensorRegion(name: TensorId): Expr {
    const storage = storageOf(schedule, name)
    return region(placeOf(plan, storage), storage)
  }
}

export function placeOf(plan: MemoryPlan, tensor: TensorId): Placement {
  const place = plan.tensors.get(tensor)
  if (place === undefined) throw new Error(`tensor ${tensor} has no place`)
  return place
}

export function extentsOf(
  schedule: Schedule,
  plan: MemoryPlan,
  names: readonly TensorId[],
): readonly Extent[] {
  return names.map(name => {
    const owner = storageOf(schedule, name)
    const { offset, bytes } = placeOf(plan, owner)
    return { offset, bytes, owner }
  })
}

const pointer = (readonly: boolean): Type => ({ kind: 'ptr', to: 'i8', readonly })
export const arena: Expr = { kind: 'local', type: pointer(false), name: 'arena', span }

/** A kernel with so many read-only and then writable pointers; what it does is of no interest. */
export function kernel(reads: number, writes: number): Func {
  const params = Array.from({ length: reads + writes }, (_, i) => ({
    name: i < reads ? `read${i}` : `write${i - reads}`,
    type: pointer(i < reads),
    isStatic: false,
    span,
  }))
  return func(`kernel_${reads}_${writes}`, params, [])
}

function func(name: string, params: Func['params'], body: readonly Stmt[]): Func {
  return { name, doc: '', params, result: 'void', body, inline: false, intrinsic: null, span }
}

export function moduleOf(kernels: readonly Func[], body: readonly Stmt[]): Module {
  const param = { name: 'arena', type: pointer(false), isStatic: false, span }
  const functions = [...kernels, func('invoke', [param], body)]
  return { name: 'made', structs: [], functions, data: [] }
}

export function region(
  { offset, bytes }: { readonly offset: number | Expr; readonly bytes: number },
  owner: number,
  base: Expr = arena,
): Expr {
  const at = typeof offset === 'number' ? i32(offset, span) : offset
  return {
    kind: 'region',
    type: { kind: 'ptr', to: 'i8', readonly: false },
    base,
    offset: at,
    bytes,
    owner,
    span,
  }
}

export function callStatement(callee: Pick<Func, 'name'>, args: readonly Expr[]): Stmt {
  return {
    kind: 'call',
    call: { kind: 'call', type: 'void', callee: callee.name, args, span },
    span,
  }
}
