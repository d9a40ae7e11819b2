// Writes a graph as a .tflite flatbuffer; the same graph always gives the same bytes.

import { Builder } from 'flatbuffers'
import { tensorOf, type Graph, type Quantization, type Tensor } from '../../graph/graph.ts'
import type { Operator } from '../../graph/operator.ts'
import {
  bufferFields,
  fileIdentifier,
  modelFields,
  operatorCodeFields,
  operatorFields,
  quantizationFields,
  schemaVersion,
  subgraphFields,
  tensorFields,
  tensorTypeCode,
} from '../../import/tflite/schema.ts'
import { integers, operatorCode, writeOptions, type OperatorCode } from './operators.ts'

export interface WriteOptions {
  /** Free text stored in the model; default 'Thimble'. */
  readonly description?: string
}

/** Builtin codes from here on do not fit the old one-byte field, which then holds this value. */
const placeholderCode = 127
const bufferAlignment = 16

/**
 * Bytes of the model: TFLite schema version 3, one subgraph, tensors in the order of their ids,
 * constants in buffers aligned to 16 bytes. Operators may not carry a folded PAD, which no option
 * table can express: that throws an Error.
 */
export function writeTflite(graph: Graph, options: WriteOptions = {}): Uint8Array {
  const folded = graph.operators.findIndex(op => hasExtraPad(op))
  if (folded !== -1) throw new Error(`operator ${folded} of ${graph.name} carries a folded PAD`)
  const constants = graph.tensors.reduce((sum, t) => sum + (t.data?.length ?? 0), 0)
  const builder = new Builder(constants + 4096)
  // Flatbuffers grow downwards: what is written first lies last in the file.
  const buffers = writeBuffers(builder, graph)
  const codes = distinctCodes(graph)
  const subgraph = writeSubgraph(builder, graph, codes)
  const subgraphs = offsets(builder, [subgraph])
  const codeTable = offsets(
    builder,
    codes.map(code => writeCode(builder, code)),
  )
  const description = builder.createString(options.description ?? 'Thimble')
  builder.startObject(5)
  builder.addFieldInt32(modelFields.version, schemaVersion, 0)
  builder.addFieldOffset(modelFields.operatorCodes, codeTable, 0)
  builder.addFieldOffset(modelFields.subgraphs, subgraphs, 0)
  builder.addFieldOffset(modelFields.description, description, 0)
  builder.addFieldOffset(modelFields.buffers, buffers, 0)
  builder.finish(builder.endObject(), fileIdentifier)
  return builder.asUint8Array().slice()
}

function hasExtraPad({ attributes }: Operator): boolean {
  return 'extraPad' in attributes && Object.values(attributes.extraPad).some(n => n !== 0)
}

/** Buffer 0 is empty, as TFLite demands; then one buffer for each constant, in tensor order. */
function writeBuffers(builder: Builder, graph: Graph): number {
  const tables = constantsOf(graph).map(data => {
    builder.prep(bufferAlignment, data.length)
    const bytes = builder.createByteVector(data)
    builder.startObject(1)
    builder.addFieldOffset(bufferFields.data, bytes, 0)
    return builder.endObject()
  })
  builder.startObject(1)
  return offsets(builder, [builder.endObject(), ...tables])
}

function constantsOf(graph: Graph): Uint8Array[] {
  return graph.tensors.flatMap(tensor => (tensor.data === null ? [] : [tensor.data]))
}

function distinctCodes(graph: Graph): OperatorCode[] {
  const byKey = new Map<string, OperatorCode>()
  for (const operator of graph.operators) {
    const code = operatorCode(graph, operator)
    const key = `${code.code}:${code.version}`
    if (!byKey.has(key)) byKey.set(key, code)
  }
  return [...byKey.values()]
}

function writeCode(builder: Builder, { code, version }: OperatorCode): number {
  builder.startObject(4)
  builder.addFieldInt8(operatorCodeFields.deprecatedCode, Math.min(code, placeholderCode), 0)
  builder.addFieldInt32(operatorCodeFields.version, version, 1)
  builder.addFieldInt32(operatorCodeFields.builtinCode, code, 0)
  return builder.endObject()
}

function writeSubgraph(builder: Builder, graph: Graph, codes: readonly OperatorCode[]): number {
  let constants = 0
  const tensors = graph.tensors.map(tensor =>
    writeTensor(builder, tensor, tensor.data === null ? 0 : ++constants),
  )
  const operators = graph.operators.map(op => {
    const { code, version } = operatorCode(graph, op)
    const index = codes.findIndex(entry => entry.code === code && entry.version === version)
    return writeOperator(builder, graph, op, index)
  })
  const tensorTable = offsets(builder, tensors)
  const operatorTable = offsets(builder, operators)
  const inputs = integers(builder, graph.inputs)
  const outputs = integers(builder, graph.outputs)
  const name = builder.createString(graph.name)
  builder.startObject(5)
  builder.addFieldOffset(subgraphFields.tensors, tensorTable, 0)
  builder.addFieldOffset(subgraphFields.inputs, inputs, 0)
  builder.addFieldOffset(subgraphFields.outputs, outputs, 0)
  builder.addFieldOffset(subgraphFields.operators, operatorTable, 0)
  builder.addFieldOffset(subgraphFields.name, name, 0)
  return builder.endObject()
}

function writeTensor(builder: Builder, tensor: Tensor, buffer: number): number {
  const shape = integers(builder, tensor.shape)
  const name = builder.createString(tensor.name)
  const quantization =
    tensor.quantization === null ? 0 : writeQuantization(builder, tensor.quantization)
  builder.startObject(9)
  builder.addFieldOffset(tensorFields.shape, shape, 0)
  builder.addFieldInt8(tensorFields.type, tensorTypeCode[tensor.dtype], 0)
  builder.addFieldInt32(tensorFields.buffer, buffer, 0)
  builder.addFieldOffset(tensorFields.name, name, 0)
  builder.addFieldOffset(tensorFields.quantization, quantization, 0)
  builder.addFieldInt8(tensorFields.hasRank, 1, 0)
  return builder.endObject()
}

function writeQuantization(builder: Builder, quantization: Quantization): number {
  const { scale, zeroPoint, axis } = quantization
  builder.startVector(4, scale.length, 4)
  for (const value of scale.toReversed()) builder.addFloat32(value)
  const scales = builder.endVector()
  builder.startVector(8, zeroPoint.length, 8)
  for (const value of zeroPoint.toReversed()) builder.addInt64(BigInt(value))
  const zeroPoints = builder.endVector()
  builder.startObject(7)
  builder.addFieldOffset(quantizationFields.scale, scales, 0)
  builder.addFieldOffset(quantizationFields.zeroPoint, zeroPoints, 0)
  builder.addFieldInt32(quantizationFields.dimension, axis, 0)
  return builder.endObject()
}

function writeOperator(
  builder: Builder,
  graph: Graph,
  operator: Operator,
  codeIndex: number,
): number {
  const inputs = integers(builder, operator.inputs)
  const outputs = integers(builder, operator.outputs)
  const target = tensorOf(graph, operator.outputs[0] ?? -1).shape
  const options = writeOptions(builder, operator.attributes, target)
  builder.startObject(5)
  builder.addFieldInt32(operatorFields.opcodeIndex, codeIndex, 0)
  builder.addFieldOffset(operatorFields.inputs, inputs, 0)
  builder.addFieldOffset(operatorFields.outputs, outputs, 0)
  builder.addFieldInt8(operatorFields.optionsType, options.tag, 0)
  builder.addFieldOffset(operatorFields.options, options.offset, 0)
  return builder.endObject()
}

function offsets(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4)
  for (const value of values.toReversed()) builder.addOffset(value)
  return builder.endVector()
}
