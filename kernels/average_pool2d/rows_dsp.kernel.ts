// AVERAGE_POOL_2D over the whole height, int8, fed with rows as they come, with packed sums.

import { smlawb, smlawt } from '../../runtime/lang/dsp.ts'
import { clamp, min } from '../../runtime/lang/math.ts'
import { endTap, firstTap } from '../../runtime/lang/window.ts'
import { i8, idiv, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'
import { addPixels } from './packed_sums.kernel.ts'
import type { AveragePool2dRowsParams } from './rows.kernel.ts'

/** Half a step of the average in its 14 fraction bits. */
const HALF: i32 = 8192

/**
 * Four averages; the reciprocal 2^30 / count is rounded up past the exact one, as in
 * `average_pool2d/dsp`.
 */
function storeFour(
  out: Ptr<i8>,
  even: i32,
  odd: i32,
  reciprocal: i32,
  p: AveragePool2dRowsParams,
): void {
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  out[0] = i8(clamp(smlawb(reciprocal, even, HALF) >> 14, low, high))
  out[1] = i8(clamp(smlawb(reciprocal, odd, HALF) >> 14, low, high))
  out[2] = i8(clamp(smlawt(reciprocal, even, HALF) >> 14, low, high))
  out[3] = i8(clamp(smlawt(reciprocal, odd, HALF) >> 14, low, high))
}

/**
 * Adds input rows [rowBegin, rowEnd) to the sums, which row 0 clears; the last row completes the
 * output. Rows rise from call to call. At least 8 channels, and at most 256 taps in a window: their sum
 * fits 16 bits.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; sums: [W', C / 8 rounded up, 4], pairs of sums, kept
 * between calls; output: [W', C] int8. The last eight channels may overlap those before.
 */
export function averagePool2dRows(
  input: ConstPtr<i8>,
  sums: Ptr<i32>,
  output: Ptr<i8>,
  p: AveragePool2dRowsParams,
  inputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const channels: i32 = p.channels
  const blocks: i32 = (channels + 7) >> 3
  if (rowBegin === 0) {
    for (let i: i32 = 0; i < p.outputWidth * blocks * 4; i++) sums[i] = 0
  }
  for (let x: i32 = 0; x < p.outputWidth; x++) {
    const originX: i32 = x * p.strideW - p.padLeft
    const kxBegin: i32 = firstTap(originX, 1)
    const columns: i32 = endTap(originX, 1, p.filterWidth, p.inputWidth) - kxBegin
    const first: ConstPtr<i8> = input.offset((originX + kxBegin) * channels)
    for (let row: i32 = rowBegin; row < rowEnd; row++) {
      const from: ConstPtr<i8> = first.offset((row % inputRing) * p.inputWidth * channels)
      for (let block: i32 = 0; block < blocks; block++) {
        const channel: i32 = min(8 * block, channels - 8)
        addPixels(from.offset(channel), columns, channels, sums.offset((x * blocks + block) * 4))
      }
    }
    if (rowEnd === p.inputHeight) {
      const reciprocal: i32 = idiv(1073741824, p.inputHeight * columns) + 1
      for (let block: i32 = 0; block < blocks; block++) {
        const sum: Ptr<i32> = sums.offset((x * blocks + block) * 4)
        const out: Ptr<i8> = output.offset(x * channels + min(8 * block, channels - 8))
        storeFour(out, sum[0], sum[1], reciprocal, p)
        storeFour(out.offset(4), sum[2], sum[3], reciprocal, p)
      }
    }
  }
}
