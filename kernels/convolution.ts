// What CONV_2D and DEPTHWISE_CONV_2D share: geometry, quantisation, constants and their rules.

import {
  constantArg,
  inputOf,
  int32Values,
  int8Values,
  outputOf,
  scaleOf,
  zeroPointOf,
} from './call.ts'
import type { KernelArg, OpContext, RowWindow } from './op.ts'
import {
  activationRange,
  convolutionMultipliers,
  type QuantizedMultiplier,
  type Range,
} from './quantize.ts'
import { nhwc, tapsInside, windowAxes, type Nhwc, type WindowAxis } from './shape.ts'

type ConvolutionContext = OpContext<'conv2d' | 'depthwise_conv2d'>

/** A convolution in the integers its kernels see; lowering needs nothing else. */
export interface Convolution {
  readonly input: Nhwc
  readonly output: Nhwc
  /** As TFLite stores them: OHWI, depthwise 1HWO. */
  readonly weightsShape: Nhwc
  readonly weights: Int8Array
  /** Zeros when the operator has none. */
  readonly bias: Int32Array
  readonly vertical: WindowAxis
  readonly horizontal: WindowAxis
  readonly inputZeroPoint: number
  readonly outputZeroPoint: number
  readonly activation: Range
  /** One, or one per output channel. */
  readonly multipliers: readonly QuantizedMultiplier[]
}

export function readConvolution(context: ConvolutionContext): Convolution {
  const [x, w, y] = [inputOf(context, 0), inputOf(context, 1), outputOf(context)]
  const bias = context.inputs[2]
  return {
    input: nhwc(x),
    output: nhwc(y),
    weightsShape: nhwc(w),
    weights: int8Values(w),
    bias: bias === undefined || bias === null ? new Int32Array(nhwc(y)[3]) : int32Values(bias),
    ...axesOf(context),
    inputZeroPoint: zeroPointOf(x),
    outputZeroPoint: zeroPointOf(y),
    activation: activationRange(context.attributes.activation, scaleOf(y), zeroPointOf(y)),
    multipliers: multipliersOf(context),
  }
}

function axesOf(context: ConvolutionContext): Pick<Convolution, 'vertical' | 'horizontal'> {
  const [, kernelHeight, kernelWidth] = nhwc(inputOf(context, 1))
  const [input, output] = [nhwc(inputOf(context, 0)), nhwc(outputOf(context))]
  return windowAxes(context.attributes, input, [kernelHeight, kernelWidth], output)
}

function multipliersOf(context: ConvolutionContext): readonly QuantizedMultiplier[] {
  const { scale } = inputOf(context, 1)
  return convolutionMultipliers(scaleOf(inputOf(context, 0)), scale, scaleOf(outputOf(context)))
}

/** Input rows that output row `row` reads. */
export function convolutionRows(context: ConvolutionContext, row: number): RowWindow {
  return tapsInside(axesOf(context).vertical, row)
}

/** The constant tables of rescaling factors. */
export function multiplierArgs(multipliers: readonly QuantizedMultiplier[]): readonly KernelArg[] {
  return [
    constantArg(
      'multiplier',
      'i32',
      multipliers.map(m => m.multiplier),
    ),
    constantArg(
      'shift',
      'i32',
      multipliers.map(m => m.shift),
    ),
  ]
}

/** Fields that both params structs end with. */
export function convolutionFields(c: Convolution): Readonly<Record<string, number>> {
  return {
    strideH: c.vertical.stride,
    strideW: c.horizontal.stride,
    dilationH: c.vertical.dilation,
    dilationW: c.horizontal.dilation,
    padTop: c.vertical.before,
    padLeft: c.horizontal.before,
    inputZeroPoint: c.inputZeroPoint,
    outputZeroPoint: c.outputZeroPoint,
    perChannel: c.multipliers.length > 1 ? 1 : 0,
    activationMin: c.activation.min,
    activationMax: c.activation.max,
  }
}
