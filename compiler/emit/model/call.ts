// Kernel calls of a step for a range of its rows: each argument as an expression on the arena.

import { rowLayout } from '../../../kernels/shape.ts'
import type { KernelArg, KernelCall } from '../../../kernels/op.ts'
import { snakeCase } from '../../frontend/names.ts'
import { tensorOf, type Tensor } from '../../graph/graph.ts'
import { binary, i32 } from '../../kir/build.ts'
import { noSpan, type Expr, type Param, type Stmt } from '../../kir/node.ts'
import type { Specializer } from '../../kir/passes/specialize.ts'
import { bytesOf, isPtr } from '../../kir/types.ts'
import type { StatementSite } from '../../memory/access.ts'
import type { MemoryPlan, Placement } from '../../memory/plan.ts'
import type { Schedule, Step, StorageId } from '../../schedule/schedule.ts'
import type { ConstantPool } from './constants.ts'
import { countingLoop, localI32 } from './loop.ts'

/** Positions of a step that one run does. */
export interface Range {
  readonly begin: Expr
  readonly end: Expr
}

/** Name and parameters of the entry functions of kernels, by `entryKey`. */
export type Entries = ReadonlyMap<
  string,
  { readonly name: string; readonly params: readonly Param[] }
>

export const entryKey = (call: KernelCall): string => `${call.kernel}#${call.entry}`

/** Owners in `region` nodes. Tensors and what renames them: */
export function ownerOf(storage: StorageId): number {
  return storage + 1
}

/** Scratch memory of a step. */
export function scratchOwnerOf(schedule: Pick<Schedule, 'storages'>, step: number): number {
  return schedule.storages.length + 1 + step
}

/** Rows of one image of a tensor in the kernels' sense: the height of NHWC, else a single row. */
export function ringRows(shape: readonly number[]): number {
  return shape.length === 4 ? (shape[1] ?? 1) : 1
}

/** An argument of a call as numbers, so that those of several steps can be told apart by a table. */
export type Argument =
  | { readonly kind: 'rowBegin' | 'rowEnd' }
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'region'
      readonly type: Pointer
      readonly offset: number
      readonly bytes: number
      readonly owner: number
    }
  | {
      readonly kind: 'array'
      readonly type: Pointer
      readonly values: ArrayLike<number>
      readonly weights: boolean
    }
  | {
      readonly kind: 'struct'
      readonly struct: string
      readonly fields: Readonly<Record<string, number>>
    }

/** A call without its arguments as expressions. */
export interface CallParts {
  readonly callee: string
  /** Names of the parameters. */
  readonly params: readonly string[]
  readonly args: readonly Argument[]
}

/** The call being written. */
interface Place {
  readonly call: KernelCall
  readonly step: Step
  readonly index: number
  readonly operator: number
  readonly range: Range
  /** The batch being computed. */
  readonly batch: Expr
}

export class CallWriter {
  /** Where each call or transfer written so far comes from. */
  readonly sites = new Map<Stmt, StatementSite>()
  readonly #schedule: Schedule
  readonly #plan: MemoryPlan
  readonly #constants: ConstantPool
  readonly #specializer: Specializer
  readonly #entries: Entries

  constructor(
    input: { readonly schedule: Schedule; readonly plan: MemoryPlan },
    constants: ConstantPool,
    specializer: Specializer,
    entries: Entries,
  ) {
    this.#schedule = input.schedule
    this.#plan = input.plan
    this.#constants = constants
    this.#specializer = specializer
    this.#entries = entries
  }

  /** One statement per kernel call of step `index` (a loop for one with batches). */
  calls(index: number, range: Range): readonly Stmt[] {
    const step = this.#schedule.steps[index]!
    const { work } = step
    if (work.kind !== 'calls') throw new Error(`step ${index} has no calls`)
    const { operator } = work
    return work.calls.flatMap((call, number) => {
      const many = call.batches > 1
      const batch: Expr = many ? localI32('batch') : i32(0, noSpan)
      const run = this.#call({ call, step, index, operator, range, batch })
      if (run === null) return []
      this.sites.set(run, { step: index, call: number })
      return many
        ? [countingLoop('batch', i32(0, noSpan), i32(call.batches, noSpan), [run])]
        : [run]
    })
  }

  /** The only call of a step that is one of a group; null after diagnostics. */
  parts(index: number): CallParts | null {
    const step = this.#schedule.steps[index]!
    const { work } = step
    const [call] = work.kind === 'calls' ? work.calls : []
    if (work.kind !== 'calls' || call === undefined) throw new Error(`step ${index} has no call`)
    const zero = i32(0, noSpan)
    const range = { begin: zero, end: zero }
    const place = { call, step, index, operator: work.operator, range, batch: zero }
    const { callee, params } = this.#callee(call)
    if (callee === null) return null
    const args = call.args.map((arg, i) => this.#part(arg, params[i]!, place))
    return { callee, params: params.map(({ name }) => name), args }
  }

  #part(arg: KernelArg, param: Param, at: Place): Argument {
    switch (arg.kind) {
      case 'rowBegin':
      case 'rowEnd':
        return { kind: arg.kind }
      case 'scalar':
        return { kind: 'number', value: arg.value }
      case 'ring':
        return { kind: 'number', value: this.#ring(arg, at) }
      case 'constant': {
        const { values, weights } = arg
        return { kind: 'array', type: { ...pointerOf(param), to: arg.type }, values, weights }
      }
      case 'params':
        return { kind: 'struct', struct: arg.struct, fields: arg.fields }
      case 'input':
      case 'output':
      case 'scratch': {
        const e = this.#argument(arg, param, at)
        if (e.kind !== 'region' || e.offset.kind !== 'const') {
          throw new Error(`argument ${param.name} has no fixed place`)
        }
        const { bytes, owner } = e
        const type = pointerOf(param)
        return { kind: 'region', type, offset: Number(e.offset.value), bytes, owner }
      }
    }
  }

  /** Row `row` of a storage, as bytes. */
  row(storage: StorageId, row: Expr, readonly: boolean): Expr {
    const place = this.#placeOf(storage)
    const { rowBytes } = this.#schedule.storages[storage]!
    const slot = slotOf(row, place.ring, this.#schedule.storages[storage]!.rows)
    const offset = binary('mul', slot, i32(rowBytes, noSpan), 'i32', noSpan)
    const known = slot.kind === 'const' ? i32(Number(slot.value) * rowBytes, noSpan) : offset
    return region({ to: 'u8', readonly }, place.offset, known, rowBytes, ownerOf(storage))
  }

  #callee(call: KernelCall): { readonly callee: string | null; readonly params: readonly Param[] } {
    const signature = this.#entries.get(entryKey(call))
    if (signature === undefined) throw new Error(`kernel ${call.kernel} is not loaded`)
    const callee = this.#specializer.instance(signature.name, call.statics)
    const params = signature.params.filter(p => !(p.name in call.statics))
    if (params.length !== call.args.length) {
      throw new Error(
        `${call.kernel}: ${call.args.length} arguments for ${params.length} parameters`,
      )
    }
    return { callee, params }
  }

  #call(place: Place): Stmt | null {
    const { call } = place
    const { callee, params } = this.#callee(call)
    if (callee === null) return null
    const args = call.args.map((arg, i) => this.#argument(arg, params[i]!, place))
    const expr = { kind: 'call', type: 'void', callee, args, span: noSpan } as const
    return { kind: 'call', call: expr, span: noSpan }
  }

  #argument(arg: KernelArg, param: Param, at: Place): Expr {
    const { step, range } = at
    switch (arg.kind) {
      case 'input':
      case 'output':
        return this.#tensor(arg, param, at)
      case 'scratch': {
        const place = this.#plan.scratch.get(at.index)
        if (place === undefined) throw new Error('scratch was not planned')
        const owner = scratchOwnerOf(this.#schedule, at.index)
        return region(pointerOf(param), place.offset, i32(0, noSpan), place.bytes, owner)
      }
      case 'constant': {
        const wanted = `op${at.index}_${snakeCase(arg.name)}`
        return dataOf(param, this.#constants.array(wanted, arg.type, arg.values, arg.weights))
      }
      case 'params': {
        const name = this.#constants.struct(`op${at.index}_params`, arg.struct, arg.fields)
        return { kind: 'data', type: { kind: 'struct', name: arg.struct }, name, span: noSpan }
      }
      case 'scalar':
        return i32(arg.value, noSpan)
      case 'ring':
        return i32(this.#ring(arg, at), noSpan)
      // A step with a single position does all rows of its calls, whatever they are.
      case 'rowBegin':
        return step.positions === 1 ? i32(0, noSpan) : range.begin
      case 'rowEnd':
        return step.positions === 1 ? i32(at.call.outputRows, noSpan) : range.end
    }
  }

  #tensorOf(of: 'input' | 'output', position: number, at: Place): Tensor {
    const { graph } = this.#schedule
    const operator = graph.operators[at.operator]
    const ids = of === 'input' ? operator?.inputs : operator?.outputs
    return tensorOf(graph, ids?.[position] ?? -1)
  }

  /** Only rows that are those of the storage lie in its ring; under another shape all are there. */
  #ring(arg: Extract<KernelArg, { kind: 'ring' }>, at: Place): number {
    const tensor = this.#tensorOf(arg.of, arg.index, at)
    const id = storageAt(at.step, arg.of, arg.index)
    if (tensor.data !== null || id === null) return ringRows(tensor.shape)
    const { batches, rows } = rowLayout(tensor.shape)
    const own = batches === 1 && rows === this.#schedule.storages[id]!.rows
    return own ? this.#placeOf(id).ring : ringRows(tensor.shape)
  }

  #placeOf(storage: StorageId): Placement {
    const place = this.#plan.storages[storage]
    if (place === undefined) throw new Error(`storage ${storage} was not planned`)
    return place
  }

  #tensor(arg: Extract<KernelArg, { kind: 'input' | 'output' }>, param: Param, at: Place): Expr {
    const tensor = this.#tensorOf(arg.kind, arg.index, at)
    const start = i32(arg.offset, noSpan)
    const moved = at.call.batches > 1 && arg.batchStride > 0
    const batchOffset = binary('mul', at.batch, i32(arg.batchStride, noSpan), 'i32', noSpan)
    if (tensor.data !== null) {
      const begin = arg.offset > 0 ? start : null
      return this.#constantTensor(tensor, param, moved ? batchOffset : begin, at)
    }
    const storage = storageAt(at.step, arg.kind, arg.index)
    if (storage === null) throw new Error(`tensor ${tensor.id} has no storage`)
    const place = this.#placeOf(storage)
    const offset = moved ? binary('add', batchOffset, start, 'i32', noSpan) : start
    const bytes = (moved ? arg.batchStride : place.bytes) - arg.offset
    return region(pointerOf(param), place.offset, offset, bytes, ownerOf(storage))
  }

  /** A constant that stands where a computed tensor could (one side of an ADD). */
  #constantTensor(tensor: Tensor, param: Param, offset: Expr | null, at: Place): Expr {
    if (!isPtr(param.type) || tensor.data === null) throw new Error('a constant needs a pointer')
    const values = elementsOf(tensor.data, param.type.to)
    const name = this.#constants.array(`op${at.index}_constant`, param.type.to, values, true)
    const start = dataOf(param, name)
    if (offset === null) return start
    const width = i32(bytesOf(param.type.to), noSpan)
    const index = binary('div', offset, width, 'i32', noSpan)
    return { kind: 'offset', type: param.type, ptr: start, index, span: noSpan }
  }
}

/** Not the storage of the tensor: a step may see a strip of it. */
function storageAt(step: Step, kind: 'input' | 'output', position: number): StorageId | null {
  return kind === 'output' ? step.output : (step.inputs[position] ?? null)
}

/** Where a row lies in a ring: known, or `row % ring`; the row itself when all rows have a place. */
function slotOf(row: Expr, ring: number, rows: number): Expr {
  if (ring === 1) return i32(0, noSpan)
  if (row.kind === 'const') return i32(Number(row.value) % ring, noSpan)
  return ring >= rows ? row : binary('rem', row, i32(ring, noSpan), 'i32', noSpan)
}

export type Pointer = Extract<Param['type'], { kind: 'ptr' }>

export function pointerOf(param: Param): Pointer {
  if (!isPtr(param.type)) throw new Error(`parameter ${param.name} is not a pointer`)
  return param.type
}

/** `start + offset` bytes into the arena. */
function region(
  type: Omit<Pointer, 'kind'>,
  start: number,
  offset: Expr,
  bytes: number,
  owner: number,
): Expr {
  const arena = { kind: 'ptr', to: 'u8', readonly: false } as const
  const base: Expr = { kind: 'local', type: arena, name: 'arena', span: noSpan }
  const at =
    offset.kind === 'const'
      ? i32(start + Number(offset.value), noSpan)
      : binary('add', i32(start, noSpan), offset, 'i32', noSpan)
  const pointer = { kind: 'ptr', to: type.to, readonly: type.readonly } as const
  return { kind: 'region', type: pointer, base, offset: at, bytes, owner, span: noSpan }
}

function dataOf(param: Param, name: string): Expr {
  return { kind: 'data', type: { ...pointerOf(param), readonly: true }, name, span: noSpan }
}

function elementsOf(data: Uint8Array, type: string): ArrayLike<number> {
  if (type === 'i8') return new Int8Array(data)
  if (type === 'u8') return data
  if (type === 'f32') return new Float32Array(data.slice().buffer)
  throw new Error(`no constant tensors of ${type}`)
}
