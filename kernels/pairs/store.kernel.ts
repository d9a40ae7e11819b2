// The two sums of a pair requantised and stored.

import { requantizePortable } from './requantize.kernel.ts'
import {
  wrapShl,
  wrapSub,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

/**
 * to[0] and, if count > 1, to[step]. `both` is the sum of the pair's words, `upper` that of their upper
 * halves. See `requantizePortable`; one after the other takes fewer registers than side by side.
 *
 * @inline
 */
export function storePair(
  to: Ptr<i8>,
  step: i32,
  count: i32,
  both: i32,
  upper: i32,
  q: ConstPtr<i32>,
  low: i32,
  high: i32,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const lower: i32 = wrapSub(both, wrapShl(upper, 16))
  to[0] = requantizePortable(lower, q, low, high, form, isSigned, isClamped)
  if (count > 1) to[step] = requantizePortable(upper, q, low, high, form, isSigned, isClamped)
}
