// The short form of requantisation: which channels allow it, and the constants it needs.

import type { Convolution } from './convolution.ts'

/**
 * Constants of an output channel for `requantizeShort` (runtime/lang/requantize.ts):
 * ((h + h >> 31) + (2 * zero point + 1) << (shift - 1)) >> shift with h = acc * M / 2^31, rounded.
 */
export interface ShortChannel {
  /** 2 * M - 2^32, for the multiplier M in Q31. */
  readonly factor: number
  /** To the right, 1 to 22. */
  readonly shift: number
  /** The output is the zero point whatever the sum, and weights and bias have to be taken as 0. */
  readonly constant: boolean
}

export interface ShortForm {
  readonly channels: readonly ShortChannel[]
  /**
   * 1: the lower clamp lies below the zero point, so that negative sums must be rounded as TFLite does,
   * ties away from zero; 0: they end at the clamp however they are rounded.
   */
  readonly isSigned: 0 | 1
  /** 1: the range is narrower than int8. */
  readonly isClamped: 0 | 1
}

/** Beyond it zero point and rounding shifted to the left leave too few bits to the sum. */
const largestShift = 22

/**
 * Null when some channel needs the general form: a factor of 0.5 or more, or sums that leave no room.
 * `bounds`: the largest magnitude of each channel's sum, bias included.
 */
export function shortForm(
  c: Pick<Convolution, 'multipliers' | 'outputZeroPoint' | 'activation'>,
  bounds: ArrayLike<number>,
): ShortForm | null {
  const channels: ShortChannel[] = []
  for (let channel = 0; channel < bounds.length; channel++) {
    const { multiplier, shift } = c.multipliers[c.multipliers.length > 1 ? channel : 0]!
    const right = -shift
    // |h| <= bound: less than half a unit after the shift comes to nothing.
    if (multiplier === 0 || (right >= 1 && bounds[channel]! < 2 ** (right - 1))) {
      channels.push({ factor: -(2 ** 31), shift: 1, constant: true })
      continue
    }
    const offset = (2 * Math.abs(c.outputZeroPoint) + 1) * 2 ** (right - 1)
    const short = multiplier >= 2 ** 30 && right >= 1 && right <= largestShift
    if (!short || bounds[channel]! + offset >= 2 ** 31 - 1) return null
    channels.push({ factor: 2 * multiplier - 2 ** 32, shift: right, constant: false })
  }
  return {
    channels,
    isSigned: c.activation.min < c.outputZeroPoint ? 1 : 0,
    isClamped: c.activation.min > -128 || c.activation.max < 127 ? 1 : 0,
  }
}
