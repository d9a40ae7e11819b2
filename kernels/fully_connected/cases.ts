// Shapes and values every FULLY_CONNECTED variant must pass.

import { activationTensor, weightedTensors, type WeightedOptions } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

export interface FullyConnectedSpec extends WeightedOptions {
  readonly input: readonly number[]
  readonly depth: number
  readonly units: number
  readonly keepNumDims?: boolean
}

/** A case of these shapes; tests make random ones with it too. */
export function fullyConnectedCase(
  name: string,
  spec: FullyConnectedSpec,
): OpCase<'fully_connected'> {
  const { depth, units, keepNumDims = false } = spec
  const vectors = spec.input.reduce((product, extent) => product * extent, 1) / depth
  const tensors = weightedTensors([units, depth], 0, depth, { perChannel: false, ...spec })
  const outputShape = keepNumDims ? [...spec.input.slice(0, -1), units] : [vectors, units]
  return {
    name,
    context: {
      attributes: {
        kind: 'fully_connected',
        activation: spec.activation ?? 'none',
        keepNumDims,
      },
      inputs: [
        activationTensor(spec.input, tensors.inputScale, spec.inputZeroPoint ?? 3),
        tensors.weights,
        tensors.bias,
      ],
      outputs: [activationTensor(outputShape, tensors.outputScale, spec.outputZeroPoint ?? -5)],
    },
  }
}

export const fullyConnectedCases: readonly OpCase<'fully_connected'>[] = [
  fullyConnectedCase('1 to 1', { input: [1, 1], depth: 1, units: 1 }),
  fullyConnectedCase('64 to 12', { input: [1, 64], depth: 64, units: 12 }),
  fullyConnectedCase('odd depth and units', { input: [1, 37], depth: 37, units: 5 }),
  fullyConnectedCase('depth 3', { input: [1, 3], depth: 3, units: 16 }),
  fullyConnectedCase('a batch of 5 vectors', { input: [5, 20], depth: 20, units: 7 }),
  fullyConnectedCase('an image flattened', { input: [1, 2, 3, 4], depth: 24, units: 5 }),
  fullyConnectedCase('keeps the dimensions', {
    input: [2, 3, 8],
    depth: 8,
    units: 5,
    keepNumDims: true,
  }),
  fullyConnectedCase('per-channel weights', {
    input: [2, 33],
    depth: 33,
    units: 9,
    perChannel: true,
  }),
  fullyConnectedCase('no bias', { input: [1, 16], depth: 16, units: 4, bias: 'none' }),
  fullyConnectedCase('biases of 2^29', { input: [1, 16], depth: 16, units: 8, bias: 'large' }),
  fullyConnectedCase('relu with zero points -128', {
    input: [1, 40],
    depth: 40,
    units: 10,
    activation: 'relu',
    inputZeroPoint: -128,
    outputZeroPoint: -128,
  }),
  fullyConnectedCase('relu6 with zero points 127 and -128', {
    input: [1, 40],
    depth: 40,
    units: 10,
    activation: 'relu6',
    inputZeroPoint: 127,
    outputZeroPoint: -128,
  }),
  fullyConnectedCase('relu_n1_to_1', {
    input: [1, 40],
    depth: 40,
    units: 10,
    activation: 'relu_n1_to_1',
    outputZeroPoint: 20,
  }),
  fullyConnectedCase('a factor above 1', {
    input: [1, 3],
    depth: 3,
    units: 9,
    weightRange: 2,
    factor: 3.2,
  }),
  fullyConnectedCase('a factor below 2^-32, which counts as 0', {
    input: [1, 8],
    depth: 8,
    units: 4,
    factor: 2 ** -34,
    bias: 'large',
  }),
]
