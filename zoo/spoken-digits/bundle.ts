// From checkpoint to graph: calibration, quantisation and assembly in one deterministic step.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Graph } from '../../compiler/graph/graph.ts'
import { calibrate, type Ranges } from './calibrate.ts'
import { readCheckpoint, type TrainingRecord } from './checkpoint.ts'
import { readTraining } from './data.ts'
import type { FloatModel } from './float-model.ts'
import { buildGraph } from './graph.ts'
import { quantize } from './quantize.ts'

/** This folder. */
export const here = dirname(fileURLToPath(import.meta.url))
export const modelFile = 'spoken_digits.tflite'
export const modelDescription = 'Spoken digits 0-9, trained on the Free Spoken Digit Dataset'

export interface Bundle {
  readonly model: FloatModel
  readonly training: TrainingRecord
  readonly ranges: Ranges
  readonly graph: Graph
}

/** Reads the checkpoint of `folder`, calibrates on training clips and quantises. */
export function makeBundle(folder: string): Bundle {
  const { model, training } = readCheckpoint(folder)
  const ranges = calibrate(model, readTraining().train)
  return { model, training, ranges, graph: buildGraph(quantize(model, ranges), modelFile) }
}
