// Turns a record of the shared test vectors into the call of a reference kernel.

import { addReferenceCall } from '../../kernels/add/op.ts'
import { averagePool2dReferenceCall } from '../../kernels/average_pool2d/op.ts'
import { planBroadcast } from '../../kernels/binary.ts'
import { conv2dReferenceCall } from '../../kernels/conv2d/op.ts'
import type { Convolution } from '../../kernels/convolution.ts'
import { depthwiseConv2dReferenceCall } from '../../kernels/depthwise_conv2d/op.ts'
import { fullyConnectedReferenceCall } from '../../kernels/fully_connected/op.ts'
import { maxPool2dReferenceCall } from '../../kernels/max_pool2d/op.ts'
import { mulReferenceCall } from '../../kernels/mul/op.ts'
import type { KernelCall } from '../../kernels/op.ts'
import type { Pool } from '../../kernels/pool.ts'
import type { QuantizedMultiplier } from '../../kernels/quantize.ts'
import type { Nhwc, WindowAxis } from '../../kernels/shape.ts'
import { softmaxReferenceCall } from '../../kernels/softmax/op.ts'

export interface VectorArray {
  readonly dtype: string
  readonly shape: readonly number[]
  /** base64 of little-endian elements. */
  readonly data: string
}

export interface VectorRecord {
  readonly id: string
  readonly op: string
  readonly params: Readonly<Record<string, unknown>>
  readonly arrays: Readonly<Record<string, VectorArray | null>>
}

const builders: Readonly<Record<string, (record: VectorRecord) => KernelCall>> = {
  conv2d: record => conv2dReferenceCall(convolutionOf(record)),
  depthwise_conv2d: record => depthwiseConv2dReferenceCall(convolutionOf(record)),
  fully_connected: fullyConnectedOf,
  average_pool2d: record => averagePool2dReferenceCall(poolOf(record)),
  max_pool2d: record => maxPool2dReferenceCall(poolOf(record)),
  softmax: softmaxOf,
  add: addOf,
  mul: mulOf,
}

/** int8 activations and unpacked 8-bit weights of an operator we have. */
export function isCovered(record: VectorRecord): boolean {
  const input = record.arrays['input'] ?? record.arrays['input1']
  const { weight_bits: weightBits = 8 } = record.params
  return (
    record.op in builders &&
    input?.dtype === 'int8' &&
    record.arrays['output']?.dtype === 'int8' &&
    weightBits === 8
  )
}

export function callOf(record: VectorRecord): KernelCall {
  return builders[record.op]!(record)
}

function number(record: VectorRecord, name: string): number {
  const value = record.params[name]
  if (typeof value !== 'number') throw new Error(`${record.id}: no number ${name}`)
  return value
}

function pair(record: VectorRecord, name: string): readonly [number, number] {
  return record.params[name] as readonly [number, number]
}

function shapeOf(record: VectorRecord, name: string): Nhwc {
  return record.arrays[name]!.shape as unknown as Nhwc
}

function int8(record: VectorRecord, name: string): Int8Array {
  return new Int8Array(Buffer.from(record.arrays[name]!.data, 'base64'))
}

function int32(record: VectorRecord, name: string): Int32Array {
  const bytes = new Uint8Array(Buffer.from(record.arrays[name]!.data, 'base64'))
  return new Int32Array(bytes.buffer)
}

function multipliersOf(record: VectorRecord): QuantizedMultiplier[] {
  const shifts = int32(record, 'shift')
  return Array.from(int32(record, 'multiplier'), (multiplier, i) => ({
    multiplier,
    shift: shifts[i]!,
  }))
}

function biasOf(record: VectorRecord, channels: number): Int32Array {
  return record.arrays['bias'] ? int32(record, 'bias') : new Int32Array(channels)
}

function activationOf(record: VectorRecord) {
  const [min, max] = pair(record, 'activation')
  return { min, max }
}

/** Both axes; padding is what lies in front. */
function axesOf(
  record: VectorRecord,
  input: Nhwc,
  taps: readonly [number, number],
): { vertical: WindowAxis; horizontal: WindowAxis } {
  const stride = pair(record, 'stride')
  const before = pair(record, 'padding')
  const dilation = (record.params['dilation'] ?? [1, 1]) as readonly [number, number]
  const axis = (i: 0 | 1): WindowAxis => ({
    input: input[i + 1]!,
    taps: taps[i],
    stride: stride[i],
    dilation: dilation[i],
    before: before[i],
  })
  return { vertical: axis(0), horizontal: axis(1) }
}

function convolutionOf(record: VectorRecord): Convolution {
  const weightsShape = shapeOf(record, 'weights')
  const [input, output] = [shapeOf(record, 'input'), shapeOf(record, 'output')]
  return {
    input,
    output,
    weightsShape,
    weights: int8(record, 'weights'),
    bias: biasOf(record, output[3]),
    ...axesOf(record, input, [weightsShape[1], weightsShape[2]]),
    inputZeroPoint: -number(record, 'input_offset'),
    outputZeroPoint: number(record, 'output_offset'),
    activation: activationOf(record),
    multipliers: multipliersOf(record),
  }
}

function fullyConnectedOf(record: VectorRecord): KernelCall {
  const [units, depth] = shapeOf(record, 'weights') as unknown as readonly [number, number]
  const elements = record.arrays['input']!.shape.reduce((product, extent) => product * extent, 1)
  return fullyConnectedReferenceCall({
    vectors: elements / depth,
    depth,
    units,
    weights: int8(record, 'weights'),
    bias: biasOf(record, units),
    inputZeroPoint: -number(record, 'input_offset'),
    weightsZeroPoint: -number(record, 'filter_offset'),
    outputZeroPoint: number(record, 'output_offset'),
    activation: activationOf(record),
    multipliers: multipliersOf(record),
  })
}

function poolOf(record: VectorRecord): Pool {
  const input = shapeOf(record, 'input')
  return {
    input,
    output: shapeOf(record, 'output'),
    ...axesOf(record, input, pair(record, 'filter')),
    activation: activationOf(record),
  }
}

function softmaxOf(record: VectorRecord): KernelCall {
  const [rows, depth] = shapeOf(record, 'input') as unknown as readonly [number, number]
  return softmaxReferenceCall({
    rows,
    depth,
    multiplier: number(record, 'multiplier'),
    leftShift: number(record, 'left_shift'),
    diffMin: number(record, 'diff_min'),
  })
}

function planOf(record: VectorRecord) {
  const shapes = ['input1', 'input2', 'output'].map(name => record.arrays[name]!.shape)
  return planBroadcast(shapes[0]!, shapes[1]!, shapes[2]!)!
}

function addOf(record: VectorRecord): KernelCall {
  const factor = (name: string): QuantizedMultiplier => ({
    multiplier: number(record, `${name}_mult`),
    shift: number(record, `${name}_shift`),
  })
  return addReferenceCall(planOf(record), {
    aZeroPoint: -number(record, 'input1_offset'),
    bZeroPoint: -number(record, 'input2_offset'),
    outputZeroPoint: number(record, 'output_offset'),
    leftShift: number(record, 'left_shift'),
    a: factor('input1'),
    b: factor('input2'),
    output: factor('output'),
    activation: activationOf(record),
  })
}

function mulOf(record: VectorRecord): KernelCall {
  return mulReferenceCall(planOf(record), {
    aZeroPoint: -number(record, 'input1_offset'),
    bZeroPoint: -number(record, 'input2_offset'),
    outputZeroPoint: number(record, 'output_offset'),
    factor: {
      multiplier: number(record, 'output_mult'),
      shift: number(record, 'output_shift'),
    },
    activation: activationOf(record),
  })
}
