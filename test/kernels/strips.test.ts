// Operators cut into strips of columns: together the same bytes as the whole, reading only declared columns.

import t from 'tap'
import { addCase } from '../../kernels/add/cases.ts'
import { concatenationCase } from '../../kernels/concatenation/cases.ts'
import { conv2dCase } from '../../kernels/conv2d/cases.ts'
import { depthwiseCase } from '../../kernels/depthwise_conv2d/cases.ts'
import { mulCase } from '../../kernels/mul/cases.ts'
import type {
  ColumnsOf,
  ColumnView,
  OpCase,
  OpContext,
  OpDefinition,
  RowWindow,
  TensorInfo,
} from '../../kernels/op.ts'
import { padCase } from '../../kernels/pad/cases.ts'
import { poolCase } from '../../kernels/pool-cases.ts'
import { opDefinition, operators } from '../../kernels/registry.ts'
import { resizeBilinearCase } from '../../kernels/resize_bilinear/cases.ts'
import { resizeCase } from '../../kernels/resize_nearest_neighbor/cases.ts'
import { elementBytes } from '../../kernels/shape.ts'
import { neededColumns } from '../../kernels/strip.ts'
import { transposeConvCase } from '../../kernels/transpose_conv/cases.ts'
import {
  bufferOf,
  bytesOf,
  runBatch,
  runCalls,
  wholeVariants,
  writeBytes,
  type TensorBytes,
} from './checked-calls.ts'
import { inputBytes, randomNumbers } from './inputs.ts'

// All variants, on a busy machine.
t.setTimeout(900_000)

const random = randomNumbers(77)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const oneOf = <T>(choices: readonly T[]): T => choices[between(0, choices.length - 1)]!
const chance = (p: number): boolean => random() < p

type Variant = OpDefinition['variants'][number]

/** Memory with some columns of an image, as an operator is shown them. */
interface Part {
  readonly buffer: TensorBytes
  readonly view: ColumnView
}

/** Rows, columns and bytes per column of a tensor that ends in [.., width, channels]. */
function imageOf(info: TensorInfo): { rows: number; width: number; columnBytes: number } {
  const { shape } = info
  const [rows, width] = [shape.length === 4 ? shape[1]! : 1, shape.at(-2) ?? 1]
  return { rows, width, columnBytes: shape.at(-1)! * elementBytes(info) }
}

/** A buffer for columns [begin, end) and some beside them, in which only they have contents. */
function partOf(info: TensorInfo, { begin, end }: RowWindow, bytes: Uint8Array | null): Part {
  const { rows, width, columnBytes } = imageOf(info)
  const held = chance(0.5)
    ? { begin: 0, end: width }
    : { begin: Math.max(0, begin - between(0, 2)), end: Math.min(width, end + between(0, 2)) }
  const rowBytes = (held.end - held.begin) * columnBytes
  const buffer = bufferOf(rows * rowBytes)
  const start = (begin - held.begin) * columnBytes
  for (let row = 0; row < rows && bytes !== null; row++) {
    const at = (row * width + begin) * columnBytes
    writeBytes(buffer, row * rowBytes + start, bytes.subarray(at, at + (end - begin) * columnBytes))
  }
  const size = elementBytes(info)
  return { buffer, view: { begin, end, rowElements: rowBytes / size, offset: start / size } }
}

/** Computes columns [begin, end) of the output into `whole`; what went wrong, if anything. */
function computeStrip(
  variant: Variant,
  context: OpContext,
  columns: ColumnsOf,
  inputs: readonly (Uint8Array | null)[],
  range: RowWindow,
  whole: Uint8Array,
): string | null {
  const y = context.outputs[0]!
  const { rows, width, columnBytes } = imageOf(y)
  const parts = context.inputs.map((info, index) => {
    const bytes = inputs[index] ?? null
    const needed = neededColumns(columns, index, range)
    if (info === null || bytes === null) return null
    if (needed !== null) return partOf(info, needed, bytes)
    return { buffer: bufferOf(bytes.length, bytes), view: null }
  })
  const target = partOf(y, range, null)
  const strip = { output: target.view, inputs: parts.map(part => part?.view ?? null) }
  for (const call of variant.lower(context, strip)) {
    const ring = (info: TensorInfo | null): number => (info === null ? 1 : imageOf(info).rows)
    const rings = { inputRings: context.inputs.map(ring), outputRing: rows }
    const half = between(0, call.outputRows)
    for (const [begin, end] of [
      [half, call.outputRows],
      [0, half],
    ] as const) {
      runBatch(
        call,
        parts.map(part => part?.buffer ?? null),
        target.buffer,
        { begin, end, ...rings },
      )
    }
  }
  const { bytes, owners } = target.buffer.memory
  const rowBytes = target.view.rowElements * elementBytes(y)
  const start = target.view.offset * elementBytes(y)
  const length = (range.end - range.begin) * columnBytes
  for (let at = 0; at < target.buffer.byteLength; at++) {
    const inside = at % rowBytes >= start && at % rowBytes < start + length
    if (inside !== (owners![at] !== 0))
      return `byte ${at} of the part was${inside ? ' not' : ''} written`
  }
  for (let row = 0; row < rows; row++) {
    const from = row * rowBytes + start
    const to = (row * width + range.begin) * columnBytes
    whole.set(bytes.subarray(from, from + length), to)
  }
  return null
}

/** Strips of random widths that make up the whole. */
function cut(width: number): readonly RowWindow[] {
  const strips: RowWindow[] = []
  const most = between(1, Math.max(1, width))
  let begin = 0
  while (begin < width) {
    const end = Math.min(width, begin + between(1, most))
    strips.push({ begin, end })
    begin = end
  }
  return strips
}

/** Null for an operator that cannot be cut; else what differs, for all variants. */
function differences({ name, context }: OpCase, seed: number): readonly string[] | null {
  const definition: OpDefinition = opDefinition(context.attributes.kind)
  const results = wholeVariants(definition, context).map(variant =>
    variantDifferences(variant, `${variant.name}, ${name}`, context, seed),
  )
  return results.every(result => result === null) ? null : results.flatMap(result => result ?? [])
}

function variantDifferences(
  variant: Variant,
  name: string,
  context: OpContext,
  seed: number,
): readonly string[] | null {
  const y = context.outputs[0]!
  const isImage = y.shape.length === 4 && y.shape[0] === 1
  const columns = isImage ? (variant.columns?.(context) ?? null) : null
  if (columns === null) return null
  const inputs = inputBytes(context, 'random', seed)
  const expected = runCalls(variant.lower(context), context, inputs)
  const found = new Uint8Array(bytesOf(y)).fill(0xa5)
  const problems = cut(y.shape[2]!).flatMap(range => {
    const problem = computeStrip(variant, context, columns, inputs, range, found)
    return problem === null
      ? []
      : [`${name}, columns ${range.begin} to ${range.end - 1}: ${problem}`]
  })
  if (problems.length > 0 || Buffer.compare(found, expected) === 0) return problems
  return [`${name}: ${JSON.stringify([context.attributes, context.inputs.map(i => i?.shape)])}`]
}

function windowed() {
  const size = [between(1, 12), between(1, 24)] as const
  const taps = [between(1, 7), between(1, 7)] as const
  const stride = [between(1, 3), between(1, 4)] as const
  const dilation = chance(0.3) ? ([between(1, 3), between(1, 3)] as const) : ([1, 1] as const)
  const pad = (): number => (chance(0.3) ? between(0, 4) : 0)
  const extraPad = { top: pad(), bottom: pad(), left: pad(), right: pad() }
  const fits =
    (taps[0] - 1) * dilation[0] < size[0] + extraPad.top + extraPad.bottom &&
    (taps[1] - 1) * dilation[1] < size[1] + extraPad.left + extraPad.right
  const padding: 'valid' | 'same' = fits && chance(0.5) ? 'valid' : 'same'
  return { size, taps, options: { stride, dilation, padding, extraPad } as const }
}

function pooled(kind: 'average_pool2d' | 'max_pool2d', name: string): OpCase {
  const { size, taps, options } = windowed()
  const padding = taps[0] <= size[0] && taps[1] <= size[1] ? options.padding : 'same'
  const input = [1, ...size, between(1, 4)] as const
  return poolCase(kind, name, { input, filter: taps, stride: options.stride, padding })
}

function operands(): [number[], number[], number[]] {
  const output = [1, between(1, 5), between(1, 20), between(1, 5)]
  const operand = (): number[] => output.map(extent => (chance(0.2) ? 1 : extent))
  const [a, b] = [operand(), chance(0.2) ? [output[3]!] : operand()]
  const aligned = b.length === 1 ? [1, 1, 1, ...b] : b
  return [a, b, a.map((extent, d) => Math.max(extent, aligned[d]!))]
}

const makers: Readonly<Record<string, (name: string) => OpCase>> = {
  conv2d: name => {
    const { size, taps, options } = windowed()
    const groups = oneOf([1, 1, 2])
    const input = [1, ...size, groups * between(1, 4)] as const
    return conv2dCase(name, {
      input,
      kernel: taps,
      outputs: groups * between(1, 4),
      groups,
      ...options,
    })
  },
  'depthwise conv2d': name => {
    const { size, taps, options } = windowed()
    const input = [1, ...size, between(1, 4)] as const
    return depthwiseCase(name, { input, kernel: taps, multiplier: oneOf([1, 2]), ...options })
  },
  'average pool': name => pooled('average_pool2d', name),
  'max pool': name => pooled('max_pool2d', name),
  add: name => addCase(name, operands(), {}),
  mul: name => mulCase(name, operands(), {}),
  pad: name => {
    const side = (): readonly [number, number] => [oneOf([0, between(1, 3)]), oneOf([0, 2])]
    const shape = [1, between(1, 5), between(1, 15), between(1, 4)]
    return padCase(name, shape, [[0, 0], side(), side(), side()], 3)
  },
  concatenation: name => {
    const axis = oneOf([1, 3])
    const shape = [1, between(1, 4), between(1, 15), between(1, 4)]
    return concatenationCase(
      name,
      axis,
      [1, 2, 3].map(() => shape.with(axis, between(1, 4))),
    )
  },
  'resize nearest': name => {
    const mode = oneOf([{}, { alignCorners: true }, { halfPixelCenters: true }])
    const input = [1, between(1, 5), between(1, 15), between(1, 3)] as const
    return resizeCase(name, input, [between(1, 9), between(1, 30)], mode)
  },
  'resize bilinear': name => {
    const mode = oneOf([{}, { alignCorners: true }, { halfPixelCenters: true }])
    const input = [1, between(1, 5), between(1, 15), between(1, 3)] as const
    return resizeBilinearCase(name, input, [between(1, 9), between(1, 40)], mode)
  },
  'transpose conv': name => {
    const stride = [between(1, 3), between(1, 5)] as const
    return transposeConvCase(name, {
      input: [1, between(1, 4), between(1, 9), between(1, 4)],
      kernel: [between(1, 5), between(1, 5)],
      outputs: between(1, 4),
      stride,
      padding: oneOf(['same', 'valid']),
      extra: [between(0, stride[0] - 1), between(0, stride[1] - 1)],
    })
  },
}

for (const [what, make] of Object.entries(makers)) {
  t.test(`${what}: strips of 150 random operators equal the whole`, async t => {
    const results = Array.from({ length: 150 }, (_, i) => differences(make(`random ${i}`), i))
    t.equal(results.indexOf(null), -1, 'all can be cut')
    t.same(results.flat(), [])
  })
}

t.test('strips of every case that can be cut equal the whole', async t => {
  const kinds = new Set<string>()
  for (const definition of Object.values(operators) as OpDefinition[]) {
    const results = definition.cases.map((c, i) => differences(c, i))
    t.same(
      results.flatMap(r => r ?? []),
      [],
      definition.kind,
    )
    if (results.some(r => r !== null)) kinds.add(definition.kind)
  }
  for (const kind of ['quantize', 'dequantize', 'logistic', 'conv2d', 'add']) t.ok(kinds.has(kind))
})
