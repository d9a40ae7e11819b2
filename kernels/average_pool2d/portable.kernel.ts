// AVERAGE_POOL_2D, int8, four channels at a time, with one division per window.

import { clamp, min } from '../../runtime/lang/math.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import { i8, idiv, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'
import type { AveragePool2dParams } from './reference.kernel.ts'

/** The reciprocal of a count is exact enough for sums of this many elements. */
const LARGEST_COUNT: i32 = 180

/**
 * sum / count, half away from zero, with 23 fraction bits; reciprocal: 2^23 / count, rounded up past the
 * exact one. Sums that lie half way move away from zero, no other moves far enough; 0: no reciprocal.
 *
 * @inline
 */
function averageOf(sum: i32, count: i32, reciprocal: i32): i32 {
  if (reciprocal !== 0) return (sum * reciprocal + 4194304) >> 23
  const half: i32 = count >> 1
  return idiv(sum > 0 ? sum + half : sum - half, count)
}

/** A window of rows from `slot` on, its first element at `first` in slot 0; out: [C]. */
function averageWindow(
  first: ConstPtr<i8>,
  slot: i32,
  inputRing: i32,
  rows: i32,
  columns: i32,
  out: Ptr<i8>,
  p: AveragePool2dParams,
): void {
  const channels: i32 = p.channels
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  const ringStep: i32 = 1 % inputRing
  const count: i32 = rows * columns
  const reciprocal: i32 = count <= LARGEST_COUNT ? idiv(8388608, count) + 1 : 0
  for (let block: i32 = 0; block < channels; block += 4) {
    const channel: i32 = min(block, channels - 4)
    let sum0: i32 = 0
    let sum1: i32 = 0
    let sum2: i32 = 0
    let sum3: i32 = 0
    let at: i32 = slot
    for (let row: i32 = 0; row < rows; row++) {
      let from: ConstPtr<i8> = first.offset(at * p.inputRowElements + channel)
      for (let left: i32 = columns; left > 0; left--) {
        sum0 += from[0]
        sum1 += from[1]
        sum2 += from[2]
        sum3 += from[3]
        from = from.offset(channels)
      }
      at = ringNext(at, ringStep, inputRing)
    }
    out[channel] = i8(clamp(averageOf(sum0, count, reciprocal), low, high))
    out[channel + 1] = i8(clamp(averageOf(sum1, count, reciprocal), low, high))
    out[channel + 2] = i8(clamp(averageOf(sum2, count, reciprocal), low, high))
    out[channel + 3] = i8(clamp(averageOf(sum3, count, reciprocal), low, high))
  }
}

/**
 * Output rows [rowBegin, rowEnd) of at least 4 channels, rounded as the reference rounds.
 *
 * input, output: [H, W, C] int8, rings of inputRing and outputRing rows. The last four channels may
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
      averageWindow(first, slot, inputRing, rows, columns, out.offset(x * p.channels), p)
    }
  }
}
