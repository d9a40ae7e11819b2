// The network for training: forward pass with batch norm and the loss, in jax.
import { jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import { classCount, featureC, layers, type Layer } from './architecture.ts'
import type { Rng } from './rng.ts'

export const batchNormEpsilon = 1e-3

/** Training inputs are (feature byte + 128) / 64, so that the stem sees values of about one. */
export const trainingInputDivisor = 64

/** A trainable tensor: its shape in training (OIHW; [in, out] for 1x1) and first values. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly decay: boolean
  readonly values: Float32Array
}

function parameter(
  name: string,
  shape: readonly number[],
  decay: boolean,
  value: () => number,
): Parameter {
  const size = shape.reduce((a, b) => a * b, 1)
  return { name, shape, decay, values: Float32Array.from({ length: size }, value) }
}

function trainingShape(layer: Layer): readonly number[] {
  const { kind, kernel, inputC, outputC } = layer
  if (kind === 'pointwise') return [inputC, outputC]
  return [outputC, kind === 'depthwise' ? 1 : inputC, kernel, kernel]
}

/** All parameters: kernel, gamma, beta of each layer in order, then dense weights and bias. */
export function initialParameters(rng: Rng): readonly Parameter[] {
  const convolutions = layers.flatMap(layer => {
    const fanIn = layer.kernel * layer.kernel * (layer.kind === 'depthwise' ? 1 : layer.inputC)
    const deviation = Math.sqrt(2 / fanIn) // He et al. 2015, for ReLU
    return [
      parameter(`${layer.name}/kernel`, trainingShape(layer), true, () => deviation * rng.normal()),
      parameter(`${layer.name}/gamma`, [layer.outputC], false, () => 1),
      parameter(`${layer.name}/beta`, [layer.outputC], false, () => 0),
    ]
  })
  const deviation = Math.sqrt(1 / featureC)
  return [
    ...convolutions,
    parameter('dense/kernel', [featureC, classCount], true, () => deviation * rng.normal()),
    parameter('dense/bias', [classCount], false, () => 0),
  ]
}

function convolve(x: np.Array, kernel: np.Array, layer: Layer): np.Array {
  if (layer.kind === 'pointwise') {
    // As a matrix product, which this library runs faster than a 1x1 convolution.
    return np.moveaxis(np.tensordot(x, kernel, [[1], [0]]), 3, 1)
  }
  const pads: [number, number][] = [
    [layer.padTop, layer.padBottom],
    [layer.padLeft, layer.padRight],
  ]
  const groups = layer.kind === 'depthwise' ? { featureGroupCount: layer.inputC } : {}
  return lax.convGeneralDilated(x, kernel, [layer.stride, layer.stride], pads, groups)
}

/** Normalises with the batch's own mean and variance; returns them for the running averages. */
function batchNorm(x: np.Array, gamma: np.Array, beta: np.Array): [np.Array, np.Array, np.Array] {
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true })
  const centred = x.sub(mean.ref)
  const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true })
  const scale = gamma.reshape([1, -1, 1, 1]).div(np.sqrt(variance.ref.add(batchNormEpsilon)))
  return [centred.mul(scale).add(beta.reshape([1, -1, 1, 1])), mean, variance]
}

type Statistics = { mean: np.Array; variance: np.Array }[]

/** Cross entropy of a batch: x [N, 1, 40, 16], targets [N, 10] summing to one per row. */
function loss(params: np.Array[], x: np.Array, targets: np.Array): [np.Array, Statistics] {
  const statistics: Statistics = []
  let h = x
  layers.forEach((layer, i) => {
    const y = convolve(h, params[3 * i]!, layer)
    const [normed, mean, variance] = batchNorm(y, params[3 * i + 1]!, params[3 * i + 2]!)
    statistics.push({ mean: lax.stopGradient(mean), variance: lax.stopGradient(variance) })
    h = nn.relu(normed)
  })
  const last = 3 * layers.length
  const logits = np.matmul(np.mean(h, [2, 3]), params[last]!).add(params[last + 1]!)
  const entropy = np.sum(nn.logSoftmax(logits).mul(targets), 1)
  return [np.negative(np.mean(entropy)), statistics]
}

/** What one training step yields: the loss, gradients in parameter order, batch statistics. */
export interface StepResult {
  readonly loss: number
  readonly gradients: readonly Float32Array[]
  readonly statistics: readonly { readonly mean: Float32Array; readonly variance: Float32Array }[]
}

const compiled = jit((params: np.Array[], x: np.Array, targets: np.Array) =>
  valueAndGrad(loss, { hasAux: true })(params, x, targets),
)

const floats = (a: np.Array): Float32Array => Float32Array.from(a.dataSync() as Float32Array)

/** Loss and gradients for one batch; the arrays are taken and given as flat float32. */
export function step(
  parameters: readonly Parameter[],
  x: Float32Array<ArrayBuffer>,
  targets: Float32Array<ArrayBuffer>,
): StepResult {
  const batch = targets.length / classCount
  const params = parameters.map(p => np.array(Float32Array.from(p.values)).reshape([...p.shape]))
  const { inputH, inputW } = layers[0]!
  const [[value, statistics], gradients] = compiled(
    params,
    np.array(x).reshape([batch, 1, inputH, inputW]),
    np.array(targets).reshape([batch, classCount]),
  )
  return {
    loss: value.js() as number,
    gradients: gradients.map(floats),
    statistics: statistics.map(s => ({ mean: floats(s.mean), variance: floats(s.variance) })),
  }
}
