// Columns of a matrix product: int8 pixels as int16 pairs in the order packed weights expect, times 2 or 256.

import { andLsl8, smlad, sxtab16, sxtab16Ror8, sxtb16, sxtb16Ror8 } from '../../runtime/lang/dsp.ts'
import {
  unroll,
  wrapShl,
  wrapU8,
  type ConstPtr,
  type Ptr,
  type Static,
  type i16,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

/** Both halves 1: `smlad` with it adds the halves of a register. */
const ONES: i32 = 65537
/** The upper bytes of both halves. */
const UPPER: i32 = -16711936

/**
 * Bytes 0 and 2 as int16, doubled for requantisation with shifts of the channels' own, whose sums come
 * doubled, and times 256 for fitted requantisation, which takes an instruction less.
 *
 * @inline
 */
function even(word: i32, isFitted: Static<i32>): i32 {
  if (isFitted === 0) return sxtab16(sxtb16(word), word)
  return andLsl8(word, UPPER)
}

/**
 * Bytes 1 and 3.
 *
 * @inline
 */
function odd(word: i32, isFitted: Static<i32>): i32 {
  if (isFitted === 0) return sxtab16Ror8(sxtb16Ror8(word), word)
  return word & UPPER
}

/** The last depth % 4 elements as a word, zeros above. */
function tailWord(x: ConstPtr<i8>, depth: i32): i32 {
  const from: i32 = depth & -4
  let word: i32 = wrapU8(x[from])
  if (from + 1 < depth) word = word | (wrapU8(x[from + 1]) << 8)
  if (from + 2 < depth) word = word | (wrapU8(x[from + 2]) << 16)
  return word
}

/**
 * Two pixels side by side. columns: int32 128 * sum of each pixel, then for every four elements k of
 * both pixels the int16 pairs (x0[k], x0[k+2]), (x1[k], x1[k+2]), (x0[k+1], x0[k+3]), (x1[k+1], x1[k+3]);
 * elements from `depth` on to the next multiple of 4 are 0. isFitted: see `even`.
 */
export function expandPixels2(
  pixel0: ConstPtr<i8>,
  pixel1: ConstPtr<i8>,
  columns: Ptr<i16>,
  depth: i32,
  isFitted: Static<i32>,
): void {
  let to: Ptr<i16> = columns.offset(4)
  let from0: ConstPtr<i8> = pixel0
  let from1: ConstPtr<i8> = pixel1
  let sum0: i32 = 0
  let sum1: i32 = 0
  // Two fours at a time, then the one left over.
  for (const pass of unroll(0, 2)) {
    for (let left: i32 = pass === 0 ? depth >> 3 : (depth >> 2) & 1; left > 0; left--) {
      for (const k of unroll(0, pass === 0 ? 2 : 1)) {
        const word0: i32 = from0.loadWordUnaligned(4 * k)
        const word1: i32 = from1.loadWordUnaligned(4 * k)
        const even0: i32 = even(word0, isFitted)
        sum0 = smlad(even0, ONES, sum0)
        const even1: i32 = even(word1, isFitted)
        sum1 = smlad(even1, ONES, sum1)
        const odd0: i32 = odd(word0, isFitted)
        sum0 = smlad(odd0, ONES, sum0)
        const odd1: i32 = odd(word1, isFitted)
        sum1 = smlad(odd1, ONES, sum1)
        // In this order gcc does not make STRD of them, which takes a cycle more on the M4.
        to.storeWord(8 * k, even0)
        to.storeWord(8 * k + 4, odd0)
        to.storeWord(8 * k + 2, even1)
        to.storeWord(8 * k + 6, odd1)
      }
      from0 = from0.offset(pass === 0 ? 8 : 4)
      from1 = from1.offset(pass === 0 ? 8 : 4)
      to = to.offset(pass === 0 ? 16 : 8)
    }
  }
  if ((depth & 3) !== 0) {
    const word0: i32 = tailWord(pixel0, depth)
    const word1: i32 = tailWord(pixel1, depth)
    to.storeWord(0, even(word0, isFitted))
    to.storeWord(2, even(word1, isFitted))
    to.storeWord(4, odd(word0, isFitted))
    to.storeWord(6, odd(word1, isFitted))
    sum0 = smlad(even(word0, isFitted), ONES, smlad(odd(word0, isFitted), ONES, sum0))
    sum1 = smlad(even(word1, isFitted), ONES, smlad(odd(word1, isFitted), ONES, sum1))
  }
  columns.storeWord(0, wrapShl(sum0, 7))
  columns.storeWord(2, wrapShl(sum1, 7))
}

/** One pixel: int32 128 * sum, 4 bytes unused, then (x[k], x[k+2]), (x[k+1], x[k+3]) for every four k. */
export function expandPixel1(
  pixel: ConstPtr<i8>,
  columns: Ptr<i16>,
  depth: i32,
  isFitted: Static<i32>,
): void {
  let to: Ptr<i16> = columns.offset(4)
  let from: ConstPtr<i8> = pixel
  let sum: i32 = 0
  for (let left: i32 = depth >> 2; left > 0; left--) {
    const word: i32 = from.loadWordUnaligned(0)
    from = from.offset(4)
    const even0: i32 = even(word, isFitted)
    to.storeWord(0, even0)
    sum = smlad(even0, ONES, sum)
    const odd0: i32 = odd(word, isFitted)
    to.storeWord(2, odd0)
    sum = smlad(odd0, ONES, sum)
    to = to.offset(4)
  }
  if ((depth & 3) !== 0) {
    const word: i32 = tailWord(pixel, depth)
    to.storeWord(0, even(word, isFitted))
    to.storeWord(2, odd(word, isFitted))
    sum = smlad(even(word, isFitted), ONES, smlad(odd(word, isFitted), ONES, sum))
  }
  columns.storeWord(0, wrapShl(sum, 7))
}
