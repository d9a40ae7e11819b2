// MEAN over height and width, int8, fed with rows as they come, with packed sums.

import { smmulr, ssat8 } from '../../runtime/lang/dsp.ts'
import { min } from '../../runtime/lang/math.ts'
import { i8, wrapI16, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'
import { addPixels } from '../average_pool2d/packed_sums.kernel.ts'

export interface MeanPackedRowsParams {
  readonly height: i32
  readonly width: i32
  readonly channels: i32
  /** Minus the input zero point times the number of elements averaged. */
  readonly start: i32
  /** The division by the count is part of the multiplier. */
  readonly multiplier: i32
  /** To the right, 1 to 22. */
  readonly shift: i32
  /** Output zero point and half a step, shifted to the left by `shift`. */
  readonly rounding: i32
}

/**
 * A sum as int8, rounded as `mean/dsp` rounds.
 *
 * @inline
 */
function rescaled(sum: i32, p: MeanPackedRowsParams): i8 {
  const product: i32 = smmulr((sum + p.start) * 2, p.multiplier)
  return i8(ssat8((product + (product >> 31) + p.rounding) >> p.shift))
}

/** Four means of sums in halves: of channels 0 and 2, and of channels 1 and 3. */
function storeFour(out: Ptr<i8>, even: i32, odd: i32, p: MeanPackedRowsParams): void {
  out[0] = rescaled(wrapI16(even), p)
  out[1] = rescaled(wrapI16(odd), p)
  out[2] = rescaled(even >> 16, p)
  out[3] = rescaled(odd >> 16, p)
}

/**
 * Adds input rows [rowBegin, rowEnd) to the sums, which row 0 clears; the last row completes the
 * output. Rows rise from call to call. At least 8 channels, at most 256 pixels: their sum fits 16 bits.
 * (TFLite reference_ops::QuantizedMeanOrSum.)
 *
 * input: [H, W, C] int8, a ring of inputRing rows; sums: [C / 8 rounded up, 4], pairs of sums, kept
 * between calls; output: [C] int8. The last eight channels may overlap those before.
 */
export function meanRows(
  input: ConstPtr<i8>,
  sums: Ptr<i32>,
  output: Ptr<i8>,
  p: MeanPackedRowsParams,
  inputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const channels: i32 = p.channels
  const blocks: i32 = (channels + 7) >> 3
  if (rowBegin === 0) {
    for (let i: i32 = 0; i < blocks * 4; i++) sums[i] = 0
  }
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const from: ConstPtr<i8> = input.offset((row % inputRing) * p.width * channels)
    for (let block: i32 = 0; block < blocks; block++) {
      const channel: i32 = min(8 * block, channels - 8)
      addPixels(from.offset(channel), p.width, channels, sums.offset(4 * block))
    }
  }
  if (rowEnd === p.height) {
    for (let block: i32 = 0; block < blocks; block++) {
      const sum: Ptr<i32> = sums.offset(4 * block)
      const out: Ptr<i8> = output.offset(min(8 * block, channels - 8))
      storeFour(out, sum[0], sum[1], p)
      storeFour(out.offset(4), sum[2], sum[3], p)
    }
  }
}
