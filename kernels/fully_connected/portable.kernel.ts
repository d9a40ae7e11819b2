// FULLY_CONNECTED, int8, without SIMD: four units to a word of weights.
//
// A word holds (w0 + 128) + 2^8 (w1 + 128) + 2^16 (w2 + 128) + 2^24 w3 for weights of four units. Shifted
// to the right by 8 k it ends in weight k, with 2^8 times the word shifted by 8 (k + 1) above. So one shift
// a weight is enough: of the sums of x times the shifted words, each less 2^8 times the next is a unit's,
// modulo 2^32.

import { min } from '../../runtime/lang/math.ts'
import { requantizePortable } from '../pairs/requantize.kernel.ts'
import {
  localArray,
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
  let i: i32 = 0
  while (i + 4 <= count) {
    sum += x[i] + x[i + 1] + x[i + 2] + x[i + 3]
    i += 4
  }
  while (i < count) {
    sum += x[i]
    i += 1
  }
  return wrapShl(sum, 7)
}

/**
 * `count` units of a block. input: behind its end; w: [depth, block / 4] words; t: see `fullyConnected`;
 * block: 4 or 8.
 */
function unitsOfBlock(
  input: ConstPtr<i8>,
  weights: ConstPtr<i32>,
  table: ConstPtr<i32>,
  to: Ptr<i8>,
  excess: i32,
  count: i32,
  p: PortableFullyConnectedParams,
  block: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  let sum0: i32 = 0
  let sum1: i32 = 0
  let sum2: i32 = 0
  let sum3: i32 = 0
  let sum4: i32 = 0
  let sum5: i32 = 0
  let sum6: i32 = 0
  let sum7: i32 = 0
  let w: ConstPtr<i32> = weights
  // Depth is never 0. Up to 0 there is nothing to compare with, and no register to keep it in.
  let i: i32 = -p.depth
  while (true) {
    const x: i32 = input[i]
    const word: i32 = w[0]
    sum3 = wrapAdd(sum3, wrapMul(x, word >> 24))
    sum2 = wrapAdd(sum2, wrapMul(x, word >> 16))
    sum1 = wrapAdd(sum1, wrapMul(x, word >> 8))
    sum0 = wrapAdd(sum0, wrapMul(x, word))
    if (block === 8) {
      const next: i32 = w[1]
      sum7 = wrapAdd(sum7, wrapMul(x, next >> 24))
      sum6 = wrapAdd(sum6, wrapMul(x, next >> 16))
      sum5 = wrapAdd(sum5, wrapMul(x, next >> 8))
      sum4 = wrapAdd(sum4, wrapMul(x, next))
    }
    w = w.offset(block >> 2)
    i += 1
    if (i >= 0) break
  }
  const sums: Ptr<i32> = localArray<i32>(8)
  sums[0] = wrapSub(wrapSub(sum0, wrapShl(sum1, 8)), excess)
  sums[1] = wrapSub(wrapSub(sum1, wrapShl(sum2, 8)), excess)
  sums[2] = wrapSub(wrapSub(sum2, wrapShl(sum3, 8)), excess)
  sums[3] = sum3
  if (block === 8) {
    sums[4] = wrapSub(wrapSub(sum4, wrapShl(sum5, 8)), excess)
    sums[5] = wrapSub(wrapSub(sum5, wrapShl(sum6, 8)), excess)
    sums[6] = wrapSub(wrapSub(sum6, wrapShl(sum7, 8)), excess)
    sums[7] = sum7
  }
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  let t: ConstPtr<i32> = table
  for (let k: i32 = 0; k < count; k++) {
    const q: ConstPtr<i32> = t.offset(1)
    to[k] = requantizePortable(wrapAdd(sums[k], t[0]), q, low, high, form, isSigned, isClamped)
    t = t.offset(6)
  }
}

/**
 * One input vector; a batch is a call per vector.
 *
 * input: [depth] int8; weights: blocks of 8 units as [depth, 2] words, and of the last 4 or fewer as [depth]
 * words; table: per unit bias, with the input's zero point folded in, and the 5 constants of
 * `requantizePortable`; output: [units] int8.
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
  const end: ConstPtr<i8> = input.offset(p.depth)
  let w: ConstPtr<i32> = weights.reinterpret<i32>()
  let t: ConstPtr<i32> = table
  let to: Ptr<i8> = output
  let left: i32 = p.units
  while (left > 4) {
    const count: i32 = min(left, 8)
    unitsOfBlock(end, w, t, to, excess, count, p, 8, form, isSigned, isClamped)
    w = w.offset(2 * p.depth)
    t = t.offset(48)
    to = to.offset(8)
    left -= 8
  }
  if (left > 0) unitsOfBlock(end, w, t, to, excess, left, p, 4, form, isSigned, isClamped)
}
