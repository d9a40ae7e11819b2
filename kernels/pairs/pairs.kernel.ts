// Matrix product without SIMD: two pixels share a 32-bit word, so that a multiplication makes two products.
//
// A word is x0 + 2^16 x1 for int8 elements of two pixels. Times a weight it is a product in either half,
// and a run of weights whose magnitudes sum up to at most 255 keeps both halves within int16: 128 * 255 <
// 2^15. After each run the upper half goes to `upper`, with 2^15 added first so that a negative lower half
// borrows nothing; the words themselves sum up in `both`, modulo 2^32. Then upper is the sum of pixel 1,
// and both - 2^16 upper that of pixel 0.

import {
  idiv,
  unroll,
  wrapAdd,
  wrapMul,
  wrapShl,
  wrapI8,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { storePair } from './store.kernel.ts'

/** What all calls of an operator have in common. */
export interface PairsParams {
  /** Elements of a pixel, and the same in fours, rounded up. */
  readonly depth: i32
  readonly groups: i32
  readonly channels: i32
  /** 2^15 */
  readonly half: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/**
 * words[2 * i] = pixel0[i] + 2^16 * pixel1[i] for `count` elements; the words between belong to another
 * pair.
 */
export function expandPair(
  pixel0: ConstPtr<i8>,
  pixel1: ConstPtr<i8>,
  words: Ptr<i32>,
  count: i32,
): void {
  let to: Ptr<i32> = words
  let i: i32 = 0
  while (i + 4 <= count) {
    for (const k of unroll(0, 4)) to[2 * k] = pixel0[i + k] + (pixel1[i + k] << 16)
    to = to.offset(8)
    i += 4
  }
  while (i < count) {
    to[0] = pixel0[i] + (pixel1[i] << 16)
    to = to.offset(2)
    i += 1
  }
}

/** Words of both pairs from `depth` to the next multiple of 4: no expansion writes them. */
export function clearTail(words: Ptr<i32>, p: PairsParams): void {
  for (let i: i32 = 2 * p.depth; i < 8 * p.groups; i++) words[i] = 0
}

/** @inline */
function runOfTwo(x: ConstPtr<i32>, w0: i32, w1: i32, half: i32): i32 {
  return wrapAdd(wrapAdd(wrapMul(x[0], w0), half), wrapMul(x[2], w1))
}

/** @inline */
function lowerRun(x: ConstPtr<i32>, word: i32, half: i32): i32 {
  return runOfTwo(x, wrapI8(word), wrapShl(word, 16) >> 24, half)
}

/** @inline */
function upperRun(x: ConstPtr<i32>, word: i32, half: i32): i32 {
  return runOfTwo(x.offset(4), wrapShl(word, 8) >> 24, word >> 24, half)
}

/** @inline */
function runOfFour(x: ConstPtr<i32>, word: i32, half: i32): i32 {
  return wrapAdd(lowerRun(x, word, half), upperRun(x, word, 0))
}

/**
 * All four weights of a word, or two.
 *
 * @inline
 */
function runOf(x: ConstPtr<i32>, word: i32, half: i32, run: Static<i32>, part: Static<i32>): i32 {
  if (run === 4) return runOfFour(x, word, half)
  return part === 0 ? lowerRun(x, word, half) : upperRun(x, word, half)
}

/**
 * All channels of 2 * pairs pixels. x: pairs as `expandPair` makes them, the second from word 1 on.
 * weights: [channels, groups] words of four. table: per channel the bias, where `both` starts,
 * the number of extra runs and the 5 constants of `requantizePortable`. extras: per extra run its first word in x,
 * and weights. See kernels/pairs/pack.ts. run: weights per run, 2 or 4. out: the first pixel; only
 * `pixels` of them are stored.
 *
 * @noinline
 */
function channelsOfPairs(
  x: ConstPtr<i32>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  extras: ConstPtr<i32>,
  out: Ptr<i8>,
  pixels: i32,
  p: PairsParams,
  pairs: Static<i32>,
  run: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  let t: ConstPtr<i32> = table
  let w: ConstPtr<i8> = weights
  let extra: ConstPtr<i32> = extras
  let to: Ptr<i8> = out
  for (let channel: i32 = p.channels; channel > 0; channel--) {
    let upper0: i32 = t[0]
    let upper1: i32 = upper0
    let both0: i32 = t[1]
    let both1: i32 = both0
    // A constant would be made anew for each use.
    const half: i32 = p.half
    const row: i32 = 4 * p.groups
    const end: ConstPtr<i8> = w.offset(row)
    // Runs of two take a loop for those of the lower halves of words and one for the others: in one loop
    // they would want more registers than there are.
    for (const part of unroll(0, idiv(4, run))) {
      let from: ConstPtr<i32> = x
      // Up to 0 there is nothing to compare with.
      let i: i32 = -row
      while (true) {
        const word: i32 = end.loadWord(i)
        i += 4
        const sum0: i32 = runOf(from, word, half, run, part)
        both0 = wrapAdd(both0, sum0)
        upper0 = wrapAdd(upper0, sum0 >> 16)
        if (pairs === 2) {
          const sum1: i32 = runOf(from.offset(1), word, half, run, part)
          both1 = wrapAdd(both1, sum1)
          upper1 = wrapAdd(upper1, sum1 >> 16)
        }
        from = from.offset(8)
        if (i >= 0) break
      }
    }
    w = end
    if (run === 4) {
      for (let left: i32 = t[2]; left > 0; left--) {
        const at: ConstPtr<i32> = x.offset(extra[0])
        const word: i32 = extra[1]
        extra = extra.offset(2)
        const sum0: i32 = runOfFour(at, word, half)
        both0 = wrapAdd(both0, sum0)
        upper0 = wrapAdd(upper0, sum0 >> 16)
        if (pairs === 2) {
          const sum1: i32 = runOfFour(at.offset(1), word, half)
          both1 = wrapAdd(both1, sum1)
          upper1 = wrapAdd(upper1, sum1 >> 16)
        }
      }
    }
    const low: i32 = p.activationMin
    const high: i32 = p.activationMax
    const step: i32 = p.channels
    const q: ConstPtr<i32> = t.offset(3)
    storePair(to, step, pixels, both0, upper0, q, low, high, form, isSigned, isClamped)
    if (pairs === 2) {
      const second: Ptr<i8> = to.offset(2 * step)
      storePair(second, step, pixels - 2, both1, upper1, q, low, high, form, isSigned, isClamped)
    }
    t = t.offset(8)
    to = to.offset(1)
  }
}

/** All channels of up to four pixels; `channelsOfPairs` tells what of. */
export function channelsOfPixels(
  x: ConstPtr<i32>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  extras: ConstPtr<i32>,
  out: Ptr<i8>,
  pixels: i32,
  p: PairsParams,
  run: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  if (pixels > 2) {
    channelsOfPairs(x, weights, table, extras, out, pixels, p, 2, run, form, isSigned, isClamped)
  } else {
    channelsOfPairs(x, weights, table, extras, out, pixels, p, 1, run, form, isSigned, isClamped)
  }
}
