// MAX_POOL_2D, int8, four channels at a time.

import { max, min } from '../../runtime/lang/math.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import { i8, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'
import type { MaxPool2dParams } from './reference.kernel.ts'

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
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  const ringStep: i32 = 1 % inputRing
  for (let block: i32 = 0; block < channels; block += 4) {
    const channel: i32 = min(block, channels - 4)
    let largest0: i32 = low
    let largest1: i32 = low
    let largest2: i32 = low
    let largest3: i32 = low
    let at: i32 = slot
    for (let row: i32 = 0; row < rows; row++) {
      let from: ConstPtr<i8> = first.offset(at * p.inputRowElements + channel)
      for (let left: i32 = columns; left > 0; left--) {
        largest0 = max(largest0, from[0])
        largest1 = max(largest1, from[1])
        largest2 = max(largest2, from[2])
        largest3 = max(largest3, from[3])
        from = from.offset(channels)
      }
      at = ringNext(at, ringStep, inputRing)
    }
    out[channel] = i8(min(largest0, high))
    out[channel + 1] = i8(min(largest1, high))
    out[channel + 2] = i8(min(largest2, high))
    out[channel + 3] = i8(min(largest3, high))
  }
}

/**
 * Output rows [rowBegin, rowEnd) of at least 4 channels.
 *
 * input, output: [H, W, C] int8, rings of inputRing and outputRing rows. The last four channels may
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
