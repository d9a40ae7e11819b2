// Folds batch norm into the convolutions and turns kernels from training to TFLite layout.
import { inputScale, kernelShape, layers, type Layer } from './architecture.ts'
import type { FloatModel } from './float-model.ts'
import { batchNormEpsilon, trainingInputDivisor, type Parameter } from './network.ts'

/** Running mean and variance of each layer's output before batch norm. */
export interface RunningStatistics {
  readonly mean: Float32Array
  readonly variance: Float32Array
}

/** Swaps the last axis with the first: [rows, columns] to [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: values.length }, (_, i) => {
    return values[(i % rows) * columns + Math.floor(i / rows)]!
  })
}

/** OIHW (depthwise: C1HW; pointwise: [in, out]) to OHWI (depthwise: 1HWC). */
function toTfliteLayout(values: Float32Array, layer: Layer): Float32Array {
  const taps = layer.kernel * layer.kernel
  if (layer.kind === 'pointwise') return transposed(values, layer.inputC, layer.outputC)
  if (layer.kind === 'depthwise') return transposed(values, layer.outputC, taps)
  const perOutput = layer.inputC * taps
  return Float32Array.from({ length: values.length }, (_, i) => {
    const o = Math.floor(i / perOutput)
    const tap = Math.floor((i % perOutput) / layer.inputC)
    const c = i % layer.inputC
    return values[o * perOutput + c * taps + tap]!
  })
}

/**
 * y = gamma * (conv(x) - mean) / sqrt(variance + epsilon) + beta as one convolution with bias. The
 * stem also takes the change of input unit, from training values to decibels.
 */
function foldLayer(
  layer: Layer,
  index: number,
  parameters: readonly Parameter[],
  running: RunningStatistics,
): FloatModel['layers'][number] {
  const [kernel, gamma, beta] = parameters.slice(3 * index, 3 * index + 3).map(p => p.values)
  const factor = gamma!.map((g, c) => g / Math.sqrt(running.variance[c]! + batchNormEpsilon))
  const unit = index === 0 ? 1 / (trainingInputDivisor * inputScale) : 1
  const channelOf = (i: number): number =>
    layer.kind === 'depthwise'
      ? i % layer.outputC
      : Math.floor(i / (kernelShape(layer)[1] * kernelShape(layer)[2] * layer.inputC))
  return {
    layer,
    kernel: toTfliteLayout(kernel!, layer).map((w, i) => w * factor[channelOf(i)]! * unit),
    bias: beta!.map((b, c) => b - running.mean[c]! * factor[c]!),
  }
}

/** The trained network without batch norm, in TFLite layout, for inputs in decibels. */
export function fold(
  parameters: readonly Parameter[],
  running: readonly RunningStatistics[],
): FloatModel {
  const [denseKernel, denseBias] = parameters.slice(3 * layers.length).map(p => p.values)
  return {
    layers: layers.map((layer, i) => foldLayer(layer, i, parameters, running[i]!)),
    denseKernel: transposed(
      denseKernel!,
      denseKernel!.length / denseBias!.length,
      denseBias!.length,
    ),
    denseBias: denseBias!,
  }
}
