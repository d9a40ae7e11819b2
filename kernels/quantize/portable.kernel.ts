// QUANTIZE by lines: 8-bit types by a line that rounds as TFLite does, float32 with one division.

import { ssat8, ssat8Asr22 } from '../../runtime/lang/dsp.ts'
import {
  i8,
  truncI32,
  wrapI8,
  type ConstPtr,
  type Ptr,
  type Static,
  type f32,
  type i32,
  type u8,
} from '../../runtime/lang/types.ts'
import type { QuantizeParams } from './reference.kernel.ts'

/**
 * One value: half away from zero, saturated; NaN gives the zero point. Twice the steps, cut off, tell
 * on which side of a half they lie; `rounding` is twice the zero point, and one.
 *
 * @inline
 */
function quantizeElement(x: f32, scale: f32, rounding: i32): i32 {
  const steps: f32 = x / scale
  if (steps * steps < 65536.0) {
    const halves: i32 = truncI32(steps + steps)
    return ssat8((halves + (halves >> 31) + rounding) >> 1)
  }
  // With the zero point inside int8, 256 steps are out of range either way.
  if (steps >= 256.0) return 127
  return steps <= -256.0 ? -128 : rounding >> 1
}

/**
 * Output rows [rowBegin, rowEnd). (TFLite AffineQuantize, which leaves NaN and values beyond int32
 * undefined.) input: float32, output: int8, rings of inputRing and outputRing rows.
 */
export function quantizeF32(
  input: ConstPtr<f32>,
  output: Ptr<i8>,
  p: QuantizeParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const scale: f32 = p.scale
  const rounding: i32 = 2 * p.zeroPoint + 1
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let from: ConstPtr<f32> = input.offset((row % inputRing) * p.inputRowElements)
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let left: i32 = p.rowElements; left > 0; left--) {
      to[0] = i8(quantizeElement(from[0], scale, rounding))
      from = from.offset(1)
      to = to.offset(1)
    }
  }
}

export interface RequantizeLineParams {
  readonly rowElements: i32
  readonly inputRowElements: i32
  readonly outputRowElements: i32
  readonly factor: i32
  readonly offset: i32
}

/**
 * Element i, uint8 or int8.
 *
 * @inline
 */
function element(x: ConstPtr<i8>, i: i32, isU8: Static<i32>): i32 {
  return isU8 === 1 ? x.reinterpret<u8>()[i] : x[i]
}

/**
 * The line at an element, in steps of 2^-shift, as the byte of an int8 or, 128 further on, of a uint8.
 *
 * @inline
 */
function onLine(x: i32, factor: i32, offset: i32, shift: Static<i32>, isToU8: Static<i32>): i8 {
  const point: i32 = offset + x * factor
  const rounded: i32 = shift === 22 ? ssat8Asr22(point) : ssat8(point >> shift)
  return isToU8 === 1 ? wrapI8(rounded + 128) : i8(rounded)
}

/**
 * Output rows [rowBegin, rowEnd); input, output: int8 or uint8, rings of inputRing and outputRing rows. The
 * line (x * factor + offset) >> shift, clamped, is TFLite's rescaling of each of the 256 inputs; to uint8,
 * of outputs less 128.
 */
export function requantizeLine(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: RequantizeLineParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  shift: Static<i32>,
  isFromU8: Static<i32>,
  isToU8: Static<i32>,
): void {
  const factor: i32 = p.factor
  const offset: i32 = p.offset
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let from: ConstPtr<i8> = input.offset((row % inputRing) * p.inputRowElements)
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let left: i32 = p.rowElements >> 2; left > 0; left--) {
      const x0: i32 = element(from, 0, isFromU8)
      const x1: i32 = element(from, 1, isFromU8)
      const x2: i32 = element(from, 2, isFromU8)
      const x3: i32 = element(from, 3, isFromU8)
      from = from.offset(4)
      to[0] = onLine(x0, factor, offset, shift, isToU8)
      to[1] = onLine(x1, factor, offset, shift, isToU8)
      to[2] = onLine(x2, factor, offset, shift, isToU8)
      to[3] = onLine(x3, factor, offset, shift, isToU8)
      to = to.offset(4)
    }
    for (let i: i32 = 0; i < (p.rowElements & 3); i++) {
      to[i] = onLine(element(from, i, isFromU8), factor, offset, shift, isToU8)
    }
  }
}
