// The importer: turns the bytes of a .tflite file into a Graph, or into diagnostics.

import type { DiagnosticBag } from '../../diagnostics/bag.ts'
import type { Graph, Tensor, TensorId } from '../../graph/graph.ts'
import { graphName } from '../../graph/name.ts'
import type { Operator } from '../../graph/operator.ts'
import { checkInterface, findProducers } from './connect.ts'
import { readModel, type RawModel } from './model.ts'
import { importOperators, type ImportedOperator } from './operator-list.ts'
import { ImportReport } from './report.ts'
import { readTensor, type RawTensor } from './tensors.ts'

/**
 * Reads a TFLite model. `file` is its name, for messages and for the name of the graph. All problems
 * found go into `bag`; null is returned exactly when there was one. Never throws and never copies
 * constants: `Tensor.data` are views of `bytes`. Tensors that nothing uses are left out.
 */
export function importTflite(bytes: Uint8Array, file: string, bag: DiagnosticBag): Graph | null {
  const report = new ImportReport(file, bag)
  const model = readModel(bytes, report)
  if (model === null) return null
  const tensors = readUsedTensors(model, report)
  const producers = findProducers(model)
  checkInterface(model, tensors, producers, report)
  const operators = importOperators(model, tensors, producers, report)
  return report.failed ? null : assemble(model, file, tensors, operators)
}

/** Tensors by their index in the file; broken ones are null, unused ones missing. */
function readUsedTensors(model: RawModel, report: ImportReport): Map<number, RawTensor | null> {
  const used = new Set([...model.inputs, ...model.outputs])
  for (const operator of model.operators) {
    for (const index of operator?.inputs ?? []) used.add(index)
    for (const index of operator?.outputs ?? []) used.add(index)
  }
  const inRange = [...used].filter(index => index >= 0 && index < model.tensors.length)
  return new Map(
    inRange.sort((a, b) => a - b).map(index => [index, readTensor(model, index, report)]),
  )
}

function assemble(
  model: RawModel,
  file: string,
  raw: ReadonlyMap<number, RawTensor | null>,
  imported: readonly ImportedOperator[],
): Graph {
  const ids = new Map([...raw.keys()].map((index, id) => [index, id]))
  const idOf = (index: number): TensorId => ids.get(index) ?? -1
  const tensors: Tensor[] = []
  for (const tensor of raw.values()) {
    if (tensor === null) continue
    const { index, name, shape, dtype, quantization, data } = tensor
    tensors.push({ id: idOf(index), sourceIndex: index, name, shape, dtype, quantization, data })
  }
  const operators: Operator[] = imported.map(({ attributes, source }) => ({
    attributes,
    sourceIndex: source.index,
    inputs: source.inputs.map(idOf),
    outputs: source.outputs.map(idOf),
  }))
  const inputs = model.inputs.map(idOf)
  const outputs = model.outputs.map(idOf)
  return { name: graphName(file), file, tensors, operators, inputs, outputs }
}
