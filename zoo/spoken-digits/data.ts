// Reads the Free Spoken Digit Dataset features and splits them: train, validation, test.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { inputShape } from './architecture.ts'

/** By the numbers in the speaker files. */
export const speakerNames = ['george', 'jackson', 'lucas', 'nicolas', 'theo', 'yweweler'] as const

export const clipBytes = inputShape.height * inputShape.width

/** Clips of one part: features [N, 40, 16, 1] int8, labels and speakers [N]. */
export interface Clips {
  readonly count: number
  readonly features: Int8Array
  readonly labels: Uint8Array
  readonly speakers: Uint8Array
}

/** The last five of the forty training takes are kept for every choice made before the test. */
const validationTakes = 5
const clipsPerTake = 60

/** Folder of the data set: $THIMBLE_SHARED/datasets/fsdd, by default beside the checkout. */
export function datasetFolder(): string {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
  return join(process.env['THIMBLE_SHARED'] ?? join(root, '../shared'), 'datasets/fsdd')
}

function readPart(part: 'train' | 'test'): Clips {
  const folder = datasetFolder()
  const read = (suffix: string): Buffer => readFileSync(join(folder, `${part}_${suffix}`))
  const features = gunzipSync(read('features.i8.gz'))
  const labels = Uint8Array.from(read('labels.u8'))
  const speakers = Uint8Array.from(read('speakers.u8'))
  if (features.length !== labels.length * clipBytes || speakers.length !== labels.length) {
    throw new Error(`${folder}: features, labels and speakers of '${part}' differ in length`)
  }
  return { count: labels.length, features: Int8Array.from(features), labels, speakers }
}

/** Clips `from` (inclusive) to `to` (exclusive). */
export function slice(clips: Clips, from: number, to: number): Clips {
  return {
    count: to - from,
    features: clips.features.slice(from * clipBytes, to * clipBytes),
    labels: clips.labels.slice(from, to),
    speakers: clips.speakers.slice(from, to),
  }
}

/** Takes 10-44 for training, takes 45-49 for validation (the files are sorted by take). */
export function readTraining(): { readonly train: Clips; readonly validation: Clips } {
  const all = readPart('train')
  const cut = all.count - validationTakes * clipsPerTake
  return { train: slice(all, 0, cut), validation: slice(all, cut, all.count) }
}

/** Takes 0-4, for the final figure only. */
export function readTest(): Clips {
  return readPart('test')
}

/** Features of one clip. */
export function clip(clips: Clips, index: number): Int8Array {
  return clips.features.subarray(index * clipBytes, (index + 1) * clipBytes)
}
