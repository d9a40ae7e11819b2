// MEAN over pixels, int8, four channels at a time.

import { min } from '../../runtime/lang/math.ts'
import { requantize } from '../../runtime/lang/requantize.ts'
import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'

export interface MeanOfPixelsParams {
  readonly pixels: i32
  readonly channels: i32
  /** Input zero point times the number of pixels. */
  readonly inputOffset: i32
  /** The division by the number of pixels is part of the multiplier. */
  readonly multiplier: i32
  readonly shift: i32
  readonly outputZeroPoint: i32
}

/** An output element. */
function rescaled(sum: i32, p: MeanOfPixelsParams): i8 {
  const centred: i32 = sum - p.inputOffset
  return requantize(centred, p.multiplier, p.shift, p.outputZeroPoint, -128, 127)
}

/**
 * (TFLite reference_ops::QuantizedMeanOrSum.) input: [pixels, channels] int8; output: [channels] int8;
 * at least 4 channels. The last four may overlap those before.
 */
export function meanPixels(input: ConstPtr<i8>, output: Ptr<i8>, p: MeanOfPixelsParams): void {
  const channels: i32 = p.channels
  for (let block: i32 = 0; block < channels; block += 4) {
    const channel: i32 = min(block, channels - 4)
    let from: ConstPtr<i8> = input.offset(channel)
    let sum0: i32 = 0
    let sum1: i32 = 0
    let sum2: i32 = 0
    let sum3: i32 = 0
    for (let left: i32 = p.pixels; left > 0; left--) {
      sum0 += from[0]
      sum1 += from[1]
      sum2 += from[2]
      sum3 += from[3]
      from = from.offset(channels)
    }
    output[channel] = rescaled(sum0, p)
    output[channel + 1] = rescaled(sum1, p)
    output[channel + 2] = rescaled(sum2, p)
    output[channel + 3] = rescaled(sum3, p)
  }
}
