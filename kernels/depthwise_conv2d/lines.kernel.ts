// Rows of int8 pixels as int16 pairs of two rows, four channels side by side, the zero point subtracted.

import {
  i16,
  wrapMul,
  wrapU16,
  wrapU8,
  type ConstPtr,
  type Ptr,
  type Static,
  type bool,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { expandPixels } from './expand.kernel.ts'
import type { DepthwiseDspParams } from './params.kernel.ts'

/** Pairs of two rows, `upperStep` and `lowerStep` elements from pixel to pixel. */
function expandRows(
  upper: ConstPtr<i8>,
  lower: ConstPtr<i8>,
  upperStep: i32,
  lowerStep: i32,
  line: Ptr<i32>,
  pixels: i32,
  minus: i32,
  pairs: Static<i32>,
): void {
  let u: ConstPtr<i8> = upper
  let l: ConstPtr<i8> = lower
  let to: Ptr<i32> = line
  for (let twos: i32 = pixels >> 1; twos > 0; twos--) {
    const u0: i32 = u.loadWordUnaligned(0)
    const l0: i32 = l.loadWordUnaligned(0)
    const u1: i32 = u.loadWordUnaligned(upperStep)
    const l1: i32 = l.loadWordUnaligned(lowerStep)
    expandPixels(u0, l0, to, 0, minus)
    expandPixels(u1, l1, to, 4 * pairs, minus)
    u = u.offset(2 * upperStep)
    l = l.offset(2 * lowerStep)
    to = to.offset(8 * pairs)
  }
  if ((pixels & 1) === 1) {
    expandPixels(u.loadWordUnaligned(0), l.loadWordUnaligned(0), to, 0, minus)
  }
}

/** Rows of an image of 1 to 3 channels, element by element into words that hold 0. */
function expandFew(
  input: ConstPtr<i8>,
  rows: ConstPtr<i32>,
  line: Ptr<i32>,
  p: DepthwiseDspParams,
  begin: i32,
  end: i32,
  pixels: i32,
  pairs: Static<i32>,
): void {
  for (let y: i32 = begin; y < end; y++) {
    const row: ConstPtr<i8> = input.offset(rows[y])
    const halves: Ptr<i16> = line.offset(4 * (y >> 1)).reinterpret<i16>()
    let at: i32 = 0
    for (let i: i32 = 0; i < pixels; i++) {
      for (let c: i32 = 0; c < p.inputChannels; c++) {
        halves[8 * pairs * i + 2 * c + (y & 1)] = i16(row[at] - p.inputZeroPoint)
        at += 1
      }
    }
  }
}

/**
 * Expands four channels of `pixels` > 0 pixels of the rows [begin, end) of the lines. Lines hold for each
 * pixel `pairs` times four words: the channels of rows 0 and 1, of rows 2 and 3 ... A row that lacks to a
 * pair is 0.
 *
 * input: the first pixel that is inside the image, at the first of the channels, in row 0 of a ring; rows:
 * where each row of the lines begins; zero: a word for four zero points; line: that pixel's words.
 *
 * @noinline
 */
export function expandLines(
  input: ConstPtr<i8>,
  rows: ConstPtr<i32>,
  zero: Ptr<i32>,
  line: Ptr<i32>,
  p: DepthwiseDspParams,
  begin: i32,
  end: i32,
  pixels: i32,
  pairs: Static<i32>,
): void {
  const step: i32 = p.inputChannels
  if (step < 4) {
    expandFew(input, rows, line, p, begin, end, pixels, pairs)
    return
  }
  zero[0] = wrapMul(wrapU8(p.inputZeroPoint), 16843009)
  const minus: i32 = wrapMul(wrapU16(-p.inputZeroPoint), 65537)
  for (let y: i32 = begin & ~1; y < end; y += 2) {
    const hasUpper: bool = y >= begin
    const hasLower: bool = y + 1 < end
    let upper: ConstPtr<i8> = zero.reinterpret<i8>()
    let lower: ConstPtr<i8> = zero.reinterpret<i8>()
    if (hasUpper) upper = input.offset(rows[y])
    if (hasLower) lower = input.offset(rows[y + 1])
    const to: Ptr<i32> = line.offset(2 * y)
    expandRows(upper, lower, hasUpper ? step : 0, hasLower ? step : 0, to, pixels, minus, pairs)
  }
}

/** Sets to 0 pairs [first, last) of pixels [begin, end). */
function clearPixels(
  lines: Ptr<i32>,
  pairs: i32,
  begin: i32,
  end: i32,
  first: i32,
  last: i32,
): void {
  for (let pixel: i32 = begin; pixel < end; pixel++) {
    let to: Ptr<i32> = lines.offset(4 * (pairs * pixel + first))
    for (let pair: i32 = first; pair < last; pair++) {
      to[0] = 0
      to[1] = 0
      to[2] = 0
      to[3] = 0
      to = to.offset(4)
    }
  }
}

/**
 * Sets to 0 what `expandLines` leaves out: pixels beside the [first, first + pixels) inside the image, and
 * where windows are taken whole (isWhole) those of the `used` pairs above and below it. Images of less than 4
 * channels have all of the lines cleared, as they come into them one half word at a time.
 *
 * @noinline
 */
export function clearAround(
  lines: Ptr<i32>,
  p: DepthwiseDspParams,
  pairs: i32,
  begin: i32,
  end: i32,
  used: i32,
  first: i32,
  pixels: i32,
  isWhole: bool,
): void {
  const width: i32 = p.linePixels
  const top: i32 = begin >> 1
  const bottom: i32 = (end + 1) >> 1
  if (p.inputChannels < 4 || begin === end) {
    clearPixels(lines, pairs, 0, width, 0, used)
    return
  }
  clearPixels(lines, pairs, 0, first, top, bottom)
  clearPixels(lines, pairs, first + pixels, width, top, bottom)
  if (isWhole && top > 0) clearPixels(lines, pairs, 0, width, 0, top)
  if (isWhole && bottom < used) clearPixels(lines, pairs, 0, width, bottom, used)
}
