// SOFTMAX, int8 to int8 with output scale 1/256 and zero point -128, with a table of exponentials.

import { oneOverOnePlusX } from '../../runtime/lang/fixed_point.ts'
import { countLeadingZeros, max, min } from '../../runtime/lang/math.ts'
import { saturatingRoundingDoublingHighMul } from '../../runtime/lang/requantize.ts'
import { i8, wrapShl, type ConstPtr, type Ptr, type i32 } from '../../runtime/lang/types.ts'

export interface SoftmaxTableParams {
  readonly depth: i32
  /** Entries of the table; differences beyond it contribute nothing. */
  readonly entries: i32
}

/**
 * x / 2^bits for x >= 0 and 1 <= bits <= 31, halves rounded up.
 *
 * @inline
 */
function roundedShift(x: i32, bits: i32): i32 {
  return (x >> bits) + ((x >> (bits - 1)) & 1)
}

/**
 * One row; further rows are further calls. (TFLite reference_ops::Softmax.) The sum is kept in Q12,
 * so depth is below 4096. exponentials: [entries], exp(-i steps of the input) in Q0; input, output:
 * [depth] int8.
 */
export function softmax(
  input: ConstPtr<i8>,
  exponentials: ConstPtr<i32>,
  output: Ptr<i8>,
  p: SoftmaxTableParams,
): void {
  const depth: i32 = p.depth
  const entries: i32 = p.entries
  let largest: i32 = -128
  for (let i: i32 = 0; i < depth; i++) {
    largest = max(largest, input[i])
  }
  let sum: i32 = 0
  for (let i: i32 = 0; i < depth; i++) {
    const distance: i32 = largest - input[i]
    if (distance < entries) sum += roundedShift(exponentials[distance], 12)
  }
  // sum = 2^(12 - headroom) * (1 + x) with x in [0, 1): the reciprocal needs the mantissa alone.
  const headroom: i32 = countLeadingZeros(sum)
  const reciprocal: i32 = oneOverOnePlusX(wrapShl(sum, headroom) & 2147483647)
  const shift: i32 = 35 - headroom
  // A shift past 31 leaves nothing; TFLite's own shift would be undefined there.
  const reached: i32 = shift <= 31 ? entries : 0
  for (let i: i32 = 0; i < depth; i++) {
    const distance: i32 = largest - input[i]
    let share: i32 = 0
    if (distance < reached) {
      const product: i32 = saturatingRoundingDoublingHighMul(reciprocal, exponentials[distance])
      share = roundedShift(product, shift)
    }
    output[i] = i8(min(share - 128, 127))
  }
}
