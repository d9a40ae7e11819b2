// MAX_POOL_2D, int8, on words of four channels, two at a time.

import { smax8, smin8 } from '../../runtime/lang/dsp.ts'
import { min } from '../../runtime/lang/math.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import { wrapMul, type ConstPtr, type Ptr, type i32, type i8 } from '../../runtime/lang/types.ts'
import type { MaxPool2dParams } from './reference.kernel.ts'

/** A word of four equal bytes is as many times the byte. */
const ALL_BYTES: i32 = 16843009

/** A window of rows from `slot` on, its first element at `first` in slot 0; out: [C]. */
function maxOfWindow(
  first: ConstPtr<i8>,
  slot: i32,
  inputRing: i32,
  rows: i32,
  columns: i32,
  out: Ptr<i8>,
  p: MaxPool2dParams,
): void {
  const channels: i32 = p.channels
  const ringStep: i32 = 1 % inputRing
  const low: i32 = wrapMul(p.activationMin & 255, ALL_BYTES)
  const high: i32 = wrapMul(p.activationMax & 255, ALL_BYTES)
  for (let block: i32 = 0; block < channels; block += 8) {
    const channel: i32 = min(block, channels - 8)
    let largest: i32 = low
    let largest4: i32 = low
    let at: i32 = slot
    for (let row: i32 = 0; row < rows; row++) {
      let from: ConstPtr<i8> = first.offset(at * p.inputRowElements + channel)
      for (let left: i32 = columns; left > 0; left--) {
        const word: i32 = from.loadWordUnaligned(0)
        const word4: i32 = from.loadWordUnaligned(4)
        from = from.offset(channels)
        largest = smax8(largest, word)
        largest4 = smax8(largest4, word4)
      }
      at = ringNext(at, ringStep, inputRing)
    }
    out.storeWordUnaligned(channel, smin8(largest, high))
    out.storeWordUnaligned(channel + 4, smin8(largest4, high))
  }
}

/**
 * Output rows [rowBegin, rowEnd) of at least 8 channels.
 *
 * input, output: [H, W, C] int8, rings of inputRing and outputRing rows. The last eight channels may
 * overlap those before.
 */
export function maxPool2d(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: MaxPool2dParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const originY: i32 = row * p.strideH - p.padTop
    const kyBegin: i32 = firstTap(originY, 1)
    const rows: i32 = endTap(originY, 1, p.filterHeight, p.inputHeight) - kyBegin
    const slot: i32 = (originY + kyBegin) % inputRing
    const out: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let x: i32 = 0; x < p.outputWidth; x++) {
      const originX: i32 = x * p.strideW - p.padLeft
      const kxBegin: i32 = firstTap(originX, 1)
      const columns: i32 = endTap(originX, 1, p.filterWidth, p.inputWidth) - kxBegin
      const first: ConstPtr<i8> = input.offset((originX + kxBegin) * p.channels)
      maxOfWindow(first, slot, inputRing, rows, columns, out.offset(x * p.channels), p)
    }
  }
}
