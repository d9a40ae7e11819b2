// RESIZE_BILINEAR, int8, with one weight for each of the four neighbours of a pixel.

import { max, min } from '../../runtime/lang/math.ts'
import { i8, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'
import type { ResizeBilinearParams } from './reference.kernel.ts'

/** Where the four neighbours of a pixel begin in their rows. */
function resizePixel(
  upperLeft: ConstPtr<i8>,
  upperRight: ConstPtr<i8>,
  lowerLeft: ConstPtr<i8>,
  lowerRight: ConstPtr<i8>,
  fractionX: i32,
  fractionY: i32,
  out: Ptr<i8>,
  channels: i32,
): void {
  const w0: i32 = (1024 - fractionX) * (1024 - fractionY)
  const w1: i32 = fractionX * (1024 - fractionY)
  const w2: i32 = (1024 - fractionX) * fractionY
  const w3: i32 = fractionX * fractionY
  for (let channel: i32 = 0; channel < channels; channel++) {
    const sum: i32 =
      upperLeft[channel] * w0 +
      upperRight[channel] * w1 +
      lowerLeft[channel] * w2 +
      lowerRight[channel] * w3
    // Less one when negative: ties go away from zero.
    out[channel] = i8((sum + (sum >> 31) + 524288) >> 20)
  }
}

/**
 * Output rows [rowBegin, rowEnd), with the positions, rounding and borders of the reference. Beyond the
 * border fractions reach down to -512, and all sums stay within 2^29.
 *
 * input, output: [H, W, C] int8, rings of inputRing and outputRing rows.
 */
export function resizeBilinear(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: ResizeBilinearParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const channels: i32 = p.channels
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const y: i32 = row * p.scaleY + p.shiftY
    const y0: i32 = max(y >> 10, 0)
    const y1: i32 = min((y + 1023) >> 10, p.inputHeight - 1)
    const upper: ConstPtr<i8> = input.offset((y0 % inputRing) * p.inputRowElements)
    const lower: ConstPtr<i8> = input.offset((y1 % inputRing) * p.inputRowElements)
    const to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let column: i32 = 0; column < p.outputWidth; column++) {
      const x: i32 = column * p.scaleX + p.shiftX
      const x0: i32 = max(x >> 10, 0)
      const left: i32 = x0 * channels
      const right: i32 = min((x + 1023) >> 10, p.inputWidth - 1) * channels
      resizePixel(
        upper.offset(left),
        upper.offset(right),
        lower.offset(left),
        lower.offset(right),
        x - x0 * 1024,
        y - y0 * 1024,
        to.offset(column * channels),
        channels,
      )
    }
  }
}
