// Two sums of an output channel requantised and stored.

import { clamp } from '../../runtime/lang/math.ts'
import { requantize } from '../../runtime/lang/requantize.ts'
import { GENERAL, HALVES, doublingHighMulHalves } from './requantize.kernel.ts'
import {
  wrapShl,
  i8,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
} from '../../runtime/lang/types.ts'

/**
 * to[0] and, if count > 1, to[step]. See `requantizePortable`; side by side both sums share what is
 * loaded.
 *
 * @inline
 */
export function storePair(
  to: Ptr<i8>,
  step: i32,
  count: i32,
  sum0: i32,
  sum1: i32,
  q: ConstPtr<i32>,
  low: i32,
  high: i32,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  let y0: i32 = 0
  let y1: i32 = 0
  if (form === GENERAL) {
    y0 = requantize(sum0, q[0], q[1], q[2], low, high)
    y1 = requantize(sum1, q[0], q[1], q[2], low, high)
  } else {
    if (form === HALVES) {
      y0 = doublingHighMulHalves(sum0, q[0], q[1])
      y1 = doublingHighMulHalves(sum1, q[0], q[1])
      if (isSigned === 1) {
        y0 += y0 >> 31
        y1 += y1 >> 31
      }
      const offset: i32 = q[2]
      y0 += offset
      y1 += offset
      const shift: i32 = q[3]
      y0 = y0 >> shift
      y1 = y1 >> shift
    } else {
      const lower: i32 = q[2]
      y0 = (sum0 * lower) >> 11
      y1 = (sum1 * lower) >> 11
      const middle: i32 = q[1]
      y0 = (y0 + sum0 * middle) >> 11
      y1 = (y1 + sum1 * middle) >> 11
      const upper: i32 = q[0]
      y0 += sum0 * upper
      y1 += sum1 * upper
      if (isSigned === 1) {
        y0 += wrapShl(sum0 >> 31, 9)
        y1 += wrapShl(sum1 >> 31, 9)
      }
      const offset: i32 = q[3]
      y0 += offset
      y1 += offset
      const shift: i32 = q[4]
      y0 = y0 >> shift
      y1 = y1 >> shift
    }
    if (isClamped === 1) {
      y0 = clamp(y0, low, high)
      y1 = clamp(y1, low, high)
    } else {
      y0 = clamp(y0, -128, 127)
      y1 = clamp(y1, -128, 127)
    }
  }
  to[0] = i8(y0)
  if (count > 1) to[step] = i8(y1)
}
