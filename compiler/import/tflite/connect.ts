// Finds out who computes which tensor, and checks the inputs and outputs of the model against it.

import type { RawModel } from './model.ts'
import type { ImportReport } from './report.ts'
import type { RawTensor } from './tensors.ts'

/** Index of the first operator that writes each tensor. */
export type Producers = ReadonlyMap<number, number>

export function findProducers(model: RawModel): Producers {
  const producers = new Map<number, number>()
  for (const operator of model.operators) {
    for (const index of operator?.outputs ?? []) {
      if (!producers.has(index)) producers.set(index, operator?.index ?? 0)
    }
  }
  return producers
}

/** Reports inputs and outputs of the model that do not exist or that nobody computes. */
export function checkInterface(
  model: RawModel,
  tensors: ReadonlyMap<number, RawTensor | null>,
  producers: Producers,
  report: ImportReport,
): void {
  const count = model.tensors.length
  const outside = (index: number): boolean => index < 0 || index >= count
  const given = new Set<number>()
  model.inputs.forEach((index, position) => {
    if (outside(index)) {
      report.add('TH2030', { role: 'input', position, index, count })
      return
    }
    const tensor = tensors.get(index)
    const name = tensor?.name ?? 'unnamed'
    if (given.has(index)) report.add('TH2031', { index, name })
    given.add(index)
    if (tensor) checkInput(tensor, report)
  })
  if (model.outputs.length === 0) report.add('TH2005')
  model.outputs.forEach((index, position) => {
    if (outside(index)) {
      report.add('TH2030', { role: 'output', position, index, count })
      return
    }
    const tensor = tensors.get(index)
    const computed = producers.has(index) || given.has(index)
    if (tensor && !computed && tensor.data === null) {
      report.add('TH2033', { index, name: tensor.name })
    }
  })
}

function checkInput(tensor: RawTensor, report: ImportReport): void {
  const { index, name, shape, signature } = tensor
  if (tensor.data !== null) report.add('TH2032', { index, name })
  // The converter leaves the batch open in almost every model. It gives open dimensions the size 1;
  // any other size was chosen, and TensorFlow Lite Micro goes by it.
  const dimension = signature.findIndex((dim, i) => i > 0 && dim < 0 && shape[i] === 1)
  if (dimension !== -1) {
    report.add('TH2012', { index, name, dimension, signature: signature.join(', ') })
  }
}
