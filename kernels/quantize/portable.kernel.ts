// QUANTIZE by lines: 8-bit types by a line that rounds as TFLite does, float32 with one division.

import { ssat8, ssat8Asr22 } from '../../runtime/lang/dsp.ts'
import {
  i8,
  truncI32,
  u8,
  type ConstPtr,
  type Ptr,
  type Static,
  type f32,
  type i32,
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
 * A point of the line in steps of 2^-shift as int8.
 *
 * @inline
 */
function rounded(point: i32, shift: Static<i32>): i8 {
  return i8(shift === 22 ? ssat8Asr22(point) : ssat8(point >> shift))
}

/**
 * Output rows [rowBegin, rowEnd); input, output: int8, rings of inputRing and outputRing rows. The line
 * (x * factor + offset) >> shift, clamped, is TFLite's rescaling of each of the 256 inputs.
 */
export function requantizeI8(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: RequantizeLineParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  shift: Static<i32>,
): void {
  const factor: i32 = p.factor
  const offset: i32 = p.offset
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let from: ConstPtr<i8> = input.offset((row % inputRing) * p.inputRowElements)
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let left: i32 = p.rowElements >> 2; left > 0; left--) {
      const x0: i32 = from[0]
      const x1: i32 = from[1]
      const x2: i32 = from[2]
      const x3: i32 = from[3]
      from = from.offset(4)
      to[0] = rounded(offset + x0 * factor, shift)
      to[1] = rounded(offset + x1 * factor, shift)
      to[2] = rounded(offset + x2 * factor, shift)
      to[3] = rounded(offset + x3 * factor, shift)
      to = to.offset(4)
    }
    for (let i: i32 = 0; i < (p.rowElements & 3); i++) {
      to[i] = rounded(offset + from[i] * factor, shift)
    }
  }
}

/** As `requantizeI8`, from uint8 input. */
export function requantizeFromU8(
  input: ConstPtr<u8>,
  output: Ptr<i8>,
  p: RequantizeLineParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  shift: Static<i32>,
): void {
  const factor: i32 = p.factor
  const offset: i32 = p.offset
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let from: ConstPtr<u8> = input.offset((row % inputRing) * p.inputRowElements)
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let left: i32 = p.rowElements >> 2; left > 0; left--) {
      const x0: i32 = from[0]
      const x1: i32 = from[1]
      const x2: i32 = from[2]
      const x3: i32 = from[3]
      from = from.offset(4)
      to[0] = rounded(offset + x0 * factor, shift)
      to[1] = rounded(offset + x1 * factor, shift)
      to[2] = rounded(offset + x2 * factor, shift)
      to[3] = rounded(offset + x3 * factor, shift)
      to = to.offset(4)
    }
    for (let i: i32 = 0; i < (p.rowElements & 3); i++) {
      to[i] = rounded(offset + from[i] * factor, shift)
    }
  }
}

/** As `requantizeI8`, to uint8 output: the line is that of outputs less 128. */
export function requantizeToU8(
  input: ConstPtr<i8>,
  output: Ptr<u8>,
  p: RequantizeLineParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  shift: Static<i32>,
): void {
  const factor: i32 = p.factor
  const offset: i32 = p.offset
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const from: ConstPtr<i8> = input.offset((row % inputRing) * p.inputRowElements)
    const to: Ptr<u8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let i: i32 = 0; i < p.rowElements; i++) {
      to[i] = u8(rounded(offset + from[i] * factor, shift) + 128)
    }
  }
}
