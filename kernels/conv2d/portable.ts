// CONV_2D as a matrix product without SIMD: when it is one, and its calls.

import { inputArg, kernelCall, outputArg, paramsArg, rowArgs, scratchArg } from '../call.ts'
import type { Convolution } from '../convolution.ts'
import type { KernelArg, KernelCall } from '../op.ts'
import {
  groupsOf,
  packProduct,
  productArgs,
  type PackedProduct,
  productCounts,
} from '../pairs/pack.ts'
import type { Product } from '../pairs/forms.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'

/** The matrix product of a convolution without groups and its constants; null when it has none. */
function convolutionProduct(c: Convolution): (Product & PackedProduct) | null {
  const [channels, kernelHeight, kernelWidth, groupChannels] = c.weightsShape
  if (groupChannels !== c.input[3]) return null
  const depth = kernelHeight * kernelWidth * groupChannels
  const { weights, bias, inputZeroPoint } = c
  const product = { channels, depth, weights, bias, inputZeroPoint }
  const packed = packProduct(product, c)
  return packed === null ? null : { ...product, ...packed }
}

export function isProduct(c: Convolution): boolean {
  return convolutionProduct(c) !== null
}

/** Windows of one pixel, all inside the image. */
function isPointwise({ vertical, horizontal, output }: Convolution): boolean {
  const inside = (axis: typeof vertical, outputs: number): boolean =>
    axis.taps === 1 && axis.before === 0 && (outputs - 1) * axis.stride < axis.input
  return inside(vertical, output[1]) && inside(horizontal, output[2])
}

export function portableCall(c: Convolution): KernelCall {
  const product = convolutionProduct(c)
  if (product === null) throw new Error('not a matrix product')
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const places = rowPlaces(c)
  const groups = groupsOf(product.depth)
  const pointwise = isPointwise(c)
  const pairs = outputHeight * Math.ceil(outputWidth / 2)
  const { counts, runCounts } = productCounts(
    product,
    outputHeight,
    outputWidth,
    pointwise && isContiguous(c),
  )
  return kernelCall({
    kernel: 'conv2d/portable',
    entry: pointwise ? 'pointwise' : 'windows',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      ...productArgs(product),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      scratchArg(),
      convolutionParams(c),
      paramsArg('PairsParams', {
        depth: product.depth,
        groups,
        channels: outputChannels,
        half: 2 ** 15,
        activationMin: c.activation.min,
        activationMax: c.activation.max,
      }),
      ...rowArgs([0]),
    ],
    statics: product.statics,
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * product.depth,
    counts: {
      ...counts,
      outputs: elementCount(c.output),
      ...(pointwise ? {} : { windowLines: pairs * c.vertical.taps }),
    },
    runCounts,
    // Behind the words of four pixels, zero points for one.
    scratchBytes: 32 * groups + (pointwise ? 0 : Math.ceil(inputChannels / 4) * 4),
  })
}

/** Rows of pixels follow each other without a gap, on both sides. */
function isContiguous(c: Convolution): boolean {
  const { input, output } = rowPlaces(c)
  const width = c.output[2]
  return (
    c.vertical.stride === 1 &&
    c.horizontal.stride === 1 &&
    input.rowElements === width * c.input[3] &&
    output.rowElements === width * c.output[3]
  )
}

function convolutionParams(c: Convolution): KernelArg {
  const [, inputHeight, inputWidth, inputChannels] = c.input
  const [, , outputWidth] = c.output
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const places = rowPlaces(c)
  return paramsArg('PortableConvParams', {
    inputHeight,
    inputWidth,
    inputChannels,
    inputRowElements: places.input.rowElements,
    outputWidth,
    outputRowElements: places.output.rowElements,
    kernelHeight,
    kernelWidth,
    strideH: c.vertical.stride,
    strideW: c.horizontal.stride,
    dilationH: c.vertical.dilation,
    dilationW: c.horizontal.dilation,
    padTop: c.vertical.before,
    padLeft: c.horizontal.before,
    inputZeroPoint: c.inputZeroPoint,
    isContiguous: isContiguous(c) ? 1 : 0,
  })
}
