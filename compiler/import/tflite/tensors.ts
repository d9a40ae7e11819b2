// Reads one tensor of a model: shape, type, constant data and quantisation, each of them checked.

import type { Code } from '../../diagnostics/messages.ts'
import { dtypeBytes, elementCount, type DType, type Quantization } from '../../graph/graph.ts'
import { Malformed, type FlatbufferReader, type Table } from './flatbuffer.ts'
import type { RawModel } from './model.ts'
import type { Complain, ImportReport } from './report.ts'
import {
  bufferFields,
  quantizationFields,
  tensorFields,
  tensorTypeCode,
  tensorTypeNames,
} from './schema.ts'

/** A tensor as the file has it, before ids are given. */
export interface RawTensor {
  readonly index: number
  readonly name: string
  readonly shape: readonly number[]
  /** Shape with -1 for dimensions the converter left open; empty when the file has none. */
  readonly signature: readonly number[]
  readonly dtype: DType
  readonly quantization: Quantization | null
  readonly data: Uint8Array | null
}

const maxRank = 8
const maxBytes = 2 ** 31 - 1

const dtypeOfCode = new Map<number, DType>(
  (Object.keys(tensorTypeCode) as DType[]).map(dtype => [tensorTypeCode[dtype], dtype]),
)

const zeroPointRange: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
}

/** Tensor `index` of the model; null when something is wrong with it, which has then been reported. */
export function readTensor(model: RawModel, index: number, report: ImportReport): RawTensor | null {
  return report.attempt(`tensor ${index}`, () => {
    const table = model.tensors[index]
    if (table === undefined) throw new Malformed('it does not exist', 0)
    if (table instanceof Malformed) throw table
    const { reader } = model
    const name = reader.string(table, tensorFields.name)
    const faults: Code[] = []
    const complain: Complain = (code, values) => {
      faults.push(code)
      report.add(code, { index, name: name === '' ? 'unnamed' : name, ...values })
    }
    if (reader.has(table, tensorFields.sparsity)) complain('TH2017', {})
    if (reader.bool(table, tensorFields.isVariable)) complain('TH2018', {})
    const dtype = readType(reader, table, complain)
    const shape = readShape(reader, table, dtype, complain)
    if (dtype === null || shape === null) return null
    const data = readData(model, table, elementCount(shape) * dtypeBytes(dtype), complain)
    const quantization = readQuantization(reader, table, { dtype, shape, data }, complain)
    const signature = reader.int32s(table, tensorFields.shapeSignature)
    return faults.length === 0 ? { index, name, shape, signature, dtype, quantization, data } : null
  })
}

function readType(reader: FlatbufferReader, table: Table, complain: Complain): DType | null {
  const code = reader.int8(table, tensorFields.type, 0)
  const dtype = dtypeOfCode.get(code)
  if (dtype === undefined) complain('TH2010', { type: tensorTypeNames[code] ?? `number ${code}` })
  return dtype ?? null
}

function readShape(
  reader: FlatbufferReader,
  table: Table,
  dtype: DType | null,
  complain: Complain,
): number[] | null {
  const shape = reader.int32s(table, tensorFields.shape)
  if (shape.length > maxRank) {
    complain('TH2014', { rank: shape.length, limit: maxRank })
    return null
  }
  const text = shape.join(', ')
  const wrong = shape.find(dimension => dimension < 1)
  if (wrong !== undefined) {
    complain('TH2011', { shape: text, dimension: wrong })
    return null
  }
  // Eight dimensions of 2^31 stay far below the largest double, so the product is only ever too big.
  if (elementCount(shape) * dtypeBytes(dtype ?? 'int8') > maxBytes) {
    complain('TH2013', { shape: text })
    return null
  }
  return shape
}

/** Bytes of a constant, as a view of the file; null for a tensor computed at run time. */
function readData(
  model: RawModel,
  table: Table,
  expected: number,
  complain: Complain,
): Uint8Array | null {
  const { reader, buffers } = model
  if (reader.uint32(table, tensorFields.externalBuffer, 0) !== 0) complain('TH2019', {})
  const buffer = reader.uint32(table, tensorFields.buffer, 0)
  const entry = buffers[buffer]
  if (entry === undefined) {
    // A model without constants need not even have the empty buffer 0.
    if (buffer !== 0) complain('TH2015', { buffer, count: buffers.length })
    return null
  }
  if (entry instanceof Malformed) throw entry
  if (reader.uint64(entry, bufferFields.offset, 0) > 1) {
    complain('TH2019', {})
    return null
  }
  const data = reader.bytes(entry, bufferFields.data)
  if (data.length === 0) return null
  if (data.length !== expected) complain('TH2016', { expected, actual: data.length })
  return data
}

interface Quantized {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: Uint8Array | null
}

/**
 * float32, int64 and bool tensors have no quantisation, whatever the file says; nor has a tensor with
 * scales but no zero point, which is how TFLite Micro reads it.
 */
function readQuantization(
  reader: FlatbufferReader,
  table: Table,
  tensor: Quantized,
  complain: Complain,
): Quantization | null {
  const range = zeroPointRange[tensor.dtype]
  const parameters = reader.table(table, tensorFields.quantization)
  if (parameters === null || range === undefined) return null
  if (reader.uint8(parameters, quantizationFields.detailsType, 0) !== 0) {
    complain('TH2024', {})
    return null
  }
  const scale = reader.float32s(parameters, quantizationFields.scale)
  if (scale.length === 0) return null
  const listed = reader.int64s(parameters, quantizationFields.zeroPoint)
  const [shared] = listed
  if (shared === undefined) return null
  const stated = scale.length === 1 ? 0 : reader.int32(parameters, quantizationFields.dimension, 0)
  // The scales of a bias run along its only dimension, whichever the file copied from the weights.
  const axis = tensor.dtype === 'int32' && tensor.shape.length === 1 ? 0 : stated
  if (!fitsAxis(tensor.shape, scale.length, axis, complain)) return null
  // In constants, steps of 0 occur for channels without weights, and negative ones where a batch
  // normalisation that was folded in turns the sign.
  const unusable = scale.find(s => !Number.isFinite(s) || (s <= 0 && tensor.data === null))
  if (unusable !== undefined) complain('TH2020', { scale: String(unusable) })
  const outside = listed.find(z => z < BigInt(range[0]) || z > BigInt(range[1]))
  if (outside !== undefined) {
    complain('TH2021', { zeroPoint: String(outside), type: tensor.dtype })
  }
  const zeroPoint = scale.map((_, i) => Number(listed.length === scale.length ? listed[i] : shared))
  return { scale, zeroPoint, axis }
}

/**
 * One scale for the tensor or one for each slice. Files save room by leaving out zero points: unless
 * there is one for each scale, the first stands for all.
 */
function fitsAxis(
  shape: readonly number[],
  scales: number,
  axis: number,
  complain: Complain,
): boolean {
  const slices = scales === 1 ? 1 : shape[axis]
  if (slices === undefined) {
    complain('TH2023', { axis, rank: shape.length })
    return false
  }
  if (scales !== slices) {
    complain('TH2022', { scales, slices, axis })
    return false
  }
  return true
}
