// Finds the value ranges of the float network's activations on a subset of the training clips.
import { layers } from './architecture.ts'
import { clip, type Clips } from './data.ts'
import { forward, type FloatModel } from './float-model.ts'

/** Real ranges; a layer's output starts at 0 because of its ReLU. */
export interface Ranges {
  /** Largest output of each convolution. */
  readonly layerMax: readonly number[]
  readonly logitMin: number
  readonly logitMax: number
  /** Clips looked at. */
  readonly clips: number
}

/** Every 7th clip: 7 shares no factor with the 60 clips of a take, so all digits and speakers occur. */
const calibrationStride = 7

/** Minimum and maximum over every `calibrationStride`-th clip. */
export function calibrate(model: FloatModel, clips: Clips): Ranges {
  const layerMax = layers.map(() => 0)
  let [logitMin, logitMax, count] = [0, 0, 0]
  for (let i = 0; i < clips.count; i += calibrationStride, count++) {
    const activations = forward(model, clip(clips, i))
    activations.layers.forEach((values, l) => {
      layerMax[l] = values.reduce((a, b) => Math.max(a, b), layerMax[l]!)
    })
    logitMin = Math.min(logitMin, ...activations.logits)
    logitMax = Math.max(logitMax, ...activations.logits)
  }
  return { layerMax, logitMin, logitMax, clips: count }
}
