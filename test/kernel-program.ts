// Turns calls of kernel functions into a program that every host can run, and reads the results.

import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../compiler/diagnostics/format.ts'
import { KernelProgram } from '../compiler/frontend/program.ts'
import { constant, i32 } from '../compiler/kir/build.ts'
import {
  noSpan,
  type DataItem,
  type Expr,
  type Func,
  type Module,
  type ScalarType,
  type Stmt,
} from '../compiler/kir/node.ts'
import { inlineFunctions } from '../compiler/kir/passes/inline.ts'
import { prune } from '../compiler/kir/passes/prune.ts'
import { Specializer } from '../compiler/kir/passes/specialize.ts'
import { dropUnused } from '../compiler/kir/passes/unused.ts'
import { bytesOf, isPtr, isScalar } from '../compiler/kir/types.ts'
import {
  kernelsHeader,
  kernelsSource,
  modelSource,
  splitModule,
  supportHeader,
} from '../compiler/package/c-files.ts'
import { assemblyScriptOf, checkedJsOf } from '../compiler/package/program.ts'
import type { ReadSource } from '../compiler/sources.ts'
import type { Inference, InferenceResult, Program } from '../runtime/hosts/host.ts'
import { lineReader } from './sources.ts'

export type Scalar = number | bigint | boolean

/** Memory given to a pointer parameter, with its contents before and, unless unchanged, after the call. */
export interface BufferArgument {
  readonly buffer: ScalarType
  readonly values: readonly Scalar[]
  readonly after?: readonly Scalar[]
}

export interface StructArgument {
  readonly struct: Readonly<Record<string, number>>
}

export interface KernelCase {
  readonly title: string
  readonly file: string
  readonly function: string
  readonly statics?: Readonly<Record<string, number>>
  /** Arguments of the parameters that are not static, in order. */
  readonly args: readonly (Scalar | BufferArgument | StructArgument)[]
  readonly result?: Scalar
}

/** A place in the arena and what is expected there after the call. */
interface Slot {
  readonly title: string
  readonly type: ScalarType
  readonly offset: number
  readonly before: readonly Scalar[] | null
  readonly after: readonly Scalar[]
}

export interface CaseProgram {
  readonly program: Program
  readonly module: Module
  readonly input: Inference
  /** What each slot holds after a run, by title, and what it should hold. */
  readonly check: (
    result: InferenceResult,
  ) => readonly { title: string; found: string; wanted: string }[]
}

const name = 'cases'
const owner = 1
const align = (at: number): number => Math.ceil(at / 8) * 8

/** What may be done to the functions before they are emitted. */
export type Passes = (functions: readonly Func[]) => readonly Func[]

export const shippedPasses: Passes = functions => inlineFunctions(functions).map(dropUnused)

/** Throws with all diagnostics when a kernel is refused. */
export function caseProgram(
  cases: readonly KernelCase[],
  read: ReadSource,
  passes: Passes = shippedPasses,
): CaseProgram {
  const bag = new DiagnosticBag()
  const kernels = new KernelProgram(read, bag)
  const entries = cases.map(c => kernels.entry(c.file, c.function))
  const library = kernels.module(name)
  const stopOnErrors = (): void => {
    if (bag.hasErrors) throw new Error(formatDiagnostics(bag.all))
  }
  stopOnErrors()
  const specializer = new Specializer(library, bag, lineReader(read))
  const builder = new Builder(library)
  cases.forEach((c, i) => {
    const symbol = specializer.instance(entries[i]?.name ?? '', c.statics ?? {})
    stopOnErrors()
    const f = specializer.functions.find(g => g.name === symbol)
    if (f !== undefined) builder.call(c, f)
  })
  const entry = `thimble_${name}_invoke`
  const functions = [...passes(specializer.functions), invokeFunction(entry, builder.body)]
  const module = prune({ ...library, functions, data: builder.data }, [entry])
  return { ...builder.program(module, entry, read), module }
}

function invokeFunction(entry: string, body: readonly Stmt[]): Func {
  const type = { kind: 'ptr', to: 'u8', readonly: false } as const
  return {
    name: entry,
    doc: '',
    params: [{ name: 'arena', type, isStatic: false, span: noSpan }],
    result: 'void',
    body,
    inlining: 'free',
    intrinsic: null,
    span: noSpan,
  }
}

class Builder {
  readonly body: Stmt[] = []
  readonly data: DataItem[] = []
  readonly #library: Module
  readonly #slots: Slot[] = []
  #end = 0

  constructor(library: Module) {
    this.#library = library
  }

  call(c: KernelCase, f: Func): void {
    const args = c.args.map((argument, i) => {
      const type = f.params[i]?.type
      if (type === undefined) throw new Error(`${c.title}: too many arguments`)
      if (typeof argument !== 'object') {
        if (!isScalar(type)) throw new Error(`${c.title}: argument ${i} is no scalar`)
        const value = scalarOf(argument)
        return constant(type, type === 'f32' ? Math.fround(Number(value)) : value, noSpan)
      }
      if ('struct' in argument) return this.#struct(c, type, argument)
      const title = `${c.title}, argument ${i}`
      const after = argument.after ?? argument.values
      const region = this.#slot(title, argument.buffer, argument.values, after)
      if (!isPtr(type)) throw new Error(`${c.title}: argument ${i} is no pointer`)
      return { ...region, type } as Expr
    })
    const call = { kind: 'call', type: f.result, callee: f.name, args, span: noSpan } as const
    if (!isScalar(f.result)) {
      this.body.push({ kind: 'call', call, span: noSpan })
      return
    }
    if (c.result === undefined) throw new Error(`${c.title}: no result given`)
    const ptr = this.#slot(c.title, f.result, null, [c.result])
    this.body.push({ kind: 'store', ptr, index: i32(0, noSpan), value: call, span: noSpan })
  }

  #struct(c: KernelCase, type: Func['params'][number]['type'], given: StructArgument): Expr {
    if (typeof type === 'string' || type.kind !== 'struct') {
      throw new Error(`${c.title}: no params interface`)
    }
    const item = `params_${this.data.length}`
    this.data.push({ kind: 'struct', name: item, struct: type.name, values: given.struct })
    return { kind: 'data', type, name: item, span: noSpan }
  }

  #slot(
    title: string,
    type: ScalarType,
    before: readonly Scalar[] | null,
    after: readonly Scalar[],
  ): Expr {
    const offset = align(this.#end)
    const bytes = after.length * bytesOf(type)
    this.#end = offset + bytes
    this.#slots.push({ title, type, offset, before, after })
    const arena: Expr = {
      kind: 'local',
      type: { kind: 'ptr', to: 'u8', readonly: false },
      name: 'arena',
      span: noSpan,
    }
    return {
      kind: 'region',
      type: { kind: 'ptr', to: type, readonly: false },
      base: arena,
      offset: i32(offset, noSpan),
      bytes,
      owner,
      span: noSpan,
    }
  }

  program(module: Module, entry: string, read: ReadSource): Omit<CaseProgram, 'module'> {
    const arenaBytes = align(this.#end)
    const kind = 'resident'
    const place = { kind, bytes: arenaBytes, offset: 0, owner } as const
    const tensor = { ...place, dtype: 'UINT8', shape: [arenaBytes] }
    const parts = splitModule(module, entry)
    const guard = `#define THIMBLE_${name.toUpperCase()}_ARENA_BYTES ${arenaBytes}u`
    const program: Program = {
      name,
      arenaBytes,
      inputs: [{ ...tensor, index: 0, name: 'before' }],
      outputs: [{ ...tensor, index: 1, name: 'after' }],
      tensors: [],
      trace: [],
      cFiles: new Map([
        [`${name}.h`, `#pragma once\n${guard}\nvoid ${entry}(void *memory);\n`],
        [`${name}.c`, modelSource(name, module, parts, false)],
        ['thimble_kernels.h', kernelsHeader(module, parts)],
        ['thimble_kernels.c', kernelsSource(parts)],
        ['thimble_intrinsics.h', supportHeader(parts)],
      ]),
      checkedJs: checkedJsOf(module, read),
      assemblyScript: assemblyScriptOf(module, [entry]),
      entry,
    }
    const input = new Uint8Array(arenaBytes)
    for (const { before, offset, type } of this.#slots)
      writeValues(input, offset, type, before ?? [])
    return { program, input: [input], check: result => this.#check(result) }
  }

  #check(result: InferenceResult): readonly { title: string; found: string; wanted: string }[] {
    const bytes = result.outputs[0] ?? new Uint8Array(0)
    return this.#slots.map(({ title, type, offset, after }) => ({
      title,
      found: readValues(bytes, offset, type, after.length).map(shown).join(' '),
      wanted: after.map(v => shown(type === 'f32' ? Math.fround(Number(v)) : v)).join(' '),
    }))
  }
}

const shown = (v: Scalar): string => (Object.is(v, -0) ? '-0' : String(v))

function scalarOf(value: Scalar): number | bigint {
  return typeof value === 'boolean' ? Number(value) : value
}

function writeValues(
  bytes: Uint8Array,
  offset: number,
  type: ScalarType,
  values: readonly Scalar[],
): void {
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => {
    const at = offset + i * bytesOf(type)
    if (type === 'f32') view.setFloat32(at, Number(value), true)
    else if (bytesOf(type) === 8) view.setBigInt64(at, BigInt(value), true)
    else if (bytesOf(type) === 4) view.setInt32(at, Number(value), true)
    else if (bytesOf(type) === 2) view.setInt16(at, Number(value), true)
    else view.setInt8(at, Number(value))
  })
}

function readValues(
  bytes: Uint8Array,
  offset: number,
  type: ScalarType,
  count: number,
): readonly Scalar[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = {
    bool: (at: number) => view.getUint8(at) !== 0,
    i8: (at: number) => view.getInt8(at),
    u8: (at: number) => view.getUint8(at),
    i16: (at: number) => view.getInt16(at, true),
    u16: (at: number) => view.getUint16(at, true),
    i32: (at: number) => view.getInt32(at, true),
    u32: (at: number) => view.getUint32(at, true),
    i64: (at: number) => view.getBigInt64(at, true),
    u64: (at: number) => view.getBigUint64(at, true),
    f32: (at: number) => view.getFloat32(at, true),
  }[type]
  return Array.from({ length: count }, (_, i) => read(offset + i * bytesOf(type)))
}
