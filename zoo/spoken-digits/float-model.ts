// The folded network in float: its weights and a plain forward pass that shows every activation.
import { classCount, featureC, inputScale, inputZeroPoint, type Layer } from './architecture.ts'

/** A convolution with bias and ReLU; kernel OHWI, depthwise 1HWC. */
export interface FoldedLayer {
  readonly layer: Layer
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

export interface FloatModel {
  readonly layers: readonly FoldedLayer[]
  /** [classes, channels] */
  readonly denseKernel: Float32Array
  readonly denseBias: Float32Array
}

/** Values of one inference: each layer's output NHWC, the mean over frames and bands, the logits. */
export interface Activations {
  readonly layers: readonly Float32Array[]
  readonly pooled: Float32Array
  readonly logits: Float32Array
}

/** Sum over the taps that lie inside the input, for output (y, x, o). */
function tapSum(input: Float32Array, folded: FoldedLayer, y: number, x: number, o: number): number {
  const { layer: l, kernel } = folded
  let sum = 0
  for (let ky = 0; ky < l.kernel; ky++) {
    const iy = y * l.stride - l.padTop + ky
    if (iy < 0 || iy >= l.inputH) continue
    for (let kx = 0; kx < l.kernel; kx++) {
      const ix = x * l.stride - l.padLeft + kx
      if (ix < 0 || ix >= l.inputW) continue
      const from = (iy * l.inputW + ix) * l.inputC
      const tap = ky * l.kernel + kx
      if (l.kind === 'depthwise') {
        sum += input[from + o]! * kernel[tap * l.outputC + o]!
        continue
      }
      const weights = (o * l.kernel * l.kernel + tap) * l.inputC
      for (let c = 0; c < l.inputC; c++) sum += input[from + c]! * kernel[weights + c]!
    }
  }
  return sum
}

function convolve(input: Float32Array, folded: FoldedLayer): Float32Array {
  const { outputH, outputW, outputC } = folded.layer
  const output = new Float32Array(outputH * outputW * outputC)
  for (let i = 0; i < output.length; i++) {
    const o = i % outputC
    const at = (i - o) / outputC
    const sum = tapSum(input, folded, Math.floor(at / outputW), at % outputW, o)
    output[i] = Math.max(0, sum + folded.bias[o]!)
  }
  return output
}

function meanOverSpace(input: Float32Array): Float32Array {
  const cells = input.length / featureC
  const mean = new Float32Array(featureC)
  for (let c = 0; c < featureC; c++) {
    let sum = 0
    for (let i = 0; i < cells; i++) sum += input[i * featureC + c]!
    mean[c] = sum / cells
  }
  return mean
}

/** Runs the model on one clip's feature bytes [40, 16]. */
export function forward(model: FloatModel, features: Int8Array): Activations {
  const activations: Float32Array[] = []
  let h = Float32Array.from(features, q => inputScale * (q - inputZeroPoint))
  for (const folded of model.layers) {
    h = convolve(h, folded) as Float32Array<ArrayBuffer>
    activations.push(h)
  }
  const pooled = meanOverSpace(h)
  const logits = Float32Array.from({ length: classCount }, (_, o) => {
    let sum = model.denseBias[o]!
    for (let c = 0; c < featureC; c++) sum += pooled[c]! * model.denseKernel[o * featureC + c]!
    return sum
  })
  return { layers: activations, pooled, logits }
}

/** Index of the first largest value. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
