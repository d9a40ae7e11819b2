// MAX_POOL_2D over the whole height, int8, fed with rows as they come, on words of four channels.

import { smax8, smin8 } from '../../runtime/lang/dsp.ts'
import { min } from '../../runtime/lang/math.ts'
import { endTap, firstTap } from '../../runtime/lang/window.ts'
import { wrapMul, type ConstPtr, type Ptr, type i32, type i8 } from '../../runtime/lang/types.ts'
import type { MaxPool2dRowsParams } from './rows.kernel.ts'

/** A word of four equal bytes is as many times the byte. */
const ALL_BYTES: i32 = 16843009

/** Raises eight maxima to those of `columns` pixels. */
function raise(start: ConstPtr<i8>, columns: i32, channels: i32, maxima: Ptr<i8>): void {
  let from: ConstPtr<i8> = start
  let largest: i32 = maxima.loadWordUnaligned(0)
  let largest4: i32 = maxima.loadWordUnaligned(4)
  for (let left: i32 = columns; left > 0; left--) {
    const word: i32 = from.loadWordUnaligned(0)
    const word4: i32 = from.loadWordUnaligned(4)
    from = from.offset(channels)
    largest = smax8(largest, word)
    largest4 = smax8(largest4, word4)
  }
  maxima.storeWordUnaligned(0, largest)
  maxima.storeWordUnaligned(4, largest4)
}

/**
 * Raises the maxima to those of input rows [rowBegin, rowEnd), starting afresh with row 0; the last row
 * completes the output. Rows rise from call to call. At least 8 channels.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; maxima: [W', C] int8, kept between calls; output:
 * [W', C] int8. The last eight channels may overlap those before.
 */
export function maxPool2dRows(
  input: ConstPtr<i8>,
  maxima: Ptr<i8>,
  output: Ptr<i8>,
  p: MaxPool2dRowsParams,
  inputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const channels: i32 = p.channels
  const elements: i32 = p.outputWidth * channels
  if (rowBegin === 0) {
    const low: i32 = wrapMul(p.activationMin & 255, ALL_BYTES)
    for (let i: i32 = 0; i < elements; i += 4) {
      maxima.storeWordUnaligned(min(i, elements - 4), low)
    }
  }
  for (let x: i32 = 0; x < p.outputWidth; x++) {
    const originX: i32 = x * p.strideW - p.padLeft
    const kxBegin: i32 = firstTap(originX, 1)
    const columns: i32 = endTap(originX, 1, p.filterWidth, p.inputWidth) - kxBegin
    const first: ConstPtr<i8> = input.offset((originX + kxBegin) * channels)
    const maximum: Ptr<i8> = maxima.offset(x * channels)
    for (let row: i32 = rowBegin; row < rowEnd; row++) {
      const from: ConstPtr<i8> = first.offset((row % inputRing) * p.inputWidth * channels)
      for (let block: i32 = 0; block < channels; block += 8) {
        const channel: i32 = min(block, channels - 8)
        raise(from.offset(channel), columns, channels, maximum.offset(channel))
      }
    }
  }
  if (rowEnd === p.inputHeight) {
    const high: i32 = wrapMul(p.activationMax & 255, ALL_BYTES)
    for (let i: i32 = 0; i < elements; i += 4) {
      const at: i32 = min(i, elements - 4)
      output.storeWordUnaligned(at, smin8(maxima.loadWordUnaligned(at), high))
    }
  }
}
