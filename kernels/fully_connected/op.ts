// FULLY_CONNECTED: which kernel calls it becomes, and what it asks of its tensors.

import { accumulatorProblem } from '../accumulator.ts'
import {
  biasArg,
  inputArg,
  inputOf,
  int8Values,
  kernelCall,
  outputArg,
  outputOf,
  paramsArg,
  scalarArg,
  scaleOf,
  scratchArg,
  weightsArg,
  zeroPointOf,
} from '../call.ts'
import { biasOf, multiplierArgs, multipliersOf } from '../convolution.ts'
import { gemmForm, gemmParams, gemmStatics } from '../conv2d/gemm.ts'
import { gemmCounts } from '../gemm/counts.ts'
import { columnBytes, gemmWeights, sumRanges, type Gemm } from '../gemm/pack.ts'
import { defineOp, type KernelCall, type OpContext, type Optimize } from '../op.ts'
import { activationRange } from '../quantize.ts'
import { positiveMultipliers, shortForm, type ShortForm } from '../requantization.ts'
import { elementCount } from '../shape.ts'
import { fullyConnectedCases } from './cases.ts'
import type { FullyConnected } from './layer.ts'
import { portableCall } from './portable.ts'

function readFullyConnected(context: OpContext<'fully_connected'>): FullyConnected {
  const [x, w, y] = [inputOf(context, 0), inputOf(context, 1), outputOf(context)]
  const [units, depth] = w.shape as readonly [number, number]
  return {
    vectors: elementCount(x.shape) / depth,
    depth,
    units,
    weights: int8Values(w),
    bias: biasOf(context, units),
    inputZeroPoint: zeroPointOf(x),
    weightsZeroPoint: zeroPointOf(w),
    outputZeroPoint: zeroPointOf(y),
    activation: activationRange(context.attributes.activation, scaleOf(y), zeroPointOf(y)),
    multipliers: multipliersOf(context),
  }
}

/** The call of the reference kernel, weights as TFLite stores them. */
export function fullyConnectedReferenceCall(f: FullyConnected): KernelCall {
  const { vectors, depth, units } = f
  return kernelCall({
    kernel: 'fully_connected/reference',
    entry: 'fullyConnected',
    args: [
      inputArg(0, depth),
      weightsArg(f.weights),
      biasArg(f.bias),
      ...multiplierArgs(f.multipliers),
      outputArg(units),
      paramsArg('FullyConnectedParams', {
        depth,
        units,
        inputZeroPoint: f.inputZeroPoint,
        weightsZeroPoint: f.weightsZeroPoint,
        outputZeroPoint: f.outputZeroPoint,
        perChannel: f.multipliers.length > 1 ? 1 : 0,
        activationMin: f.activation.min,
        activationMax: f.activation.max,
      }),
    ],
    batches: vectors,
    macs: vectors * depth * units,
  })
}

function readPositive(context: OpContext<'fully_connected'>): FullyConnected {
  const f = readFullyConnected(context)
  return positiveMultipliers(f, position => Math.floor(position / f.depth))
}

function gemmOf(f: FullyConnected): Gemm {
  const { units, depth, weights, bias, inputZeroPoint } = f
  return { channels: units, depth, weights, bias, inputZeroPoint }
}

/** Null when it is no matrix product of the DSP extension. */
function fullyConnectedForm(f: FullyConnected): ShortForm | null {
  return f.weightsZeroPoint === 0 ? shortForm(f, sumRanges(gemmOf(f))) : null
}

/** The vectors are the pixels of one row. */
function fullyConnectedGemmCall(f: FullyConnected, optimize?: Optimize): KernelCall {
  const [gemm, short] = [gemmOf(f), fullyConnectedForm(f)]
  if (short === null) throw new Error('not a matrix product')
  const form = gemmForm(gemm, f, short, optimize)
  const { vectors, depth, units } = f
  return kernelCall({
    kernel: 'conv2d/pointwise',
    entry: 'pointwise',
    args: [
      inputArg(0),
      gemmWeights(gemm, form),
      outputArg(0),
      scratchArg(),
      paramsArg('PointwiseParams', {
        outputWidth: vectors,
        inputRowElements: vectors * depth,
        outputRowElements: vectors * units,
        pixelStep: depth,
        strideH: 1,
        isContiguous: 1,
      }),
      gemmParams(gemm, f),
      ...[1, 1, 0, 1].map(scalarArg),
    ],
    statics: gemmStatics(form, gemm, optimize),
    macs: vectors * depth * units,
    scratchBytes: columnBytes(depth, vectors),
    counts: { rows: 1, ...gemmCounts(gemm, form, vectors >> 1, vectors % 2) },
  })
}

export const fullyConnected = defineOp({
  kind: 'fully_connected',
  tflite: ['FULLY_CONNECTED'],
  problem: accumulatorProblem,
  variants: [
    {
      name: 'dsp',
      requires: 'dsp',
      when: context => fullyConnectedForm(readPositive(context)) !== null,
      lower: (context, _strip, optimize) => [
        fullyConnectedGemmCall(readPositive(context), optimize),
      ],
      inPlace: () => [],
      rows: null,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => zeroPointOf(inputOf(context, 1)) === 0,
      lower: context => [portableCall(readFullyConnected(context))],
      inPlace: () => [],
      rows: null,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [fullyConnectedReferenceCall(readFullyConnected(context))],
      inPlace: () => [],
      rows: null,
    },
  ],
  cases: fullyConnectedCases,
})
