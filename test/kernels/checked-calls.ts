// Runs kernel calls as checked JavaScript, each tensor in memory of its own, on any rows and rings.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { inlineFunctions } from '../../compiler/kir/passes/inline.ts'
import { prune } from '../../compiler/kir/passes/prune.ts'
import { instanceKey, Specializer } from '../../compiler/kir/passes/specialize.ts'
import { dropUnused } from '../../compiler/kir/passes/unused.ts'
import { checkedJsOf } from '../../compiler/package/program.ts'
import type { Param, ScalarType } from '../../compiler/kir/node.ts'
import type {
  ConstantType,
  KernelArg,
  KernelCall,
  OpContext,
  OpDefinition,
} from '../../kernels/op.ts'
import { loadChecked, type CheckedFunction } from '../../runtime/hosts/checked/load.ts'
import { Memory, View } from '../../runtime/hosts/checked/memory.ts'
import { lineReader } from '../sources.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export function readSource(path: string): string | undefined {
  const file = root + path
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

interface Entry {
  readonly params: readonly Param[]
  readonly run: CheckedFunction
}

const bag = new DiagnosticBag()
const kernels = new KernelProgram(readSource, bag)
/** Instances by kernel, entry and static values, compiled on first use. */
const compiled = new Map<string, Entry>()

export function callKey({ kernel, entry, statics }: KernelCall): string {
  return `${kernel}#${entry}${instanceKey(statics)}`
}

function stopOnErrors(): void {
  if (bag.hasErrors) throw new Error(formatDiagnostics(bag.errors))
}

/** The call's instance as the compiler makes it: specialised, inlined, then checked JavaScript. */
function compile(call: KernelCall): Entry {
  const signature = kernels.entry(`kernels/${call.kernel}.kernel.ts`, call.entry)
  stopOnErrors()
  const library = kernels.module('kernels')
  const specializer = new Specializer(library, bag, lineReader(readSource))
  const symbol = specializer.instance(signature?.name ?? '', call.statics)
  stopOnErrors()
  const functions = inlineFunctions(specializer.functions).map(dropUnused)
  const module = prune({ ...library, functions }, [symbol!])
  const run = loadChecked(checkedJsOf(module, readSource), 'kernels').get(symbol!)!
  return { params: signature!.params.filter(param => !param.isStatic), run }
}

function entryOf(call: KernelCall): Entry {
  const key = callKey(call)
  const known = compiled.get(key)
  if (known !== undefined) return known
  const entry = compile(call)
  compiled.set(key, entry)
  return entry
}

/** Memory of a tensor; bytes are initialised only when given. */
export interface TensorBytes {
  readonly memory: Memory
  readonly byteLength: number
}

/** Owner of everything in a buffer: nothing is overwritten by another tensor here. */
const owner = 1

export function bufferOf(byteLength: number, bytes?: Uint8Array): TensorBytes {
  const memory = new Memory(byteLength, true)
  if (bytes !== undefined) writeBytes({ memory, byteLength }, 0, bytes)
  return { memory, byteLength }
}

/** Stores bytes, after which they count as initialised. */
export function writeBytes({ memory }: TensorBytes, offset: number, bytes: Uint8Array): void {
  memory.bytes.set(bytes, offset)
  memory.owners?.fill(owner, offset, offset + bytes.length)
}

const widths: Readonly<Record<ConstantType, number>> = { i8: 1, u8: 1, i16: 2, i32: 4, f32: 4 }

function constantView({ type, values }: Extract<KernelArg, { kind: 'constant' }>): View {
  const width = widths[type]
  const memory = new Memory(values.length * width, false)
  values.forEach((value, i) => {
    if (type === 'f32') memory.data.setFloat32(i * 4, value, true)
    else if (width === 4) memory.data.setInt32(i * 4, value, true)
    else if (width === 2) memory.data.setInt16(i * 2, value, true)
    else memory.data.setInt8(i, value)
  })
  return new View(memory, 0, 0, values.length * width, owner, width)
}

/** Which rows to compute, and how high the rings of the tensors are. */
export interface Rows {
  readonly begin: number
  readonly end: number
  readonly inputRings: readonly number[]
  readonly outputRing: number
}

/** Runs a call for one batch; `scratch` is kept between the calls of an accumulating kernel. */
export function runBatch(
  call: KernelCall,
  inputs: readonly (TensorBytes | null)[],
  output: TensorBytes,
  rows: Rows,
  batch = 0,
  scratch = bufferOf(call.scratchBytes),
): void {
  const entry = entryOf(call)
  if (entry.params.length !== call.args.length) throw new Error('a wrong number of arguments')
  const values = call.args.map((arg, i): unknown => {
    switch (arg.kind) {
      case 'input':
      case 'output': {
        const buffer = arg.kind === 'output' ? output : inputs[arg.index]
        if (!buffer) throw new Error(`input ${arg.index} is absent`)
        const at = arg.offset + batch * arg.batchStride
        return new View(buffer.memory, at, at, buffer.byteLength, owner, elementWidth(entry, i))
      }
      case 'constant':
        return constantView(arg)
      case 'params':
        return arg.fields
      case 'scalar':
        return arg.value
      case 'ring':
        return arg.of === 'output' ? rows.outputRing : rows.inputRings[arg.index]
      case 'rowBegin':
        return rows.begin
      case 'rowEnd':
        return rows.end
      case 'scratch':
        return new View(scratch.memory, 0, 0, scratch.byteLength, owner, elementWidth(entry, i))
    }
  })
  entry.run(...values)
}

function elementWidth({ params }: Entry, index: number): number {
  const type = params[index]?.type
  if (type === undefined || typeof type === 'string' || type.kind !== 'ptr') {
    throw new Error('a tensor for a parameter that is no pointer')
  }
  const widthOf: Partial<Record<ScalarType, number>> = { i8: 1, u8: 1, i16: 2, i32: 4, f32: 4 }
  return widthOf[type.to] ?? 1
}

const ringOf = (shape: readonly number[]): number => (shape.length === 4 ? shape[1]! : 1)

/** Bytes of a tensor. */
export function bytesOf(info: OpContext['outputs'][number]): number {
  const width = ['int8', 'uint8'].includes(info.dtype) ? 1 : info.dtype === 'int64' ? 8 : 4
  return info.shape.reduce((product, extent) => product * extent, width)
}

/** All calls of an operator, layer by layer; the output's bytes, which start uninitialised. */
export function runCalls(
  calls: readonly KernelCall[],
  context: OpContext,
  inputs: readonly (Uint8Array | null)[],
): Uint8Array {
  const buffers = inputs.map(bytes => (bytes === null ? null : bufferOf(bytes.length, bytes)))
  const [y] = context.outputs
  if (y === undefined) throw new Error('no output')
  const output = bufferOf(bytesOf(y))
  for (const call of calls) {
    const rows = {
      begin: 0,
      end: call.outputRows,
      inputRings: context.inputs.map(info => ringOf(info?.shape ?? [])),
      outputRing: ringOf(y.shape),
    }
    for (let batch = 0; batch < call.batches; batch++) {
      runBatch(call, buffers, output, rows, batch)
    }
  }
  const unwritten = output.memory.owners?.subarray(0, output.byteLength).indexOf(0) ?? -1
  if (unwritten >= 0) throw new Error(`output byte ${unwritten} was never written`)
  return output.memory.bytes.slice(0, output.byteLength)
}

/** Variants that compute this operator from whole inputs, best first; the reference is the last. */
export function wholeVariants(
  { variants }: OpDefinition,
  context: OpContext,
): OpDefinition['variants'] {
  return variants.filter(variant => !(variant.accumulates ?? false) && variant.when(context))
}
