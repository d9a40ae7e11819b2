// A sound model of two operators, described field by field, for tests to put faults into.

import type { Raw, RawTable } from './raw.ts'

/** Parts of the model, each a list a test may change before `small` puts them together. */
export interface Parts {
  version: number
  codes: RawTable[]
  buffers: RawTable[]
  tensors: RawTable[]
  operators: RawTable[]
  inputs: number[]
  outputs: number[]
}

/** Field ids, written down from the schema a second time so that a slip in one of them shows. */
export const tensorField = {
  shape: 0,
  type: 1,
  buffer: 2,
  name: 3,
  quantization: 4,
  variable: 5,
  sparsity: 6,
  signature: 7,
  external: 10,
}
export const operatorField = { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 }

const int8Type = 9
const int32Type = 2

export function quantization(
  scales: readonly number[],
  zeroPoints: readonly (number | bigint)[],
  more: RawTable = {},
): Raw {
  return { table: { 2: { f32s: scales }, 3: { i64s: zeroPoints }, ...more } }
}

export function tensor(name: string, shape: readonly number[], fields: RawTable = {}): RawTable {
  return {
    [tensorField.shape]: { i32s: shape },
    [tensorField.type]: { i8: int8Type },
    [tensorField.name]: { string: name },
    [tensorField.quantization]: quantization([0.5], [3]),
    ...fields,
  }
}

export function operator(
  code: number,
  inputs: readonly number[],
  outputs: readonly number[],
  optionsType = 0,
  options: RawTable = {},
): RawTable {
  return {
    [operatorField.code]: { i32: code },
    [operatorField.inputs]: { i32s: inputs },
    [operatorField.outputs]: { i32s: outputs },
    [operatorField.optionsType]: { i8: optionsType },
    [operatorField.options]: { table: options },
  }
}

/** Options of a 1x1 convolution: VALID, stride 1. */
export const convOptions: RawTable = { 0: { i8: 1 }, 1: { i32: 1 }, 2: { i32: 1 } }
export const convTag = 1
export const addTag = 11

/** x [1,4,4,2] -> CONV_2D -> conv [1,4,4,3] -> ADD with itself -> sum. Weights are tensor 1, bias 2. */
export function parts(): Parts {
  const perChannel = quantization([0.1, 0.2, 0.3], [0, 0, 0])
  return {
    version: 3,
    codes: [
      { 0: { i8: 3 }, 2: { i32: 3 } },
      { 0: { i8: 0 }, 2: { i32: 2 } },
    ],
    buffers: [
      {},
      { 0: { bytes: [1, 2, 3, 4, 5, 6] } },
      { 0: { bytes: [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0] } },
    ],
    tensors: [
      tensor('x', [1, 4, 4, 2]),
      tensor('weights', [3, 1, 1, 2], {
        [tensorField.buffer]: { i32: 1 },
        [tensorField.quantization]: perChannel,
      }),
      tensor('bias', [3], {
        [tensorField.buffer]: { i32: 2 },
        [tensorField.type]: { i8: int32Type },
        [tensorField.quantization]: quantization([0.05, 0.1, 0.15], [0, 0, 0]),
      }),
      tensor('conv', [1, 4, 4, 3]),
      tensor('sum', [1, 4, 4, 3]),
    ],
    operators: [
      operator(0, [0, 1, 2], [3], convTag, convOptions),
      operator(1, [3, 3], [4], addTag),
    ],
    inputs: [0],
    outputs: [4],
  }
}

/** The model as a root table. */
export function small(model: Parts): RawTable {
  return {
    0: { i32: model.version },
    1: { tables: model.codes },
    2: { tables: [subgraph(model)] },
    4: { tables: model.buffers },
  }
}

export function subgraph(model: Parts): RawTable {
  return {
    0: { tables: model.tensors },
    1: { i32s: model.inputs },
    2: { i32s: model.outputs },
    3: { tables: model.operators },
  }
}

/** The sound model with some parts changed. */
export function changed(change: (model: Parts) => void): RawTable {
  const model = parts()
  change(model)
  return small(model)
}

/** The sound model with fields of one tensor changed. */
export function withTensor(index: number, fields: RawTable): RawTable {
  return changed(model => {
    model.tensors[index] = { ...model.tensors[index], ...fields }
  })
}

/** The sound model with one operator put in place of another. */
export function withOperator(index: number, replacement: RawTable): RawTable {
  return changed(model => {
    model.operators[index] = replacement
  })
}
