// Quantisation rules of the int8 operators, each with the TFLite function it comes from.

import type { Activation, OperatorKind } from '../../kernels/attributes.ts'
import type { Quantization, Tensor } from './graph.ts'
import type { Complain, Operands } from './supported-operands.ts'

/** Factors from here on need a left shift that int32 cannot carry out. */
const factorLimit = 2 ** 30
/** TFLite's tolerance for the bias scale, in steps of the output (GetQuantizedConvolutionMultipler). */
const biasTolerance = 0.02
const scaleTolerance = 1e-6
/** Each exponential of a row is at most 2^19 in its Q12.19 sum. */
const longestSoftmax = 4095

function quantizationOf(tensor: Tensor | null | undefined): Quantization {
  if (!tensor?.quantization) throw new Error('quantisation was not checked before')
  return tensor.quantization
}

function scaleOf(tensor: Tensor | null | undefined): number {
  return quantizationOf(tensor).scale[0] ?? NaN
}

function zeroPointOf(tensor: Tensor | null | undefined): number {
  return quantizationOf(tensor).zeroPoint[0] ?? NaN
}

/** Seven digits: what tells two float32 apart. */
function show(value: number): string {
  return String(Number(value.toPrecision(7)))
}

function checkFactor(factor: number, complain: Complain): boolean {
  if (Math.abs(factor) < factorLimit) return true
  complain('TH3011', { factor: show(factor), allowed: `it has to be below ${factorLimit}` })
  return false
}

/** Bounds of RELU6 and RELU_N1_TO_1 have to be int32 (CalculateActivationRangeQuantized). */
export function checkBounds(
  activation: Activation,
  { output }: Operands,
  complain: Complain,
): void {
  const bound = activation === 'relu6' ? 6 : activation === 'relu_n1_to_1' ? 1 : 0
  const scale = scaleOf(output)
  if (bound / scale > 2 ** 31 - 1) {
    complain('TH3012', { scale: show(scale), activation: activation.toUpperCase() })
  }
}

/** `axis` is that of the output channels (PopulateConvolutionQuantizationParams, ConvPrepare). */
export function checkConvolution(operands: Operands, axis: number, complain: Complain): void {
  const [x, weights, bias] = operands.inputs
  if (!checkWeights(weights, axis, complain)) return
  const factors = quantizationOf(weights).scale.map(
    scale => (scaleOf(x) * scale) / scaleOf(operands.output),
  )
  if (factors.every(factor => checkFactor(factor, complain))) {
    checkBias(operands, bias, complain)
  }
}

function checkWeights(
  weights: Tensor | null | undefined,
  axis: number,
  complain: Complain,
): boolean {
  const quantization = quantizationOf(weights)
  const zeroPoint = quantization.zeroPoint.find(value => value !== 0)
  if (zeroPoint !== undefined) complain('TH3006', { role: 'the weight tensor', zeroPoint })
  const right = quantization.scale.length === 1 || quantization.axis === axis
  if (!right) complain('TH3007', { axis: quantization.axis, expected: axis })
  return right && zeroPoint === undefined
}

/** A bias without scales of its own is taken to be at input scale times weight scale. */
function checkBias(operands: Operands, bias: Tensor | null | undefined, complain: Complain): void {
  if (!bias?.quantization) return
  const { scale, zeroPoint } = bias.quantization
  const shifted = zeroPoint.find(value => value !== 0)
  if (shifted !== undefined) complain('TH3006', { role: 'the bias', zeroPoint: shifted })
  const weightScales = quantizationOf(operands.inputs[1]).scale
  const inputScale = scaleOf(operands.inputs[0])
  const channels = Math.max(scale.length, weightScales.length)
  for (let channel = 0; channel < channels; channel++) {
    const expected = inputScale * (weightScales[weightScales.length === 1 ? 0 : channel] ?? NaN)
    const actual = scale[scale.length === 1 ? 0 : channel] ?? NaN
    const difference = Math.abs(expected - actual) / scaleOf(operands.output)
    if (difference <= biasTolerance) continue
    complain('TH3008', { channel, actual: show(actual), expected: show(expected) })
    return
  }
}

/** FullyConnected with one weight scale refuses a negative product (CalculateOpData). */
export function checkFullyConnected(operands: Operands, complain: Complain): void {
  const { scale } = quantizationOf(operands.inputs[1])
  const [only] = scale
  if (scale.length === 1 && only !== undefined && only < 0) {
    complain('TH3011', {
      factor: show(only),
      allowed: 'the scale of the weights has to be positive',
    })
    return
  }
  checkConvolution(operands, 0, complain)
}

/** The sum is rescaled by twice the larger input scale over 2^20 output scales, below 1 (AddPrepare). */
export function checkAdd({ inputs, output }: Operands, complain: Complain): void {
  const factor =
    (2 * Math.max(scaleOf(inputs[0]), scaleOf(inputs[1]))) / (2 ** 20 * scaleOf(output))
  if (factor >= 1) complain('TH3011', { factor: show(factor), allowed: 'it has to be below 1' })
}

export function checkMul({ inputs, output }: Operands, complain: Complain): void {
  checkFactor((scaleOf(inputs[0]) * scaleOf(inputs[1])) / scaleOf(output), complain)
}

export function checkRescale({ inputs, output }: Operands, complain: Complain): void {
  // QUANTIZE of float32 divides; there is no factor to hold in an integer.
  if (inputs[0]?.dtype === 'int8') checkFactor(scaleOf(inputs[0]) / scaleOf(output), complain)
}

/**
 * Bytes are copied or compared as they are. CONCATENATION demands equality, pooling a difference of
 * scales below 1e-6; the others follow pooling.
 */
export function checkSameQuantization(
  kind: OperatorKind,
  { inputs, output }: Operands,
  complain: Complain,
): void {
  const tolerance = kind === 'concatenation' ? 0 : scaleTolerance
  inputs.forEach((tensor, position) => {
    if (tensor?.dtype !== 'int8') return
    const near = Math.abs(scaleOf(tensor) - scaleOf(output)) <= tolerance
    if (near && zeroPointOf(tensor) === zeroPointOf(output)) return
    complain('TH3009', {
      position,
      inputScale: show(scaleOf(tensor)),
      inputZeroPoint: zeroPointOf(tensor),
      outputScale: show(scaleOf(output)),
      outputZeroPoint: zeroPointOf(output),
    })
  })
}

/** SOFTMAX and LOGISTIC produce [0, 1) at a fixed scale (CalculateSoftmaxParams, LogisticPrepare). */
export function checkProbability({ output }: Operands, complain: Complain): void {
  const [scale, zeroPoint] = [scaleOf(output), zeroPointOf(output)]
  if (scale !== 1 / 256 || zeroPoint !== -128) {
    complain('TH3010', { scale: show(scale), zeroPoint })
  }
}

/** The scaled input needs a factor above 1 in Q5.26 (PreprocessSoftmaxScaling). */
export function checkSoftmax(beta: number, operands: Operands, complain: Complain): void {
  checkProbability(operands, complain)
  const factor = beta * scaleOf(operands.inputs[0]) * 2 ** 26
  if (factor <= 1) complain('TH3011', { factor: show(factor), allowed: 'it has to be above 1' })
  const length = operands.output.shape.at(-1) ?? 1
  if (length > longestSoftmax) complain('TH3015', { length, limit: longestSoftmax })
}
