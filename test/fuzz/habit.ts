// Parts of models as exporters write them, and the plain graphs they stand for.

import { GraphBuilder, type Quant } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { encode, type Raw, type RawTable } from '../import/raw.ts'
import {
  operator,
  parts,
  quantization,
  small,
  tensor,
  tensorField,
  type Parts,
} from '../import/small-model.ts'

export interface Habit {
  readonly title: string
  readonly bytes: Uint8Array
  /** What it computes, without the habit. */
  readonly meaning: Graph
}

export type Build = (b: GraphBuilder) => void

export const x: Quant = { scale: 0.5, zeroPoint: 3 }

export function meaning(build: Build): Graph {
  const b = new GraphBuilder('plain')
  build(b)
  return b.graph()
}

/** The sound model of test/import: CONV_2D with per-channel weights, then ADD with itself. */
export function convolution(
  scale: readonly number[] = [0.1, 0.2, 0.3],
  bias: readonly number[] | null = [1, 2, 3],
): Graph {
  return meaning(b => {
    const weights = { shape: [3, 1, 1, 2], data: [1, 2, 3, 4, 5, 6], scale }
    const more = bias === null ? {} : { bias }
    const y = b.conv2d(b.input([1, 4, 4, 2], x), { weights, ...more, output: x })
    b.output(b.add(y, y, { output: x }))
  })
}

export function changed(
  title: string,
  change: (model: Parts) => void,
  same: Graph = convolution(),
  root: RawTable = {},
): Habit {
  const model = parts()
  change(model)
  return { title, bytes: encode({ ...small(model), ...root }), meaning: same }
}

export function withTensor(
  title: string,
  index: number,
  fields: RawTable,
  same: Graph = convolution(),
): Habit {
  return changed(
    title,
    model => (model.tensors[index] = { ...model.tensors[index], ...fields }),
    same,
  )
}

export const int32Type = {
  [tensorField.type]: { i8: 2 },
  [tensorField.quantization]: { table: {} },
}
export const int64Type = {
  [tensorField.type]: { i8: 4 },
  [tensorField.quantization]: { table: {} },
}

export function int32Bytes(values: readonly number[]): Raw {
  return { bytes: new Uint8Array(Int32Array.from(values).buffer) }
}

export function int64Bytes(values: readonly number[]): Raw {
  return { bytes: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer) }
}

export interface Single {
  readonly code: number
  /** Tensors; those of a constant have `buffer` 1, 2, ... The last one is the output. */
  readonly tensors: readonly RawTable[]
  readonly constants?: readonly Raw[]
  /** Positions in `tensors`; by default all but the output. */
  readonly operands?: readonly number[]
  readonly inputs?: readonly number[]
  readonly tag?: number
  readonly options?: RawTable
}

/** A model of one operator. */
export function single(title: string, model: Single, build: Build): Habit {
  const { code, tensors, constants = [], inputs = [0], tag = 0, options = {} } = model
  const output = tensors.length - 1
  const operands = model.operands ?? tensors.slice(0, -1).map((_, i) => i)
  const root = small({
    version: 3,
    codes: [{ 0: { i8: code }, 2: { i32: 1 }, 3: { i32: code } }],
    buffers: [{}, ...constants.map(data => ({ 0: data }))],
    tensors: [...tensors],
    operators: [operator(0, operands, [output], tag, options)],
    inputs: [...inputs],
    outputs: [output],
  })
  return { title, bytes: encode(root), meaning: meaning(build) }
}

export function constant(name: string, shape: readonly number[], buffer: number, type: RawTable) {
  return tensor(name, shape, { [tensorField.buffer]: { i32: buffer }, ...type })
}

export const wide: Quant = { scale: 2, zeroPoint: -4 }
export const wideTensor = (shape: readonly number[]): RawTable =>
  tensor('y', shape, { [tensorField.quantization]: quantization([2], [-4]) })

export const inShape = [1, 2, 3, 2]
