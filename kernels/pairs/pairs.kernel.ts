// Matrix product without SIMD: two pixels share a 32-bit word, so that a multiplication makes two products.
//
// A word is x0 + 2^16 x1 for int8 elements of two pixels. Times a weight it is a product in either half,
// and a run of weights whose magnitudes sum up to at most 255 keeps both halves within int16: 128 * 255 <
// 2^15. After each run the upper half goes to `upper`, with 2^15 added first so that a negative lower half
// borrows nothing; the words themselves sum up in `both`, modulo 2^32. Then upper is the sum of pixel 1,
// and both - 2^16 upper that of pixel 0.

import {
  unroll,
  wrapAdd,
  wrapMul,
  wrapShl,
  wrapSub,
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
 * words[8 * g + k] = pixel0[4 * g + k] + 2^16 * pixel1[4 * g + k], 0 from `depth` to the next multiple
 * of 4. The four words between belong to another pair.
 */
export function expandPair(
  pixel0: ConstPtr<i8>,
  pixel1: ConstPtr<i8>,
  words: Ptr<i32>,
  depth: i32,
): void {
  let to: Ptr<i32> = words
  let i: i32 = 0
  while (i + 4 <= depth) {
    for (const k of unroll(0, 4)) to[k] = pixel0[i + k] + (pixel1[i + k] << 16)
    to = to.offset(8)
    i += 4
  }
  if (i < depth) {
    for (const k of unroll(0, 4)) {
      to[k] = i + k < depth ? pixel0[i + k] + (pixel1[i + k] << 16) : 0
    }
  }
}

/** @inline */
function weight0(word: i32): i32 {
  return wrapI8(word)
}

/** @inline */
function weight1(word: i32): i32 {
  return wrapShl(word, 16) >> 24
}

/** @inline */
function weight2(word: i32): i32 {
  return wrapShl(word, 8) >> 24
}

/** @inline */
function weight3(word: i32): i32 {
  return word >> 24
}

/**
 * All channels of 2 * pairs pixels. x: pairs as `expandPair` makes them, the second from word 4 on.
 * weights: [channels, groups] words of four. table: per channel the bias, where `both` starts,
 * the number of extra runs and the 5 constants of `requantizePortable`. extras: per extra run its first word in x,
 * and weights. See kernels/pairs/pack.ts. run: weights per run, 2 or 4. out: the first pixel; only
 * `pixels` of them are stored.
 */
export function channelsOfPixels(
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
    let from: ConstPtr<i32> = x
    // A constant would be made anew for each use.
    const half: i32 = p.half
    const row: i32 = 4 * p.groups
    let i: i32 = 0
    while (true) {
      const word: i32 = w.loadWord(i)
      const w0: i32 = weight0(word)
      const w1: i32 = weight1(word)
      const w2: i32 = weight2(word)
      const w3: i32 = weight3(word)
      let sum: i32 = wrapAdd(wrapMul(from[0], w0), wrapMul(from[1], w1))
      if (run === 2) {
        sum = wrapAdd(sum, half)
        both0 = wrapAdd(both0, sum)
        upper0 = wrapAdd(upper0, sum >> 16)
        sum = wrapMul(from[2], w2)
      } else {
        sum = wrapAdd(sum, wrapMul(from[2], w2))
      }
      sum = wrapAdd(wrapAdd(sum, wrapMul(from[3], w3)), half)
      both0 = wrapAdd(both0, sum)
      upper0 = wrapAdd(upper0, sum >> 16)
      if (pairs === 2) {
        sum = wrapAdd(wrapMul(from[4], w0), wrapMul(from[5], w1))
        if (run === 2) {
          sum = wrapAdd(sum, half)
          both1 = wrapAdd(both1, sum)
          upper1 = wrapAdd(upper1, sum >> 16)
          sum = wrapMul(from[6], w2)
        } else {
          sum = wrapAdd(sum, wrapMul(from[6], w2))
        }
        sum = wrapAdd(wrapAdd(sum, wrapMul(from[7], w3)), half)
        both1 = wrapAdd(both1, sum)
        upper1 = wrapAdd(upper1, sum >> 16)
      }
      from = from.offset(8)
      i += 4
      if (i === row) break
    }
    w = w.offset(row)
    if (run === 4) {
      for (let left: i32 = t[2]; left > 0; left--) {
        const at: ConstPtr<i32> = x.offset(extra[0])
        const word: i32 = extra[1]
        extra = extra.offset(2)
        for (const pair of unroll(0, pairs)) {
          let sum: i32 = wrapAdd(
            wrapMul(at[4 * pair], weight0(word)),
            wrapMul(at[4 * pair + 1], weight1(word)),
          )
          sum = wrapAdd(sum, wrapMul(at[4 * pair + 2], weight2(word)))
          sum = wrapAdd(wrapAdd(sum, wrapMul(at[4 * pair + 3], weight3(word))), half)
          if (pair === 0) {
            both0 = wrapAdd(both0, sum)
            upper0 = wrapAdd(upper0, sum >> 16)
          } else {
            both1 = wrapAdd(both1, sum)
            upper1 = wrapAdd(upper1, sum >> 16)
          }
        }
      }
    }
    const low: i32 = p.activationMin
    const high: i32 = p.activationMax
    const step: i32 = p.channels
    const q: ConstPtr<i32> = t.offset(3)
    const lower0: i32 = wrapSub(both0, wrapShl(upper0, 16))
    storePair(to, step, pixels, lower0, upper0, q, low, high, form, isSigned, isClamped)
    if (pairs === 2) {
      const lower1: i32 = wrapSub(both1, wrapShl(upper1, 16))
      const second: Ptr<i8> = to.offset(2 * step)
      storePair(second, step, pixels - 2, lower1, upper1, q, low, high, form, isSigned, isClamped)
    }
    t = t.offset(8)
    to = to.offset(1)
  }
}
