// A hand-written model with streamed ends, for every host: picture rows in, sums of rows out.

import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import type { Tensor } from '../../compiler/graph/graph.ts'
import { binary, i32 } from '../../compiler/kir/build.ts'
import { noSpan, type Expr, type Module, type Stmt } from '../../compiler/kir/node.ts'
import { Specializer } from '../../compiler/kir/passes/specialize.ts'
import {
  kernelsHeader,
  kernelsSource,
  modelSource,
  splitModule,
  supportHeader,
} from '../../compiler/package/c-files.ts'
import { modelHeader } from '../../compiler/package/header.ts'
import type { Ends } from '../../compiler/package/io.ts'
import { assemblyScriptOf, checkedJsOf } from '../../compiler/package/program.ts'
import { rowsHeader } from '../../compiler/package/rows-header.ts'
import type { Inference, Program, TraceSlice } from '../../runtime/hosts/host.ts'
import { lineReader, sourcesWith } from '../sources.ts'

export const rows = 7
export const rowBytes = 6
const bytes = rows * rowBytes

/** Owners and places: three rows of the picture, two rows of sums, the bias, the last row. */
const picture = { owner: 1, offset: 0, ring: 3 }
const sums = { owner: 3, offset: 32, ring: 2 }
const bias = { owner: 2, offset: 64 }
const last = { owner: 4, offset: 80 }
const arenaBytes = 96

/** Ways to get it wrong. */
export type Mistake =
  | 'none'
  | 'skipsRow'
  | 'repeatsRow'
  | 'stopsEarly'
  | 'sendsToInput'
  | 'writesAfterArena'
  | 'writesBeforeArena'
  | 'receivesAfterArena'
  | 'readsOldContents'
  | 'sendsOldContents'
  | 'receivesTooMuch'

const kernelFile = 'test/rows/rows.kernel.ts'
const kernelText = `
import { wrapU8, type ConstPtr, type Ptr, type i32, type u8 } from '../../runtime/lang/types.ts'

/** to = a + b + c, modulo 256. */
export function addRows(
  a: ConstPtr<u8>,
  b: ConstPtr<u8>,
  c: ConstPtr<u8>,
  to: Ptr<u8>,
  n: i32,
): void {
  for (let i: i32 = 0; i < n; i++) {
    to[i] = wrapU8(a[i] + b[i] + c[i])
  }
}
`

const read = sourcesWith({ [kernelFile]: kernelText })
const span = noSpan
const row: Expr = { kind: 'local', type: 'i32', name: 'row', span }
const arena: Expr = {
  kind: 'local',
  type: { kind: 'ptr', to: 'u8', readonly: false },
  name: 'arena',
  span,
}

function region(
  { owner, offset }: { owner: number; offset: number },
  at: Expr | number,
  readonly: boolean,
): Expr {
  const start =
    typeof at === 'number'
      ? i32(offset + at, span)
      : binary('add', i32(offset, span), at, 'i32', span)
  const type = { kind: 'ptr', to: 'u8', readonly } as const
  return { kind: 'region', type, base: arena, offset: start, bytes: rowBytes, owner, span }
}

/** Byte offset of row `number` in a ring. */
function slot(number: Expr, ring: number): Expr {
  const at = binary('rem', number, i32(ring, span), 'i32', span)
  return binary('mul', at, i32(rowBytes, span), 'i32', span)
}

const transfer = (
  direction: 'receive' | 'send',
  ptr: Expr,
  number: Expr = row,
  index = 0,
  count = rowBytes,
): Stmt => ({ kind: 'transfer', direction, index, row: number, ptr, bytes: count, span })

const trace = (step: number): Stmt => ({ kind: 'trace', step, span })

function call(callee: string, places: readonly Expr[]): Stmt {
  const args = [...places, i32(rowBytes, span)]
  return { kind: 'call', call: { kind: 'call', type: 'void', callee, args, span }, span }
}

function loop(first: number, end: number, body: readonly Stmt[]): Stmt {
  const one = i32(1, span)
  return {
    kind: 'for',
    init: { kind: 'let', name: 'row', type: 'i32', mutable: true, value: i32(first, span), span },
    condition: binary('lt', row, i32(end, span), 'bool', span),
    update: { kind: 'assign', name: 'row', value: binary('add', row, one, 'i32', span), span },
    body,
    span,
  }
}

function body(add: string, mistake: Mistake): readonly Stmt[] {
  const zero = i32(0, span)
  const before: Expr = {
    kind: 'select',
    type: 'i32',
    condition: binary('gt', row, zero, 'bool', span),
    then: binary('sub', row, i32(1, span), 'i32', span),
    else: zero,
    span,
  }
  const now = region(picture, slot(row, picture.ring), true)
  const previous = region(picture, slot(before, picture.ring), true)
  const given = region(bias, 0, true)
  const to = region(sums, slot(row, sums.ring), false)
  const from = region(sums, slot(row, sums.ring), true)
  const wanted = mistake === 'repeatsRow' ? zero : row
  const count = mistake === 'receivesTooMuch' ? rowBytes + 1 : rowBytes
  const final = region(picture, ((rows - 1) % picture.ring) * rowBytes, true)
  return [
    loop(mistake === 'skipsRow' ? 1 : 0, mistake === 'stopsEarly' ? rows - 1 : rows, [
      ...(mistake === 'sendsOldContents' ? [transfer('send', from)] : []),
      transfer('receive', region(picture, slot(row, picture.ring), false), wanted, 0, count),
      call(add, [now, previous, given, to]),
      trace(0),
      transfer('send', from, row, mistake === 'sendsToInput' ? 1 : 0),
    ]),
    call(add, [final, given, given, region(last, 0, false)]),
    ...blunder(add, mistake),
    trace(1),
  ]
}

function blunder(add: string, mistake: Mistake): readonly Stmt[] {
  const given = region(bias, 0, true)
  const nobody = { owner: last.owner, offset: 48 }
  switch (mistake) {
    case 'writesAfterArena':
      return [call(add, [given, given, given, region(last, arenaBytes - last.offset, false)])]
    case 'writesBeforeArena':
      return [call(add, [given, given, given, region(picture, -8, false)])]
    case 'receivesAfterArena':
      return [transfer('receive', region(picture, arenaBytes, false), i32(0, span))]
    case 'readsOldContents':
      return [call(add, [region(nobody, 0, true), given, given, region(last, 0, false)])]
    default:
      return []
  }
}

export interface FakeModelOptions {
  readonly name?: string
  readonly mistake?: Mistake
  readonly traced?: boolean
}

export interface FakeModel {
  readonly program: Program
  readonly module: Module
}

export function fakeModel(options: FakeModelOptions = {}): FakeModel {
  const { name = 'fake', mistake = 'none', traced = true } = options
  const entry = `thimble_${name}_invoke`
  const module = moduleOf(name, entry, mistake, traced)
  const parts = splitModule(module, entry)
  const source = { kind: 'slices' } as const
  const program: Program = {
    name,
    entry,
    arenaBytes,
    inputs: [
      { ...facts(0, 'picture', bytes), kind: 'streamed', rows, rowBytes },
      { ...facts(1, 'bias', rowBytes), kind: 'resident', offset: bias.offset, owner: bias.owner },
    ],
    outputs: [
      { ...facts(2, 'sums', bytes), kind: 'streamed', rows, rowBytes },
      { ...facts(3, 'last', rowBytes), kind: 'resident', offset: last.offset, owner: last.owner },
    ],
    tensors: traced
      ? [
          { ...facts(2, 'sums', bytes), source },
          { ...facts(3, 'last', rowBytes), source },
          { ...facts(4, 'flat sums', bytes), source: { kind: 'tensor', position: 0 } },
          { ...facts(5, 'flat picture', bytes), source: { kind: 'input', position: 0 } },
        ]
      : [],
    trace: traced ? slices : [],
    cFiles: new Map([
      [`${name}.h`, modelHeader({ name, arenaBytes, ends })],
      [`${name}.c`, modelSource(name, module, parts, traced)],
      ['thimble_rows.h', rowsHeader()],
      ['thimble_kernels.h', kernelsHeader(module, parts)],
      ['thimble_kernels.c', kernelsSource(parts)],
      ['thimble_intrinsics.h', supportHeader(parts)],
    ]),
    checkedJs: checkedJsOf(module, read),
    assemblyScript: assemblyScriptOf(module, [entry]),
  }
  return { program, module }
}

function moduleOf(name: string, entry: string, mistake: Mistake, traced: boolean): Module {
  const bag = new DiagnosticBag()
  const kernels = new KernelProgram(read, bag)
  const add = kernels.entry(kernelFile, 'addRows')
  const library = kernels.module(name)
  const specializer = new Specializer(library, bag, lineReader(read))
  const symbol = bag.hasErrors ? null : specializer.instance(add?.name ?? '', {})
  if (symbol === null) throw new Error(formatDiagnostics(bag.all))
  const all = body(symbol, mistake)
  const invoke = {
    name: entry,
    doc: '',
    params: [{ name: 'arena', type: arena.type, isStatic: false, span }],
    result: 'void',
    body: traced ? all : withoutTrace(all),
    inlining: 'free',
    intrinsic: null,
    span,
  } as Module['functions'][number]
  return { ...library, functions: [...specializer.functions, invoke] }
}

function withoutTrace(statements: readonly Stmt[]): readonly Stmt[] {
  return statements.flatMap((s): readonly Stmt[] => {
    if (s.kind === 'for') return [{ ...s, body: withoutTrace(s.body) }]
    return s.kind === 'trace' ? [] : [s]
  })
}

function facts(index: number, name: string, count: number) {
  return { index, name, dtype: 'uint8', shape: [1, count], bytes: count }
}

const slices: readonly TraceSlice[] = [
  ...Array.from({ length: rows }, (_, r) => ({
    event: r,
    tensor: 0,
    offset: sums.offset + (r % sums.ring) * rowBytes,
    bytes: rowBytes,
    at: r * rowBytes,
  })),
  { event: rows, tensor: 1, offset: last.offset, bytes: rowBytes, at: 0 },
]

const tensor = (id: number, name: string, count: number): Tensor => ({
  id,
  sourceIndex: id,
  name,
  shape: [1, count],
  dtype: 'uint8',
  quantization: { scale: [0.5], zeroPoint: [3], axis: 0 },
  data: null,
})

const streamed = { kind: 'streamed', bytes, rows, rowBytes } as const

export const ends: Ends = {
  inputs: [
    { ...streamed, tensor: tensor(0, 'picture', bytes) },
    { kind: 'resident', ...bias, bytes: rowBytes, tensor: tensor(1, 'bias', rowBytes) },
  ],
  outputs: [
    { ...streamed, tensor: tensor(2, 'sums', bytes) },
    { kind: 'resident', ...last, bytes: rowBytes, tensor: tensor(3, 'last', rowBytes) },
  ],
}

/** What the model must give, by its definition. */
export function expectedOf(inference: Inference): { sums: Uint8Array; last: Uint8Array } {
  const [image, offsets] = inference as readonly [Uint8Array, Uint8Array]
  const wanted = image.map((value, i) => {
    const above = i < rowBytes ? i : i - rowBytes
    return value + image[above]! + offsets[i % rowBytes]!
  })
  return { sums: wanted, last: offsets.map((value, i) => image.at(i - rowBytes) + 2 * value) }
}

/** Deterministic inputs, different for each `seed`. */
export function inferenceOf(seed: number): Inference {
  const some = (count: number, salt: number): Uint8Array =>
    Uint8Array.from({ length: count }, (_, i) => (seed * 37 + i * 11 + salt) & 255)
  return [some(bytes, 5), some(rowBytes, 90)]
}
