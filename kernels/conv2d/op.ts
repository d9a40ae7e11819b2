// CONV_2D: which kernel calls it becomes, and what it asks of its tensors.

import { accumulatorProblem } from '../accumulator.ts'
import {
  biasArg,
  inputArg,
  kernelCall,
  outputArg,
  paramsArg,
  rowArgs,
  weightsArg,
} from '../call.ts'
import {
  convolutionColumns,
  convolutionFields,
  convolutionRows,
  multiplierArgs,
  readConvolution,
  type Convolution,
} from '../convolution.ts'
import { defineOp, type KernelCall } from '../op.ts'
import { elementCount } from '../shape.ts'
import { rowPlaces } from '../strip.ts'
import { conv2dCases } from './cases.ts'
import { im2colCall, isGemm, isPointwise, pointwiseCall } from './gemm.ts'
import { isLines, linesCall } from './lines.ts'
import { isProduct, portableCall } from './portable.ts'

/** The call of the reference kernel, weights as TFLite stores them. */
export function conv2dReferenceCall(c: Convolution): KernelCall {
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight, kernelWidth, groupChannels] = c.weightsShape
  const places = rowPlaces(c)
  return kernelCall({
    kernel: 'conv2d/reference',
    entry: 'conv2d',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      weightsArg(c.weights),
      biasArg(c.bias),
      ...multiplierArgs(c.multipliers),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      paramsArg('Conv2dParams', {
        inputHeight,
        inputWidth,
        inputChannels,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputChannels,
        outputRowElements: places.output.rowElements,
        kernelHeight,
        kernelWidth,
        groupChannels,
        groupOutputs: (outputChannels * groupChannels) / inputChannels,
        ...convolutionFields(c),
      }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * kernelHeight * kernelWidth * groupChannels,
  })
}

export const conv2d = defineOp({
  kind: 'conv2d',
  tflite: ['CONV_2D'],
  problem: accumulatorProblem,
  variants: [
    {
      name: 'pointwise',
      requires: 'dsp',
      when: context => isPointwise(readConvolution(context)),
      lower: (context, strip, optimize) => [
        pointwiseCall(readConvolution(context, strip), optimize),
      ],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'lines',
      requires: 'dsp',
      when: context => isLines(readConvolution(context)),
      // Its weights are int16, and each shape is a form of its own.
      suits: (_context, optimize) => optimize !== 'size',
      lower: (context, strip) => [linesCall(readConvolution(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'im2col',
      requires: 'dsp',
      // A window of one pixel is gathered for nothing.
      when: context => isGemm(readConvolution(context)) && !isPointwise(readConvolution(context)),
      lower: (context, strip, optimize) => [im2colCall(readConvolution(context, strip), optimize)],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => isProduct(readConvolution(context)),
      lower: (context, strip) => [portableCall(readConvolution(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [conv2dReferenceCall(readConvolution(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
  ],
  cases: conv2dCases,
})
