// Post-training quantisation to int8 after the TFLite specification: scales, weights and biases.
import { classCount, inputScale, inputZeroPoint, layers, type Layer } from './architecture.ts'
import type { Ranges } from './calibrate.ts'
import type { FloatModel } from './float-model.ts'

/** real = scale * (q - zeroPoint) of a whole tensor. */
export interface ActivationType {
  readonly scale: number
  readonly zeroPoint: number
}

/** Weights in [-127, 127] with zero point 0; scale per output channel, or one for all. */
export interface QuantizedWeights {
  readonly weights: Int8Array
  readonly scale: readonly number[]
  /** Scale s_input * s_weights[c], zero point 0. */
  readonly bias: Int32Array
}

export interface QuantizedModel {
  readonly input: ActivationType
  readonly layers: readonly (QuantizedWeights & {
    readonly layer: Layer
    readonly output: ActivationType
  })[]
  readonly dense: QuantizedWeights
  readonly logits: ActivationType
}

/** Largest magnitude of each channel; `channelOf` maps a weight's index to its channel. */
function channelMaxima(
  weights: Float32Array,
  channels: number,
  channelOf: (i: number) => number,
): readonly number[] {
  const maxima = Array.from({ length: channels }, () => 0)
  weights.forEach((w, i) => {
    const c = channelOf(i)
    maxima[c] = Math.max(maxima[c]!, Math.abs(w))
  })
  return maxima
}

function quantizeWeights(
  weights: Float32Array,
  bias: Float32Array,
  channelOf: (i: number) => number,
  inputScale: number,
  perChannel: boolean,
): QuantizedWeights {
  const maxima = channelMaxima(weights, bias.length, channelOf)
  const all = Math.max(...maxima)
  // Scales are stored as float32, so everything is computed with the rounded value. A channel of
  // zeros gets the scale of the whole tensor.
  const scaleOf = (max: number): number => Math.fround((max === 0 ? all : max) / 127)
  const scales = maxima.map(max => scaleOf(perChannel ? max : all))
  return {
    weights: Int8Array.from(weights, (w, i) => Math.round(w / scales[channelOf(i)]!)),
    scale: perChannel ? scales : scales.slice(0, 1),
    bias: Int32Array.from(bias, (b, c) => Math.round(b / (inputScale * scales[c]!))),
  }
}

/** Asymmetric type for real values in [min, max] with zero exact (TFLite: zero point an integer). */
export function activationType(min: number, max: number): ActivationType {
  const scale = Math.fround((Math.max(max, 0) - Math.min(min, 0)) / 255)
  const zeroPoint = Math.round(-128 - Math.min(min, 0) / scale)
  return { scale, zeroPoint: Math.min(127, Math.max(-128, zeroPoint)) }
}

/**
 * Convolutions per channel, the dense layer per tensor (what every TFLite runtime accepts). The
 * input type is given: feature bytes are fed unchanged.
 */
export function quantize(model: FloatModel, ranges: Ranges): QuantizedModel {
  const input = { scale: Math.fround(inputScale), zeroPoint: inputZeroPoint }
  const outputs = ranges.layerMax.map(max => activationType(0, max))
  const convolutions = model.layers.map(({ layer, kernel, bias }, i) => {
    const perOutput = kernel.length / layer.outputC
    const channelOf = (k: number): number =>
      layer.kind === 'depthwise' ? k % layer.outputC : Math.floor(k / perOutput)
    const from = i === 0 ? input : outputs[i - 1]!
    const quantized = quantizeWeights(kernel, bias, channelOf, from.scale, true)
    return { ...quantized, layer, output: outputs[i]! }
  })
  const featureScale = outputs[layers.length - 1]!.scale
  const perClass = model.denseKernel.length / classCount
  const classOf = (k: number): number => Math.floor(k / perClass)
  return {
    input,
    layers: convolutions,
    dense: quantizeWeights(model.denseKernel, model.denseBias, classOf, featureScale, false),
    logits: activationType(ranges.logitMin, ranges.logitMax),
  }
}
