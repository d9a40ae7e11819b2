// Imports the operators of a model in their order: kind, attributes, operands, output shape.

import type { OperatorAttributes } from '../../../kernels/attributes.ts'
import { encodeConstant } from '../../graph/constants.ts'
import { inferShape, type Operand } from '../../graph/shape.ts'
import { builtinName, customCode, kindOfBuiltin } from './builtins.ts'
import type { Producers } from './connect.ts'
import type { RawModel, RawOperator } from './model.ts'
import { readAttributes } from './operators.ts'
import type { Complain, ImportReport } from './report.ts'
import { optionsType, reshapeFields } from './schema.ts'
import type { RawTensor } from './tensors.ts'

export interface ImportedOperator {
  readonly source: RawOperator
  readonly attributes: OperatorAttributes
}

type Tensors = ReadonlyMap<number, RawTensor | null>

/** Every operator that could be read; whatever is wrong has been reported. */
export function importOperators(
  model: RawModel,
  tensors: Tensors,
  producers: Producers,
  report: ImportReport,
): ImportedOperator[] {
  const written = new Map<number, string>(model.inputs.map(index => [index, 'a model input']))
  return model.operators.flatMap(source => {
    if (source === null) return []
    const complain = complainAbout(model, source, tensors, report)
    checkReads(model, source, { tensors, producers, written }, complain)
    checkWrites(model, source, { tensors, producers, written }, complain)
    const attributes = report.attempt(`operator ${source.index}`, () =>
      importOperator(model, source, tensors, complain),
    )
    return attributes === null ? [] : [{ source, attributes }]
  })
}

/** Complaints about one operator carry its index, TFLite name and first output. */
function complainAbout(
  model: RawModel,
  source: RawOperator,
  tensors: Tensors,
  report: ImportReport,
): Complain {
  const code = model.codes[source.codeIndex]
  const operator = code ? builtinName(code.builtin) : 'UNKNOWN'
  const name = tensors.get(source.outputs[0] ?? -1)?.name ?? ''
  const location = {
    kind: 'operator',
    file: report.file,
    index: source.index,
    operator,
    name,
  } as const
  return (problem, values) => report.add(problem, values, location)
}

interface Flow {
  readonly tensors: Tensors
  readonly producers: Producers
  /** Tensors that have a value so far, other than constants, and what gave it. */
  readonly written: Map<number, string>
}

function checkReads(model: RawModel, source: RawOperator, flow: Flow, complain: Complain): void {
  source.inputs.forEach((index, position) => {
    const count = model.tensors.length
    if (index < -1 || index >= count) complain('TH2043', { role: 'input', position, index, count })
    const tensor = flow.tensors.get(index)
    if (!tensor || tensor.data !== null || flow.written.has(index)) return
    const { name } = tensor
    const producer = flow.producers.get(index)
    if (producer === undefined) complain('TH2044', { position, index, name })
    else complain('TH2045', { position, index, name, producer })
  })
}

function checkWrites(model: RawModel, source: RawOperator, flow: Flow, complain: Complain): void {
  source.outputs.forEach((index, position) => {
    const count = model.tensors.length
    if (index < 0 || index >= count) {
      complain('TH2043', { role: 'output', position, index, count })
      return
    }
    const tensor = flow.tensors.get(index)
    const owner = tensor && tensor.data !== null ? 'a constant' : flow.written.get(index)
    if (owner !== undefined) complain('TH2046', { index, name: tensor?.name ?? 'unnamed', owner })
    flow.written.set(index, `written by operator ${source.index}`)
  })
}

function importOperator(
  model: RawModel,
  source: RawOperator,
  tensors: Tensors,
  complain: Complain,
): OperatorAttributes | null {
  const code = model.codes[source.codeIndex]
  if (code === undefined) {
    complain('TH2040', { code: source.codeIndex, count: model.codes.length })
  }
  if (!code) return null
  if (code.builtin === customCode) {
    complain('TH2042', { custom: code.custom })
    return null
  }
  const kind = kindOfBuiltin(code.builtin)
  if (kind === null) {
    complain('TH2041', { operator: builtinName(code.builtin) })
    return null
  }
  const shapes = source.inputs.map(index => tensors.get(index)?.shape ?? null)
  const options = { type: source.optionsType, table: source.options }
  const attributes = readAttributes(model.reader, kind, options, { inputs: shapes }, complain)
  if (source.outputs.length !== 1) complain('TH2052', { count: source.outputs.length })
  else if (attributes !== null) checkShape(model, source, attributes, tensors, complain)
  return attributes
}

/** Compares the output shape the file states with the one its inputs lead to. */
function checkShape(
  model: RawModel,
  source: RawOperator,
  attributes: OperatorAttributes,
  tensors: Tensors,
  complain: Complain,
): void {
  const operands: (Operand | null)[] = []
  for (const index of source.inputs) {
    const tensor = index === -1 ? null : tensors.get(index)
    if (tensor === undefined || (tensor === null && index !== -1)) return
    operands.push(tensor)
  }
  const target = attributes.kind === 'reshape' ? newShapeOption(model, source) : null
  if (target !== null && operands.length === 1) operands.push(target)
  const output = tensors.get(source.outputs[0] ?? -1)
  if (!output) return
  const result = inferShape(attributes, operands, output.shape)
  if (result.kind === 'misfit') {
    complain('TH2050', { reason: result.reason })
    return
  }
  const declared = output.shape.join(', ')
  const inferred = result.shape.join(', ')
  if (declared !== inferred) complain('TH2051', { declared, inferred })
}

/** A RESHAPE without a second input has its target in the options. */
function newShapeOption({ reader }: RawModel, source: RawOperator): Operand | null {
  if (source.options === null || source.optionsType !== optionsType.reshape) return null
  const values = reader.int32s(source.options, reshapeFields.newShape)
  if (values.length === 0) return null
  return { shape: [values.length], dtype: 'int32', data: encodeConstant('int32', values) }
}
