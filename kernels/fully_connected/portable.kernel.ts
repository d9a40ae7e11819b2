// FULLY_CONNECTED, int8, without SIMD: four units to a word of weights.
//
// A word holds (w0 + 128) + 2^8 (w1 + 128) + 2^16 (w2 + 128) + 2^24 w3 for weights of four units. Shifted
// to the right by 8 k it ends in weight k, with 2^8 times the word shifted by 8 (k + 1) above. So one shift
// a weight is enough: of the sums of x times the shifted words, each less 2^8 times the next is a unit's,
// modulo 2^32.

import { requantizePortable } from '../pairs/requantize.kernel.ts'
import {
  unroll,
  wrapAdd,
  wrapMul,
  wrapShl,
  wrapSub,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

export interface PortableFullyConnectedParams {
  readonly depth: i32
  readonly units: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/** 128 * sum of `count` elements. */
function shiftedSum(x: ConstPtr<i8>, count: i32): i32 {
  let sum: i32 = 0
  for (let i: i32 = 0; i < count; i++) sum += x[i]
  return wrapShl(sum, 7)
}

/**
 * One input vector; a batch is a call per vector.
 *
 * input: [depth] int8; weights: [units / 4, rounded up, depth] words; table: per unit bias, with the
 * input's zero point folded in, and the 5 constants of `requantizePortable`; output: [units] int8.
 */
export function fullyConnected(
  input: ConstPtr<i8>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  p: PortableFullyConnectedParams,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const excess: i32 = shiftedSum(input, p.depth)
  let w: ConstPtr<i8> = weights
  let t: ConstPtr<i32> = table
  let to: Ptr<i8> = output
  for (let left: i32 = p.units; left > 0; left -= 4) {
    let sum0: i32 = 0
    let sum1: i32 = 0
    let sum2: i32 = 0
    let sum3: i32 = 0
    const depth: i32 = p.depth
    let i: i32 = 0
    // Depth is never 0; a loop that knows it keeps the sums where they are.
    while (true) {
      const x: i32 = input[i]
      const word: i32 = w.loadWord(4 * i)
      sum3 = wrapAdd(sum3, wrapMul(x, word >> 24))
      sum2 = wrapAdd(sum2, wrapMul(x, word >> 16))
      sum1 = wrapAdd(sum1, wrapMul(x, word >> 8))
      sum0 = wrapAdd(sum0, wrapMul(x, word))
      i += 1
      if (i === depth) break
    }
    w = w.offset(4 * depth)
    sum0 = wrapSub(wrapSub(sum0, wrapShl(sum1, 8)), excess)
    sum1 = wrapSub(wrapSub(sum1, wrapShl(sum2, 8)), excess)
    sum2 = wrapSub(wrapSub(sum2, wrapShl(sum3, 8)), excess)
    for (const k of unroll(0, 4)) {
      if (left > k) {
        const sum: i32 = k === 0 ? sum0 : k === 1 ? sum1 : k === 2 ? sum2 : sum3
        const q: ConstPtr<i32> = t.offset(1)
        const low: i32 = p.activationMin
        const high: i32 = p.activationMax
        to[k] = requantizePortable(wrapAdd(sum, t[0]), q, low, high, form, isSigned, isClamped)
        t = t.offset(6)
      }
    }
    to = to.offset(4)
  }
}
