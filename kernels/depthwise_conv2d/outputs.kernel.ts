// What the depthwise kernels of the DSP extension do with sums: products of pairs, and outputs.

import { smmla, smmlar, ssat8 } from '../../runtime/lang/dsp.ts'
import { clamp } from '../../runtime/lang/math.ts'
import { clampShifted, requantize } from '../../runtime/lang/requantize.ts'
import {
  defineIntrinsic,
  wrapAdd,
  wrapI16,
  wrapI8,
  wrapShl,
  wrapSub,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

// As in dsp.ts, but free to leave the sum in another register: that of a sum that is no longer needed.
export const mlad = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlad %0, %1, %2, %3' },
  (x: i32, y: i32, sum: i32): i32 =>
    wrapAdd(sum, wrapAdd(wrapI16(x) * wrapI16(y), (x >> 16) * (y >> 16))),
)
/**
 * Words of a channel's table in front of its weights: bias, multiplier, shift or addend, in form 4 a nudge.
 *
 * @inline
 */
export function headWords(form: Static<i32>): i32 {
  return form === 4 ? 4 : 3
}

/**
 * A sum as an int8 output. form 0 and 1: `sum` is doubled where weights are int16, and
 * smmlar(2 * sum, multiplier, offset) is gemmlowp's doubling high product plus offset, which holds half
 * of 2^shift and the zero point. Form 1 subtracts 1 from the offset of negative sums, whose ties are
 * rounded away from zero; where the lower clamp is not below the zero point that cannot matter (form 0).
 * Form 2: any multiplier and shift. Forms 3 and 4: sums come 256 times as large, all channels have the shift
 * `shared`, `offset` is their addend, and form 4 has a nudge for negative sums in place of `shift`
 * (kernels/fitted-requantization.ts).
 *
 * @inline
 */
export function rescale(
  sum: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  wide: Static<i32>,
  form: Static<i32>,
  shared: Static<i32>,
  clamped: Static<i32>,
): i8 {
  let scaled: i32 = 0
  if (form >= 3) {
    const nudged: i32 = form === 4 ? wrapSub(sum, shift & (sum >> 31)) : sum
    const byte: i32 = clampShifted(smmla(nudged, multiplier, offset), shared)
    scaled = clamped === 1 ? clamp(byte, low, high) : byte
  } else if (form === 2) {
    scaled = requantize(sum, multiplier, shift, zeroPoint, low, high)
  } else {
    const doubled: i32 = wide === 1 ? sum : wrapShl(sum, 1)
    const rounding: i32 = form === 1 ? offset + (sum >> 31) : offset
    const narrow: i32 = smmlar(doubled, multiplier, rounding) >> shift
    scaled = clamped === 1 ? clamp(narrow, low, high) : ssat8(narrow)
  }
  return wrapI8(scaled)
}
