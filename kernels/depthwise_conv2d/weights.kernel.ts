// Weights of a depthwise channel as int16 pairs of two rows, for windows that begin with either row of a pair.

import {
  andLsl8,
  pkhbtLsl16,
  sxtab16,
  sxtab16Ror8,
  sxtb16,
  sxtb16Ror8,
} from '../../runtime/lang/dsp.ts'
import type { ConstPtr, Ptr, Static, i32 } from '../../runtime/lang/types.ts'
import { headWords } from './outputs.kernel.ts'

/** Bytes 1 and 3. */
const HIGH_BYTES: i32 = -16711936

/**
 * @inline
 */
function copyHead(from: ConstPtr<i32>, to: Ptr<i32>, words: i32): void {
  to[0] = from[0]
  to[1] = from[1]
  to[2] = from[2]
  if (words === 4) to[3] = from[3]
}

/**
 * Bytes 0 and 2 as int16: as they are in form 2, times 2 in forms 0 and 1, times 256 in 3 and 4.
 *
 * @inline
 */
function widenedEven(word: i32, form: Static<i32>): i32 {
  if (form >= 3) return andLsl8(word, HIGH_BYTES)
  return form === 2 ? sxtb16(word) : sxtab16(sxtb16(word), word)
}

/**
 * The same of bytes 1 and 3.
 *
 * @inline
 */
function widenedOdd(word: i32, form: Static<i32>): i32 {
  if (form >= 3) return word & HIGH_BYTES
  return form === 2 ? sxtb16Ror8(word) : sxtab16Ror8(sxtb16Ror8(word), word)
}

/**
 * A channel's table with `packed` words of bytes as twice as many int16 pairs, bytes 0 and 2, then 1 and 3.
 *
 * @noinline
 */
export function widen(table: ConstPtr<i32>, even: Ptr<i32>, packed: i32, form: Static<i32>): void {
  copyHead(table, even, headWords(form))
  let from: ConstPtr<i32> = table.offset(headWords(form))
  let to: Ptr<i32> = even.offset(headWords(form))
  for (let left: i32 = packed; left > 0; left--) {
    const word: i32 = from[0]
    to[0] = widenedEven(word, form)
    to[1] = widenedOdd(word, form)
    from = from.offset(1)
    to = to.offset(2)
  }
}

/**
 * The same, and one row further down for windows that begin with the lower row of a pair: pairs of rows
 * 2 * j - 1 and 2 * j instead of 2 * j and 2 * j + 1. A column's pairs follow each other, and the lower row
 * of its last pair is 0.
 *
 * @noinline
 */
export function widenBoth(
  table: ConstPtr<i32>,
  even: Ptr<i32>,
  odd: Ptr<i32>,
  packed: i32,
  form: Static<i32>,
): void {
  copyHead(table, even, headWords(form))
  copyHead(table, odd, headWords(form))
  let above: i32 = 0
  let from: ConstPtr<i32> = table.offset(headWords(form))
  let toEven: Ptr<i32> = even.offset(headWords(form))
  let toOdd: Ptr<i32> = odd.offset(headWords(form))
  for (let left: i32 = packed >> 1; left > 0; left--) {
    above = widenWord(from[0], above, toEven, toOdd, 0, form)
    above = widenWord(from[1], above, toEven, toOdd, 2, form)
    from = from.offset(2)
    toEven = toEven.offset(4)
    toOdd = toOdd.offset(4)
  }
  if ((packed & 1) === 1) above = widenWord(from[0], above, toEven, toOdd, 0, form)
}

/**
 * A word of bytes at `at` of both; `above`: the pair before, which is returned.
 *
 * @inline
 */
function widenWord(
  word: i32,
  above: i32,
  even: Ptr<i32>,
  odd: Ptr<i32>,
  at: i32,
  form: Static<i32>,
): i32 {
  const first: i32 = widenedEven(word, form)
  const second: i32 = widenedOdd(word, form)
  even[at] = first
  odd[at] = pkhbtLsl16(above >> 16, first)
  even[at + 1] = second
  odd[at + 1] = pkhbtLsl16(first >> 16, second)
  return second
}
