// Bounds on the int32 sums of an operator: models whose sums could overflow must be refused.

import { inputOf, int8Values, zeroPointOf } from './call.ts'
import { biasOf } from './convolution.ts'
import type { OpContext, TensorInfo } from './op.ts'
import { elementCount } from './shape.ts'

export interface AccumulatorBound {
  /** Largest magnitude any partial sum can reach, whatever the input. */
  readonly bound: number
  /** The output channel that reaches it; 0 for operators that treat all alike. */
  readonly channel: number
}

/** Sums at or above this do not fit int32. */
export const accumulatorLimit = 2 ** 31

/** Largest |q - zero point| of an int8 tensor. */
function largestCentred(tensor: TensorInfo): number {
  const zeroPoint = zeroPointOf(tensor)
  return Math.max(127 - zeroPoint, zeroPoint + 128)
}

/**
 * The worst channel of |bias| + sum |w - zero point| * max |x - zero point|. `channelOf` maps a weight's
 * position to its output channel.
 */
function weightedBound(
  context: OpContext,
  channels: number,
  channelOf: (position: number) => number,
): AccumulatorBound {
  const weights = inputOf(context, 1)
  const weightsZeroPoint = zeroPointOf(weights)
  const sums = new Float64Array(channels)
  int8Values(weights).forEach((w, position) => {
    const channel = channelOf(position)
    sums[channel] = sums[channel]! + Math.abs(w - weightsZeroPoint)
  })
  const biases = biasOf(context, channels)
  const largest = largestCentred(inputOf(context, 0))
  let worst: AccumulatorBound = { bound: 0, channel: 0 }
  sums.forEach((sum, channel) => {
    const bound = Math.abs(biases[channel] ?? 0) + sum * largest
    if (bound > worst.bound) worst = { bound, channel }
  })
  return worst
}

/** null for operators that accumulate nothing. */
export function accumulatorBound(context: OpContext): AccumulatorBound | null {
  const { attributes } = context
  switch (attributes.kind) {
    case 'conv2d':
    case 'fully_connected': {
      const { shape } = inputOf(context, 1)
      const channels = shape[0]!
      const perChannel = elementCount(shape) / channels
      return weightedBound(context, channels, position => Math.floor(position / perChannel))
    }
    case 'depthwise_conv2d': {
      const channels = inputOf(context, 1).shape[3]!
      return weightedBound(context, channels, position => position % channels)
    }
    case 'average_pool2d':
      // Half the count is added before the division.
      return { bound: attributes.filterH * attributes.filterW * 128.5, channel: 0 }
    case 'mean': {
      const counted = elementCount(inputOf(context, 0).shape) / outputCount(context)
      return { bound: counted * 256, channel: 0 }
    }
    case 'softmax':
      // Each exponential is at most 1, which is 2^19 in Q12.
      return { bound: inputOf(context, 0).shape.at(-1)! * 2 ** 19, channel: 0 }
    default:
      return null
  }
}

function outputCount(context: OpContext): number {
  return elementCount(context.outputs[0]?.shape ?? [])
}

/** The refusal of an operator whose sums could leave int32, or null. */
export function accumulatorProblem(context: OpContext): string | null {
  const worst = accumulatorBound(context)
  if (worst === null || worst.bound < accumulatorLimit) return null
  return `its int32 sum could reach ${worst.bound} in output channel ${worst.channel}, beyond ${accumulatorLimit - 1}`
}
