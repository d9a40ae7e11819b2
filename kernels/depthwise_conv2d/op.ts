// DEPTHWISE_CONV_2D: which kernel calls it becomes, and what it asks of its tensors.

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
import { depthwiseConv2dCases } from './cases.ts'
import { depthwiseDspCall, depthwiseDspFits } from './dsp.ts'
import { depthwiseGroupsCall } from './groups.ts'
import { isShort } from './pack.ts'
import { trimTaps } from './trim.ts'
import { isPortable, portableCall } from './portable.ts'

/** The call of the reference kernel, weights as TFLite stores them. */
export function depthwiseConv2dReferenceCall(c: Convolution): KernelCall {
  const [batches, inputHeight, inputWidth, inputChannels] = c.input
  const [, outputHeight, outputWidth, outputChannels] = c.output
  const [, kernelHeight, kernelWidth] = c.weightsShape
  const places = rowPlaces(c)
  return kernelCall({
    kernel: 'depthwise_conv2d/reference',
    entry: 'depthwiseConv2d',
    args: [
      inputArg(0, inputHeight * inputWidth * inputChannels, places.input.offset),
      weightsArg(c.weights),
      biasArg(c.bias),
      ...multiplierArgs(c.multipliers),
      outputArg(outputHeight * outputWidth * outputChannels, places.output.offset),
      paramsArg('DepthwiseConv2dParams', {
        inputHeight,
        inputWidth,
        inputChannels,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputChannels,
        outputRowElements: places.output.rowElements,
        depthMultiplier: outputChannels / inputChannels,
        kernelHeight,
        kernelWidth,
        ...convolutionFields(c),
      }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: outputHeight,
    macs: elementCount(c.output) * kernelHeight * kernelWidth,
  })
}

export const depthwiseConv2d = defineOp({
  kind: 'depthwise_conv2d',
  tflite: ['DEPTHWISE_CONV_2D'],
  problem: accumulatorProblem,
  variants: [
    {
      name: 'groups',
      requires: 'dsp',
      when: context => depthwiseDspFits(readConvolution(context)),
      suits: (context, optimize) =>
        optimize !== 'size' && isShort(trimTaps(readConvolution(context))),
      isRoomy: true,
      lower: (context, strip) => [depthwiseGroupsCall(readConvolution(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'dsp',
      requires: 'dsp',
      when: context => depthwiseDspFits(readConvolution(context)),
      lower: (context, strip, optimize) => [
        depthwiseDspCall(readConvolution(context, strip), optimize),
      ],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => isPortable(readConvolution(context)),
      lower: (context, strip) => [portableCall(readConvolution(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: (context, strip) => [depthwiseConv2dReferenceCall(readConvolution(context, strip))],
      inPlace: () => [],
      rows: (context, _index, row) => convolutionRows(context, row),
      columns: convolutionColumns,
    },
  ],
  cases: depthwiseConv2dCases,
})
