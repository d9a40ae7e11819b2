// MEAN over pixels, int8, with packed sums: eight channels at a time.

import { smmulr, ssat8, sxtab16, sxtab16Ror8 } from '../../runtime/lang/dsp.ts'
import { min } from '../../runtime/lang/math.ts'
import { i8, wrapI16, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'

export interface MeanPixelsParams {
  readonly pixels: i32
  readonly channels: i32
  /** Minus the input zero point times the number of pixels. */
  readonly start: i32
  /** The division by the number of pixels is part of the multiplier. */
  readonly multiplier: i32
  /** To the right, 1 to 22. */
  readonly shift: i32
  /** Output zero point and half a step, shifted to the left by `shift`. */
  readonly rounding: i32
}

/** Pixels whose sum fits 16 bits. */
const MOST_PIXELS: i32 = 256

/**
 * A sum less the zero points as int8, rounded twice as TFLite rounds: the product of twice the sum is
 * rounded by the instruction, its shift by adding half a step, less one for negative products.
 *
 * @inline
 */
function rescaled(sum: i32, p: MeanPixelsParams): i8 {
  const product: i32 = smmulr(sum * 2, p.multiplier)
  return i8(ssat8((product + (product >> 31) + p.rounding) >> p.shift))
}

/**
 * (TFLite reference_ops::QuantizedMeanOrSum.) input: [pixels, channels] int8; output: [channels] int8;
 * at least 8 channels. The last eight may overlap those before.
 */
export function meanPixels(input: ConstPtr<i8>, output: Ptr<i8>, p: MeanPixelsParams): void {
  const channels: i32 = p.channels
  for (let block: i32 = 0; block < channels; block += 8) {
    const channel: i32 = min(block, channels - 8)
    let from: ConstPtr<i8> = input.offset(channel)
    let sum0: i32 = p.start
    let sum1: i32 = p.start
    let sum2: i32 = p.start
    let sum3: i32 = p.start
    let sum4: i32 = p.start
    let sum5: i32 = p.start
    let sum6: i32 = p.start
    let sum7: i32 = p.start
    for (let pixel: i32 = 0; pixel < p.pixels; pixel += MOST_PIXELS) {
      let even: i32 = 0
      let odd: i32 = 0
      let even4: i32 = 0
      let odd4: i32 = 0
      for (let left: i32 = min(p.pixels - pixel, MOST_PIXELS); left > 0; left--) {
        const word: i32 = from.loadWordUnaligned(0)
        const word4: i32 = from.loadWordUnaligned(4)
        from = from.offset(channels)
        even = sxtab16(even, word)
        odd = sxtab16Ror8(odd, word)
        even4 = sxtab16(even4, word4)
        odd4 = sxtab16Ror8(odd4, word4)
      }
      sum0 += wrapI16(even)
      sum1 += wrapI16(odd)
      sum2 += even >> 16
      sum3 += odd >> 16
      sum4 += wrapI16(even4)
      sum5 += wrapI16(odd4)
      sum6 += even4 >> 16
      sum7 += odd4 >> 16
    }
    const out: Ptr<i8> = output.offset(channel)
    out[0] = rescaled(sum0, p)
    out[1] = rescaled(sum1, p)
    out[2] = rescaled(sum2, p)
    out[3] = rescaled(sum3, p)
    out[4] = rescaled(sum4, p)
    out[5] = rescaled(sum5, p)
    out[6] = rescaled(sum6, p)
    out[7] = rescaled(sum7, p)
  }
}
