// Quantisation rules of the int8 operators, each with the TFLite function it comes from.

import type { Activation } from '../../kernels/attributes.ts'
import type { Quantization, Tensor } from './graph.ts'
import type { Complain, Operands } from './supported-operands.ts'

/** Factors from here on need a left shift that int32 cannot carry out. */
const factorLimit = 2 ** 30
/** TFLite's tolerance for the bias scale, in steps of the output (GetQuantizedConvolutionMultipler). */
const biasTolerance = 0.02
export const scaleTolerance = 1e-6
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
  if (bound === 0) return
  const scale = scaleOf(output)
  if (bound / scale > 2 ** 31 - 1) {
    complain('TH3012', { scale: show(scale), activation: activation.toUpperCase() })
  }
}

/**
 * `axis` is that of the output channels (PopulateConvolutionQuantizationParams, ConvPrepare). The scale
 * of the bias is not compared: convolutions take it to be input scale times weight scale.
 */
export function checkConvolution(operands: Operands, axis: number, complain: Complain): void {
  const [x, weights, bias] = operands.inputs
  if (!checkWeights(weights, axis, complain)) return
  const factors = quantizationOf(weights).scale.map(
    scale => (scaleOf(x) * scale) / scaleOf(operands.output),
  )
  if (factors.every(factor => checkFactor(factor, complain))) checkBiasZero(bias, complain)
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

function checkBiasZero(bias: Tensor | null | undefined, complain: Complain): void {
  const shifted = bias?.quantization?.zeroPoint.find(value => value !== 0)
  if (shifted !== undefined) complain('TH3006', { role: 'the bias', zeroPoint: shifted })
}

/**
 * With one weight scale, FULLY_CONNECTED refuses a negative one and a bias of another scale
 * (GetQuantizedConvolutionMultipler). A bias without a scale is taken to have the right one.
 */
export function checkFullyConnected(operands: Operands, complain: Complain): void {
  const [x, weights, bias] = operands.inputs
  const { scale } = quantizationOf(weights)
  const [only] = scale
  if (scale.length > 1 || only === undefined) return checkConvolution(operands, 0, complain)
  if (only < 0) {
    complain('TH3011', {
      factor: show(only),
      allowed: 'the scale of the weights has to be positive',
    })
    return
  }
  checkConvolution(operands, 0, complain)
  const actual = bias?.quantization?.scale[0]
  const expected = scaleOf(x) * only
  if (actual === undefined) return
  if (Math.abs(expected - actual) / scaleOf(operands.output) <= biasTolerance) return
  complain('TH3008', { channel: 0, actual: show(actual), expected: show(expected) })
}

/**
 * The sum is rescaled by twice the larger input scale over 2^20 output scales, which has to be below 1;
 * the inputs by factors that have to be positive (AddPrepare, QuantizeMultiplierSmallerThanOneExp).
 */
export function checkAdd({ inputs, output }: Operands, complain: Complain): void {
  const scales = [scaleOf(inputs[0]), scaleOf(inputs[1])]
  const factor = (2 * Math.max(...scales)) / (2 ** 20 * scaleOf(output))
  if (factor >= 1) complain('TH3011', { factor: show(factor), allowed: 'it has to be below 1' })
  const wrong = scales.find(scale => scale <= 0)
  if (wrong !== undefined) {
    complain('TH3011', { factor: show(wrong), allowed: 'input scales have to be positive' })
  }
}

export function checkMul({ inputs, output }: Operands, complain: Complain): void {
  checkFactor((scaleOf(inputs[0]) * scaleOf(inputs[1])) / scaleOf(output), complain)
}

export function checkRescale({ inputs, output }: Operands, complain: Complain): void {
  // QUANTIZE of float32 divides; there is no factor to hold in an integer.
  if (inputs[0]?.dtype !== 'float32') checkFactor(scaleOf(inputs[0]) / scaleOf(output), complain)
}

/**
 * Bytes are copied or compared as they are, so the quantisation may not change: CONCATENATION demands
 * equality, pooling a difference of scales below 1e-6 (PoolingPrepare).
 */
export function checkSameQuantization(
  tolerance: number,
  { inputs, output }: Operands,
  complain: Complain,
): void {
  inputs.forEach((tensor, position) => {
    if (tensor?.dtype === 'int8') checkEqual(tensor, position, output, tolerance, complain)
  })
}

/** PADV2 demands that of the value it pads with, PAD and PADV2 nothing of their input (PadPrepare). */
export function checkPadValue({ inputs, output }: Operands, complain: Complain): void {
  const [, , value] = inputs
  if (value) checkEqual(value, 2, output, 0, complain)
}

function checkEqual(
  tensor: Tensor,
  position: number,
  output: Tensor,
  tolerance: number,
  complain: Complain,
): void {
  const near = Math.abs(scaleOf(tensor) - scaleOf(output)) <= tolerance
  if (near && zeroPointOf(tensor) === zeroPointOf(output)) return
  complain('TH3009', {
    position,
    inputScale: show(scaleOf(tensor)),
    inputZeroPoint: zeroPointOf(tensor),
    outputScale: show(scaleOf(output)),
    outputZeroPoint: zeroPointOf(output),
  })
}

/** CONCATENATION has no kernel with an activation (ConcatenationPrepare). */
export function checkNoActivation(activation: Activation, complain: Complain): void {
  if (activation !== 'none') complain('TH3018', { activation: activation.toUpperCase() })
}

/**
 * SOFTMAX and LOGISTIC produce [0, 1) at a fixed scale (CalculateSoftmaxParams); TFLite Micro checks
 * only the zero point of LOGISTIC (CalculateArithmeticOpDataLogistic), whose bytes are the same at any
 * scale.
 */
export function checkProbability(
  { output }: Operands,
  complain: Complain,
  scaleMatters = true,
): void {
  const [scale, zeroPoint] = [scaleOf(output), zeroPointOf(output)]
  if ((scaleMatters && scale !== 1 / 256) || zeroPoint !== -128) {
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
