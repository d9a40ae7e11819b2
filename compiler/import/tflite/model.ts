// Reads the outer structure of a model: codes, buffers, and the one subgraph with its lists.

import { FlatbufferReader, Malformed, type Table } from './flatbuffer.ts'
import type { ImportReport } from './report.ts'
import {
  fileIdentifier,
  modelFields,
  operatorCodeFields,
  operatorFields,
  schemaVersion,
  subgraphFields,
} from './schema.ts'

export interface RawCode {
  readonly builtin: number
  /** Name of a custom operator, '' for others. */
  readonly custom: string
}

export interface RawOperator {
  readonly index: number
  readonly codeIndex: number
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly optionsType: number
  readonly options: Table | null
}

export interface RawModel {
  readonly reader: FlatbufferReader
  /** null stands for an entry that is broken and has been reported. */
  readonly codes: readonly (RawCode | null)[]
  readonly buffers: readonly (Table | Malformed)[]
  readonly tensors: readonly (Table | Malformed)[]
  readonly operators: readonly (RawOperator | null)[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** The parts of a model file; null when its frame is not that of a model with one subgraph. */
export function readModel(bytes: Uint8Array, report: ImportReport): RawModel | null {
  const reader = new FlatbufferReader(bytes)
  if (reader.identifier !== fileIdentifier) {
    report.add('TH2001')
    return null
  }
  return report.attempt('', () => {
    const root = reader.root()
    const version = reader.uint32(root, modelFields.version, 0)
    if (version !== schemaVersion) {
      report.add('TH2003', { version })
      return null
    }
    const subgraph = onlySubgraph(reader, root, report)
    if (subgraph === null) return null
    return {
      reader,
      codes: reader
        .tables(root, modelFields.operatorCodes)
        .map((table, i) => readCode(reader, table, i, report)),
      buffers: reader.tables(root, modelFields.buffers),
      tensors: reader.tables(subgraph, subgraphFields.tensors),
      operators: reader
        .tables(subgraph, subgraphFields.operators)
        .map((table, i) => readOperator(reader, table, i, report)),
      inputs: reader.int32s(subgraph, subgraphFields.inputs),
      outputs: reader.int32s(subgraph, subgraphFields.outputs),
    }
  })
}

function onlySubgraph(reader: FlatbufferReader, root: Table, report: ImportReport): Table | null {
  const subgraphs = reader.tables(root, modelFields.subgraphs)
  const [first] = subgraphs
  if (first === undefined || subgraphs.length !== 1) {
    report.add('TH2004', { count: subgraphs.length })
    return null
  }
  if (first instanceof Malformed) throw first
  return first
}

function readCode(
  reader: FlatbufferReader,
  table: Table | Malformed,
  index: number,
  report: ImportReport,
): RawCode | null {
  return report.attempt(`operator code ${index}`, () => {
    if (table instanceof Malformed) throw table
    // Files from before the wider field existed hold the code in the old one only.
    const old = reader.int8(table, operatorCodeFields.deprecatedCode, 0)
    const wide = reader.int32(table, operatorCodeFields.builtinCode, 0)
    const custom = reader.string(table, operatorCodeFields.customCode)
    return { builtin: Math.max(old, wide), custom }
  })
}

function readOperator(
  reader: FlatbufferReader,
  table: Table | Malformed,
  index: number,
  report: ImportReport,
): RawOperator | null {
  return report.attempt(`operator ${index}`, () => {
    if (table instanceof Malformed) throw table
    return {
      index,
      codeIndex: reader.uint32(table, operatorFields.opcodeIndex, 0),
      inputs: reader.int32s(table, operatorFields.inputs),
      outputs: reader.int32s(table, operatorFields.outputs),
      optionsType: reader.uint8(table, operatorFields.optionsType, 0),
      options: reader.table(table, operatorFields.options),
    }
  })
}
