// SOFTMAX, int8 to int8 with output scale 1/256 and zero point -128.

import { expOnNegativeValues, oneOverOnePlusX } from '../../runtime/lang/fixed_point.ts'
import { clamp, countLeadingZeros, max } from '../../runtime/lang/math.ts'
import {
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from '../../runtime/lang/requantize.ts'
import { i8, wrapShl, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'

export interface SoftmaxParams {
  readonly depth: i32
  /** Scales a difference to the Q5 argument of the exponential, after leftShift. */
  readonly multiplier: i32
  readonly leftShift: i32
  /** Differences below this contribute nothing. */
  readonly diffMin: i32
}

/** exp(difference) in Q0, where difference <= 0 counts steps of the input scale. */
function softmaxExponential(difference: i32, p: SoftmaxParams): i32 {
  const scaled: i32 = saturatingRoundingDoublingHighMul(difference << p.leftShift, p.multiplier)
  return expOnNegativeValues(scaled, 5)
}

/**
 * One row; further rows are further calls. (TFLite reference_ops::Softmax.) The sum is kept in Q12,
 * so depth is below 4096. input, output: [depth] int8.
 */
export function softmax(input: ConstPtr<i8>, output: Ptr<i8>, p: SoftmaxParams): void {
  let largest: i32 = -128
  for (let i: i32 = 0; i < p.depth; i++) {
    largest = max(largest, input[i])
  }
  let sum: i32 = 0
  for (let i: i32 = 0; i < p.depth; i++) {
    const difference: i32 = input[i] - largest
    if (difference >= p.diffMin) {
      sum += roundingDivideByPowerOfTwo(softmaxExponential(difference, p), 12)
    }
  }
  // sum = 2^(12 - headroom) * (1 + x) with x in [0, 1): the reciprocal needs the mantissa alone.
  const headroom: i32 = countLeadingZeros(sum)
  const reciprocal: i32 = oneOverOnePlusX(wrapShl(sum, headroom) & 2147483647)
  const shift: i32 = 35 - headroom
  for (let i: i32 = 0; i < p.depth; i++) {
    const difference: i32 = input[i] - largest
    let share: i32 = 0
    // A shift past 31 leaves nothing; TFLite's own shift would be undefined there.
    if (difference >= p.diffMin && shift <= 31) {
      share = roundingDivideByPowerOfTwo(
        saturatingRoundingDoublingHighMul(reciprocal, softmaxExponential(difference, p)),
        shift,
      )
    }
    output[i] = i8(clamp(share - 128, -128, 127))
  }
}
