// Columns of a matrix product: int8 pixels, doubled, as int16 pairs in the order packed weights expect.

import { smlad, sxtab16, sxtab16Ror8, sxtb16, sxtb16Ror8 } from '../../runtime/lang/dsp.ts'
import {
  wrapShl,
  wrapU8,
  type ConstPtr,
  type Ptr,
  type i16,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

/** Both halves 1: `smlad` with it adds the halves of a register. */
const ONES: i32 = 65537

/**
 * Bytes 0 and 2 times 2 as int16: doubled sums save an instruction for each output.
 *
 * @inline
 */
function doubledEven(word: i32): i32 {
  return sxtab16(sxtb16(word), word)
}

/**
 * Bytes 1 and 3 times 2 as int16.
 *
 * @inline
 */
function doubledOdd(word: i32): i32 {
  return sxtab16Ror8(sxtb16Ror8(word), word)
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
 * elements from `depth` on to the next multiple of 4 are 0.
 */
export function expandPixels2(
  pixel0: ConstPtr<i8>,
  pixel1: ConstPtr<i8>,
  columns: Ptr<i16>,
  depth: i32,
): void {
  let to: Ptr<i16> = columns.offset(4)
  let from0: ConstPtr<i8> = pixel0
  let from1: ConstPtr<i8> = pixel1
  let sum0: i32 = 0
  let sum1: i32 = 0
  for (let left: i32 = depth >> 2; left > 0; left--) {
    const word0: i32 = from0.loadWordUnaligned(0)
    const word1: i32 = from1.loadWordUnaligned(0)
    from0 = from0.offset(4)
    from1 = from1.offset(4)
    const even0: i32 = doubledEven(word0)
    to.storeWord(0, even0)
    sum0 = smlad(even0, ONES, sum0)
    const even1: i32 = doubledEven(word1)
    to.storeWord(2, even1)
    sum1 = smlad(even1, ONES, sum1)
    const odd0: i32 = doubledOdd(word0)
    to.storeWord(4, odd0)
    sum0 = smlad(odd0, ONES, sum0)
    const odd1: i32 = doubledOdd(word1)
    to.storeWord(6, odd1)
    sum1 = smlad(odd1, ONES, sum1)
    to = to.offset(8)
  }
  if ((depth & 3) !== 0) {
    const word0: i32 = tailWord(pixel0, depth)
    const word1: i32 = tailWord(pixel1, depth)
    to.storeWord(0, doubledEven(word0))
    to.storeWord(2, doubledEven(word1))
    to.storeWord(4, doubledOdd(word0))
    to.storeWord(6, doubledOdd(word1))
    sum0 = smlad(doubledEven(word0), ONES, smlad(doubledOdd(word0), ONES, sum0))
    sum1 = smlad(doubledEven(word1), ONES, smlad(doubledOdd(word1), ONES, sum1))
  }
  columns.storeWord(0, wrapShl(sum0, 7))
  columns.storeWord(2, wrapShl(sum1, 7))
}

/** One pixel: int32 128 * sum, 4 bytes unused, then (x[k], x[k+2]), (x[k+1], x[k+3]) for every four k. */
export function expandPixel1(pixel: ConstPtr<i8>, columns: Ptr<i16>, depth: i32): void {
  let to: Ptr<i16> = columns.offset(4)
  let from: ConstPtr<i8> = pixel
  let sum: i32 = 0
  for (let left: i32 = depth >> 2; left > 0; left--) {
    const word: i32 = from.loadWordUnaligned(0)
    from = from.offset(4)
    const even: i32 = doubledEven(word)
    to.storeWord(0, even)
    sum = smlad(even, ONES, sum)
    const odd: i32 = doubledOdd(word)
    to.storeWord(2, odd)
    sum = smlad(odd, ONES, sum)
    to = to.offset(4)
  }
  if ((depth & 3) !== 0) {
    const word: i32 = tailWord(pixel, depth)
    to.storeWord(0, doubledEven(word))
    to.storeWord(2, doubledOdd(word))
    sum = smlad(doubledEven(word), ONES, smlad(doubledOdd(word), ONES, sum))
  }
  columns.storeWord(0, wrapShl(sum, 7))
}
