// Rows of int8 pixels as int16 lines of pairs, four channels side by side, the zero point subtracted.

import { pkhbtLsl16, pkhtbAsr16, sxtab16, sxtab16Ror8 } from '../../runtime/lang/dsp.ts'
import {
  i16,
  wrapMul,
  wrapShl,
  wrapU16,
  wrapU8,
  type ConstPtr,
  type Ptr,
  type bool,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import type { DepthwiseDspParams } from './params.kernel.ts'

/**
 * Four channels of a pixel in each of two rows, upper in the low halves, to four words.
 *
 * @inline
 */
export function expandPixels(upper: i32, lower: i32, to: Ptr<i32>, at: i32, minus: i32): void {
  const low: i32 = pkhbtLsl16(upper, lower)
  to[at] = sxtab16(minus, low)
  to[at + 1] = sxtab16Ror8(minus, low)
  const high: i32 = pkhtbAsr16(lower, upper)
  to[at + 2] = sxtab16(minus, high)
  to[at + 3] = sxtab16Ror8(minus, high)
}

/** Vertical pairs of two rows. `to`: the record of the first pixel, its second one if `odd` is 1. */
function expandRows(
  upper: ConstPtr<i8>,
  lower: ConstPtr<i8>,
  step: i32,
  line: Ptr<i32>,
  record: i32,
  odd: i32,
  pixels: i32,
  minus: i32,
): void {
  let u: ConstPtr<i8> = upper
  let l: ConstPtr<i8> = lower
  let to: Ptr<i32> = line
  const left: i32 = pixels - odd
  if (odd === 1) {
    expandPixels(u.loadWordUnaligned(0), l.loadWordUnaligned(0), to, 4, minus)
    u = u.offset(step)
    l = l.offset(step)
    to = to.offset(record)
  }
  for (let twos: i32 = left >> 1; twos > 0; twos--) {
    const u0: i32 = u.loadWordUnaligned(0)
    const l0: i32 = l.loadWordUnaligned(0)
    const u1: i32 = u.loadWordUnaligned(step)
    const l1: i32 = l.loadWordUnaligned(step)
    expandPixels(u0, l0, to, 0, minus)
    expandPixels(u1, l1, to, 4, minus)
    u = u.offset(2 * step)
    l = l.offset(2 * step)
    to = to.offset(record)
  }
  if ((left & 1) === 1) expandPixels(u.loadWordUnaligned(0), l.loadWordUnaligned(0), to, 0, minus)
}

/** Horizontal pairs of a row; pixels that lack to whole pairs are `zero`. */
function expandRow(
  row: ConstPtr<i8>,
  step: i32,
  line: Ptr<i32>,
  record: i32,
  odd: i32,
  pixels: i32,
  zero: i32,
  minus: i32,
): void {
  let u: ConstPtr<i8> = row
  let to: Ptr<i32> = line
  const left: i32 = pixels - odd
  if (odd === 1) {
    expandPixels(zero, u.loadWordUnaligned(0), to, 0, minus)
    u = u.offset(step)
    to = to.offset(record)
  }
  for (let twos: i32 = left >> 1; twos > 0; twos--) {
    const u0: i32 = u.loadWordUnaligned(0)
    const u1: i32 = u.loadWordUnaligned(step)
    expandPixels(u0, u1, to, 0, minus)
    u = u.offset(2 * step)
    to = to.offset(record)
  }
  if ((left & 1) === 1) expandPixels(u.loadWordUnaligned(0), zero, to, 0, minus)
}

/** Both for a window of three rows inside the image, in one go. The last two begin so far behind `upper`. */
function expandThree(
  upper: ConstPtr<i8>,
  middle: i32,
  lower: i32,
  step: i32,
  line: Ptr<i32>,
  odd: i32,
  pixels: i32,
  zero: i32,
  minus: i32,
): void {
  let u: ConstPtr<i8> = upper
  let to: Ptr<i32> = line
  const left: i32 = pixels - odd
  if (odd === 1) {
    expandPixels(u.loadWordUnaligned(0), u.loadWordUnaligned(middle), to, 4, minus)
    expandPixels(zero, u.loadWordUnaligned(lower), to, 8, minus)
    u = u.offset(step)
    to = to.offset(12)
  }
  for (let twos: i32 = left >> 1; twos > 0; twos--) {
    const u0: i32 = u.loadWordUnaligned(0)
    const m0: i32 = u.loadWordUnaligned(middle)
    const l0: i32 = u.loadWordUnaligned(lower)
    expandPixels(u0, m0, to, 0, minus)
    u = u.offset(step)
    const u1: i32 = u.loadWordUnaligned(0)
    const m1: i32 = u.loadWordUnaligned(middle)
    const l1: i32 = u.loadWordUnaligned(lower)
    expandPixels(u1, m1, to, 4, minus)
    expandPixels(l0, l1, to, 8, minus)
    u = u.offset(step)
    to = to.offset(12)
  }
  if ((left & 1) === 1) {
    expandPixels(u.loadWordUnaligned(0), u.loadWordUnaligned(middle), to, 0, minus)
    expandPixels(u.loadWordUnaligned(lower), zero, to, 8, minus)
  }
}

/** Vertical pairs where one of the rows lies in the padding: `shift` 0 for an upper row, 16 for a lower. */
function expandHalf(
  row: ConstPtr<i8>,
  shift: i32,
  step: i32,
  line: Ptr<i32>,
  record: i32,
  odd: i32,
  pixels: i32,
  minus: i32,
): void {
  for (let i: i32 = 0; i < pixels; i++) {
    const to: Ptr<i32> = line.offset(((odd + i) >> 1) * record + ((odd + i) & 1) * 4)
    const word: i32 = row.loadWordUnaligned(i * step)
    const x02: i32 = sxtab16(minus, word)
    const x13: i32 = sxtab16Ror8(minus, word)
    to[0] = wrapShl(wrapU16(x02), shift)
    to[1] = wrapShl(wrapU16(x13), shift)
    to[2] = wrapShl(wrapU16(x02 >> 16), shift)
    to[3] = wrapShl(wrapU16(x13 >> 16), shift)
  }
}

/** A row of an image of 1 to 3 channels, element by element into words that hold 0. */
function expandFew(
  row: ConstPtr<i8>,
  channels: i32,
  line: Ptr<i32>,
  record: i32,
  odd: i32,
  pixels: i32,
  zeroPoint: i32,
  half: i32,
  pixelHalves: i32,
): void {
  let at: i32 = 0
  for (let i: i32 = odd; i < odd + pixels; i++) {
    const halves: Ptr<i16> = line.offset((i >> 1) * record).reinterpret<i16>()
    const to: i32 = half + (i & 1) * pixelHalves
    for (let c: i32 = 0; c < channels; c++) {
      halves[to + 2 * c] = i16(row[at] - zeroPoint)
      at += 1
    }
  }
}

/**
 * Expands four channels of `pixels` > 0 pixels of a window's rows [kyBegin, kyEnd). Lines have a record of
 * kernelHeight * 4 words for each two pixels: for each two rows four words of pairs of rows (channels side
 * by side) of the first pixel and four of the second; then, for the last row of an odd height, four words
 * of pairs of the two pixels.
 *
 * input: the first pixel that is inside the image, at the first of the channels, in row 0 of a ring; rows:
 * for each ky where its row begins; line: the record of that pixel, which is its second one if `odd` is 1.
 */
export function expandWindow(
  input: ConstPtr<i8>,
  rows: ConstPtr<i32>,
  line: Ptr<i32>,
  p: DepthwiseDspParams,
  kyBegin: i32,
  kyEnd: i32,
  kernelHeight: i32,
  odd: i32,
  pixels: i32,
): void {
  const step: i32 = p.inputChannels
  const record: i32 = 4 * kernelHeight
  const zero: i32 = wrapMul(wrapU8(p.inputZeroPoint), 16843009)
  const minus: i32 = wrapMul(wrapU16(-p.inputZeroPoint), 65537)
  if (step >= 4 && kernelHeight === 3 && kyBegin === 0 && kyEnd === 3) {
    const upper: i32 = rows[0]
    const middle: i32 = rows[1] - upper
    const lower: i32 = rows[2] - upper
    expandThree(input.offset(upper), middle, lower, step, line, odd, pixels, zero, minus)
    return
  }
  let ky: i32 = kyBegin
  while (ky < kyEnd) {
    const row: ConstPtr<i8> = input.offset(rows[ky])
    const to: Ptr<i32> = line.offset(4 * (ky & ~1))
    const isLast: bool = ky + 1 === kernelHeight && (ky & 1) === 0
    if (step < 4) {
      expandFew(row, step, to, record, odd, pixels, p.inputZeroPoint, ky & 1, isLast ? 1 : 8)
    } else if (isLast) {
      expandRow(row, step, to, record, odd, pixels, zero, minus)
    } else if ((ky & 1) === 1 || ky + 1 === kyEnd) {
      expandHalf(row, 16 * (ky & 1), step, to, record, odd, pixels, minus)
    } else {
      expandRows(row, input.offset(rows[ky + 1]), step, to, record, odd, pixels, minus)
      ky += 1
    }
    ky += 1
  }
}

/** Sets four words to 0 in each of the records [begin, end). */
function clearRecords(words: Ptr<i32>, record: i32, begin: i32, end: i32): void {
  let to: Ptr<i32> = words.offset(begin * record)
  for (let i: i32 = begin; i < end; i++) {
    to[0] = 0
    to[1] = 0
    to[2] = 0
    to[3] = 0
    to = to.offset(record)
  }
}

/**
 * Sets to 0 what `expandWindow` leaves out of the lines: columns beside the image, of windows of up to 3
 * rows also rows outside. (For higher ones `filterLanes` passes over them.) Images of less than 4 channels
 * have all of the lines cleared, as they come into them one half word at a time.
 */
export function clearAround(
  lines: Ptr<i32>,
  p: DepthwiseDspParams,
  kyBegin: i32,
  kyEnd: i32,
  kernelHeight: i32,
  first: i32,
  pixels: i32,
): void {
  const record: i32 = 4 * kernelHeight
  const records: i32 = p.linePixels >> 1
  const isWhole: bool = p.inputChannels < 4 || kyBegin === kyEnd
  for (let ky: i32 = 0; ky < kernelHeight; ky += 2) {
    const line: Ptr<i32> = lines.offset(4 * ky)
    const isLast: bool = ky + 1 === kernelHeight
    const isMissing: bool = isWhole || ky >= kyEnd || ky + 1 < kyBegin || pixels === 0
    const end: i32 = first + pixels
    clearRecords(line, record, 0, isMissing ? records : isLast ? first >> 1 : (first + 1) >> 1)
    if (!isMissing) clearRecords(line, record, (end + 1) >> 1, records)
    if (!isLast) {
      clearRecords(line.offset(4), record, 0, isMissing ? records : first >> 1)
      if (!isMissing) clearRecords(line.offset(4), record, end >> 1, records)
    }
  }
}
