// Rows of int8 pixels as int16 lines of pairs, four channels side by side, the zero point subtracted.

import { pkhbtLsl16, pkhtbAsr16, sxtab16, sxtab16Ror8 } from '../../runtime/lang/dsp.ts'
import { ringNext } from '../../runtime/lang/window.ts'
import {
  i16,
  wrapMul,
  wrapU16,
  type ConstPtr,
  type Ptr,
  type bool,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

export interface DepthwiseConv2dDspParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputChannels: i32
  /** From one row to the next. */
  readonly inputRowElements: i32
  readonly inputZeroPoint: i32
  readonly outputWidth: i32
  readonly outputChannels: i32
  readonly outputRowElements: i32
  readonly depthMultiplier: i32
  readonly strideH: i32
  readonly padTop: i32
  readonly padLeft: i32
  /** Output columns done at a time: a multiple of 4, or all. */
  readonly chunk: i32
  /** Pixels of an expanded row, even. */
  readonly linePixels: i32
  readonly outputZeroPoint: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/** Sets words [begin, end) to 0; their number is a multiple of 4. */
export function clearWords(words: Ptr<i32>, begin: i32, end: i32): void {
  for (let i: i32 = begin; i < end; i += 4) {
    words[i] = 0
    words[i + 1] = 0
    words[i + 2] = 0
    words[i + 3] = 0
  }
}

/**
 * Four channels of `pixels` pixels of two rows: word 4 * i + c holds channel c of pixel i, the upper
 * row's in its low half. The steps lead from pixel to pixel; `minus` is -zero point in both halves.
 */
function expandRows(
  upper: ConstPtr<i8>,
  upperStep: i32,
  lower: ConstPtr<i8>,
  lowerStep: i32,
  line: Ptr<i32>,
  pixels: i32,
  minus: i32,
): void {
  let u: ConstPtr<i8> = upper
  let l: ConstPtr<i8> = lower
  let to: Ptr<i32> = line
  let left: i32 = pixels
  while (left >= 2) {
    const u0: i32 = u.loadWordUnaligned(0)
    const u1: i32 = u.loadWordUnaligned(upperStep)
    const l0: i32 = l.loadWordUnaligned(0)
    const l1: i32 = l.loadWordUnaligned(lowerStep)
    const u02: i32 = sxtab16(minus, u0)
    const l02: i32 = sxtab16(minus, l0)
    to[0] = pkhbtLsl16(u02, l02)
    to[2] = pkhtbAsr16(l02, u02)
    const u13: i32 = sxtab16Ror8(minus, u0)
    const l13: i32 = sxtab16Ror8(minus, l0)
    to[1] = pkhbtLsl16(u13, l13)
    to[3] = pkhtbAsr16(l13, u13)
    const v02: i32 = sxtab16(minus, u1)
    const m02: i32 = sxtab16(minus, l1)
    to[4] = pkhbtLsl16(v02, m02)
    to[6] = pkhtbAsr16(m02, v02)
    const v13: i32 = sxtab16Ror8(minus, u1)
    const m13: i32 = sxtab16Ror8(minus, l1)
    to[5] = pkhbtLsl16(v13, m13)
    to[7] = pkhtbAsr16(m13, v13)
    u = u.offset(2 * upperStep)
    l = l.offset(2 * lowerStep)
    to = to.offset(8)
    left -= 2
  }
  if (left > 0) {
    const u0: i32 = u.loadWordUnaligned(0)
    const l0: i32 = l.loadWordUnaligned(0)
    const u02: i32 = sxtab16(minus, u0)
    const l02: i32 = sxtab16(minus, l0)
    to[0] = pkhbtLsl16(u02, l02)
    to[2] = pkhtbAsr16(l02, u02)
    const u13: i32 = sxtab16Ror8(minus, u0)
    const l13: i32 = sxtab16Ror8(minus, l0)
    to[1] = pkhbtLsl16(u13, l13)
    to[3] = pkhtbAsr16(l13, u13)
  }
}

/**
 * Four channels of `pixels` pixels of a row: word 4 * i + c holds channel c of the line's pixels 2 * i
 * and 2 * i + 1. `first`: the line's pixel that comes first; what lacks to whole pairs counts as 0.
 */
function expandRow(
  from: ConstPtr<i8>,
  step: i32,
  line: Ptr<i32>,
  first: i32,
  pixels: i32,
  minus: i32,
): void {
  let u: ConstPtr<i8> = from
  let to: Ptr<i32> = line.offset((first >> 1) * 4)
  let left: i32 = pixels
  if ((first & 1) === 1 && left > 0) {
    const uw: i32 = u.loadWordUnaligned(0)
    const u02: i32 = sxtab16(minus, uw)
    const u13: i32 = sxtab16Ror8(minus, uw)
    to[0] = pkhbtLsl16(0, u02)
    to[1] = pkhbtLsl16(0, u13)
    to[2] = pkhtbAsr16(u02, 0)
    to[3] = pkhtbAsr16(u13, 0)
    u = u.offset(step)
    to = to.offset(4)
    left -= 1
  }
  while (left >= 2) {
    const uw: i32 = u.loadWordUnaligned(0)
    const lw: i32 = u.loadWordUnaligned(step)
    const u02: i32 = sxtab16(minus, uw)
    const l02: i32 = sxtab16(minus, lw)
    const u13: i32 = sxtab16Ror8(minus, uw)
    const l13: i32 = sxtab16Ror8(minus, lw)
    to[0] = pkhbtLsl16(u02, l02)
    to[1] = pkhbtLsl16(u13, l13)
    to[2] = pkhtbAsr16(l02, u02)
    to[3] = pkhtbAsr16(l13, u13)
    u = u.offset(2 * step)
    to = to.offset(4)
    left -= 2
  }
  if (left > 0) {
    const uw: i32 = u.loadWordUnaligned(0)
    const u02: i32 = sxtab16(minus, uw)
    const u13: i32 = sxtab16Ror8(minus, uw)
    to[0] = pkhbtLsl16(u02, 0)
    to[1] = pkhbtLsl16(u13, 0)
    to[2] = pkhtbAsr16(0, u02)
    to[3] = pkhtbAsr16(0, u13)
  }
}

/**
 * The same for images of 1 to 3 channels, element by element: channel c of the line's pixel i goes to
 * half i * 8 + 2 * c where two rows make pairs, or to (i / 2) * 8 + 2 * c + i % 2 where pixels do.
 */
function expandFew(
  from: ConstPtr<i8>,
  channels: i32,
  halves: Ptr<i16>,
  first: i32,
  pixels: i32,
  zeroPoint: i32,
  pairsPixels: i32,
): void {
  let at: i32 = 0
  for (let i: i32 = first; i < first + pixels; i++) {
    const to: i32 = pairsPixels === 1 ? (i >> 1) * 8 + (i & 1) : i * 8
    for (let c: i32 = 0; c < channels; c++) {
      halves[to + 2 * c] = i16(from[at] - zeroPoint)
      at += 1
    }
  }
}

/** `expandWindow` for images of 1 to 3 channels, whose lines hold 0. */
function expandWindowFew(
  input: ConstPtr<i8>,
  lines: Ptr<i32>,
  p: DepthwiseConv2dDspParams,
  ring: i32,
  slot: i32,
  kyBegin: i32,
  kyEnd: i32,
  pairs: i32,
  first: i32,
  pixels: i32,
): void {
  let at: i32 = slot
  for (let ky: i32 = kyBegin; ky < kyEnd; ky++) {
    const halves: Ptr<i16> = lines.offset(4 * (ky >> 1) * p.linePixels).reinterpret<i16>()
    const from: ConstPtr<i8> = input.offset(at * p.inputRowElements)
    const alone: i32 = ky < 2 * pairs ? 0 : 1
    const half: Ptr<i16> = halves.offset(alone === 1 ? 0 : ky & 1)
    expandFew(from, p.inputChannels, half, first, pixels, p.inputZeroPoint, alone)
    at = ringNext(at, 1, ring)
  }
}

/**
 * Expands four channels of a window's rows [kyBegin, kyEnd) into lines of vertical pairs and, for an
 * odd kernelHeight, one of horizontal pairs. input: the first pixel that is inside, at the first of the channels,
 * in row 0 of a ring; `slot` is that of row kyBegin. The image fills pixels [first, first + pixels) of the
 * lines. zeros: a word of zero points, which stands for a row outside the image.
 */
export function expandWindow(
  input: ConstPtr<i8>,
  zeros: ConstPtr<i8>,
  lines: Ptr<i32>,
  p: DepthwiseConv2dDspParams,
  ring: i32,
  slot: i32,
  kyBegin: i32,
  kyEnd: i32,
  kernelHeight: i32,
  first: i32,
  pixels: i32,
): void {
  const pairs: i32 = kernelHeight >> 1
  const step: i32 = p.inputChannels
  if (step < 4) {
    expandWindowFew(input, lines, p, ring, slot, kyBegin, kyEnd, pairs, first, pixels)
    return
  }
  const minus: i32 = wrapMul(wrapU16(-p.inputZeroPoint), 65537)
  let at: i32 = slot
  let ky: i32 = kyBegin & ~1
  while (ky < kyEnd && ky < 2 * pairs) {
    const line: Ptr<i32> = lines.offset(ky * 2 * p.linePixels + 4 * first)
    let upper: ConstPtr<i8> = zeros
    let upperStep: i32 = 0
    if (ky >= kyBegin) {
      upper = input.offset(at * p.inputRowElements)
      upperStep = step
      at = ringNext(at, 1, ring)
    }
    let lower: ConstPtr<i8> = zeros
    let lowerStep: i32 = 0
    if (ky + 1 < kyEnd) {
      lower = input.offset(at * p.inputRowElements)
      lowerStep = step
      at = ringNext(at, 1, ring)
    }
    expandRows(upper, upperStep, lower, lowerStep, line, pixels, minus)
    ky += 2
  }
  if (2 * pairs < kyEnd) {
    const line: Ptr<i32> = lines.offset(4 * pairs * p.linePixels)
    expandRow(input.offset(at * p.inputRowElements), step, line, first, pixels, minus)
  }
}

/**
 * Sets to 0 what `expandWindow` leaves out of the lines: columns beside the image, of windows of up to 3
 * rows also rows outside. (Higher ones pass over lines without a row.) Images of less than 4 channels
 * have all lines cleared, half of a pair's words is not written otherwise.
 */
export function clearAround(
  lines: Ptr<i32>,
  p: DepthwiseConv2dDspParams,
  kyBegin: i32,
  kyEnd: i32,
  kernelHeight: i32,
  first: i32,
  pixels: i32,
): void {
  const pairs: i32 = kernelHeight >> 1
  const lineWords: i32 = 4 * p.linePixels
  if (p.inputChannels < 4 || kyEnd === 0) {
    clearWords(lines, 0, (lineWords >> 1) * kernelHeight)
    return
  }
  if (kernelHeight <= 3 && kyBegin >= 2) clearWords(lines, 0, lineWords)
  for (let pair: i32 = kyBegin >> 1; 2 * pair < kyEnd && pair < pairs; pair++) {
    clearWords(lines, pair * lineWords, pair * lineWords + 4 * first)
    clearWords(lines, pair * lineWords + 4 * (first + pixels), (pair + 1) * lineWords)
  }
  if ((kernelHeight & 1) === 1) {
    const isInside: bool = kernelHeight === kyEnd && pixels > 0
    const line: Ptr<i32> = lines.offset(pairs * lineWords)
    clearWords(line, 0, isInside ? 4 * (first >> 1) : 0)
    clearWords(line, isInside ? 4 * ((first + pixels + 1) >> 1) : 0, lineWords >> 1)
  }
}
