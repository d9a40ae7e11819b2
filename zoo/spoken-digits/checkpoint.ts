// Stores the folded float weights: one flat little-endian float32 file and a JSON description.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layers } from './architecture.ts'
import type { FloatModel } from './float-model.ts'

/** How a checkpoint came about; everything needed to train it again. */
export interface TrainingRecord {
  readonly seed: number
  readonly epochs: number
  readonly batch: number
  readonly peakRate: number
  readonly weightDecay: number
  readonly labelSmoothing: number
  readonly finalLoss: number
  readonly validationAccuracy: number
  readonly cpuSeconds: number
}

const weightFile = 'weights.f32'
const recordFile = 'weights.json'

function tensors(model: FloatModel): readonly { name: string; values: Float32Array }[] {
  const convolutions = model.layers.flatMap(({ layer, kernel, bias }) => [
    { name: `${layer.name}/kernel`, values: kernel },
    { name: `${layer.name}/bias`, values: bias },
  ])
  return [
    ...convolutions,
    { name: 'dense/kernel', values: model.denseKernel },
    { name: 'dense/bias', values: model.denseBias },
  ]
}

export function writeCheckpoint(folder: string, model: FloatModel, training: TrainingRecord): void {
  const parts = tensors(model)
  writeFileSync(
    join(folder, weightFile),
    Buffer.concat(
      parts.map(p => Buffer.from(p.values.buffer, p.values.byteOffset, p.values.byteLength)),
    ),
  )
  const record = { training, tensors: parts.map(p => ({ name: p.name, length: p.values.length })) }
  writeFileSync(join(folder, recordFile), JSON.stringify(record, null, 1) + '\n')
}

interface Description {
  readonly training: TrainingRecord
  readonly tensors: readonly { readonly name: string; readonly length: number }[]
}

export function readCheckpoint(folder: string): { model: FloatModel; training: TrainingRecord } {
  const record = JSON.parse(readFileSync(join(folder, recordFile), 'utf8')) as Description
  const bytes = readFileSync(join(folder, weightFile))
  const all = new Float32Array(Uint8Array.from(bytes).buffer)
  let offset = 0
  const values = record.tensors.map(t => all.slice(offset, (offset += t.length)))
  if (offset !== all.length || values.length !== 2 * layers.length + 2) {
    throw new Error(`${folder}: ${weightFile} does not fit ${recordFile} and the architecture`)
  }
  const model: FloatModel = {
    layers: layers.map((layer, i) => ({
      layer,
      kernel: values[2 * i]!,
      bias: values[2 * i + 1]!,
    })),
    denseKernel: values[2 * layers.length]!,
    denseBias: values[2 * layers.length + 1]!,
  }
  return { model, training: record.training }
}
