// AVERAGE_POOL_2D, int8, with packed sums: eight channels at a time.

import { clamp, min } from '../../runtime/lang/math.ts'
import { smlawb, smlawt, sxtab16, sxtab16Ror8 } from '../../runtime/lang/dsp.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import {
  i8,
  idiv,
  type ConstPtr,
  type Ptr,
  type Static,
  type bool,
  type i32,
} from '../../runtime/lang/types.ts'
import type { AveragePool2dParams } from './reference.kernel.ts'

/** Half a step of the average in its 14 fraction bits. */
const HALF: i32 = 8192

/**
 * An average with 14 fraction bits as int8. It is no further out than its largest element.
 *
 * @inline
 */
function rounded(average: i32, p: AveragePool2dParams, clamps: Static<bool>): i8 {
  const whole: i32 = average >> 14
  return i8(clamps ? clamp(whole, p.activationMin, p.activationMax) : whole)
}

/**
 * Four averages of sums in halves: of channels 0 and 2, and of channels 1 and 3.
 *
 * @inline
 */
function storeFour(
  out: Ptr<i8>,
  even: i32,
  odd: i32,
  reciprocal: i32,
  p: AveragePool2dParams,
  clamps: Static<bool>,
): void {
  out[0] = rounded(smlawb(reciprocal, even, HALF), p, clamps)
  out[1] = rounded(smlawb(reciprocal, odd, HALF), p, clamps)
  out[2] = rounded(smlawt(reciprocal, even, HALF), p, clamps)
  out[3] = rounded(smlawt(reciprocal, odd, HALF), p, clamps)
}

/**
 * A window of rows from `slot` on, its first element at `first` in slot 0; out: [C]. The reciprocal
 * 2^30 / count is rounded up past the exact one: sums that lie half way move away from zero, as TFLite
 * rounds them, and no other sum is near enough to be moved.
 */
function averageWindow(
  first: ConstPtr<i8>,
  slot: i32,
  inputRing: i32,
  rows: i32,
  columns: i32,
  out: Ptr<i8>,
  p: AveragePool2dParams,
  clamps: Static<bool>,
): void {
  const channels: i32 = p.channels
  const ringStep: i32 = 1 % inputRing
  const reciprocal: i32 = idiv(1073741824, rows * columns) + 1
  for (let block: i32 = 0; block < channels; block += 8) {
    const channel: i32 = min(block, channels - 8)
    let even: i32 = 0
    let odd: i32 = 0
    let even4: i32 = 0
    let odd4: i32 = 0
    let at: i32 = slot
    for (let row: i32 = 0; row < rows; row++) {
      let from: ConstPtr<i8> = first.offset(at * p.inputRowElements + channel)
      for (let left: i32 = columns; left > 0; left--) {
        const word: i32 = from.loadWordUnaligned(0)
        const word4: i32 = from.loadWordUnaligned(4)
        from = from.offset(channels)
        even = sxtab16(even, word)
        odd = sxtab16Ror8(odd, word)
        even4 = sxtab16(even4, word4)
        odd4 = sxtab16Ror8(odd4, word4)
      }
      at = ringNext(at, ringStep, inputRing)
    }
    storeFour(out.offset(channel), even, odd, reciprocal, p, clamps)
    storeFour(out.offset(channel + 4), even4, odd4, reciprocal, p, clamps)
  }
}

/**
 * Output rows [rowBegin, rowEnd) of at least 8 channels and windows of at most 256 taps, whose sums fit
 * 16 bits.
 *
 * input, output: [H, W, C] int8, rings of inputRing and outputRing rows. The last eight channels may
 * overlap those before.
 */
export function averagePool2d(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: AveragePool2dParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  clamps: Static<bool>,
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
      averageWindow(first, slot, inputRing, rows, columns, out.offset(x * p.channels), p, clamps)
    }
  }
}
