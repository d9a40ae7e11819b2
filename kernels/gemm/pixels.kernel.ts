// Matrix product for the DSP extension: four output channels of one or two pixels at a time.
//
// A halfword of the packed weights is (e + 128) + 256 * o for two channels e and o. As it is, it gives
// S = sum (e + 128 + 256 * o) * x; its upper byte, which SXTB16 ROR 8 takes out, gives T = sum o * x. So
// channel o is T and channel e is S - 256 * T - 128 * sum x, modulo 2^32: half of the unpacking is saved,
// and with it the register that lets eight sums, two pixels and both pointers stay in registers.

import { smlad, sxtb16Ror8 } from '../../runtime/lang/dsp.ts'
import {
  localArray,
  unroll,
  wrapSub,
  type ConstPtr,
  type Ptr,
  type Static,
  type i16,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import {
  storeFitted1,
  storeFitted2,
  storeOwn1,
  storeOwn2,
  type GemmParams,
} from './outputs.kernel.ts'

/** A `rest` of groups done one by one, however many they are. */
const ANY: i32 = 4

/**
 * Channel 4 * block + c of both pixels, for `blocks` blocks; the second pixel's outputs lie `pitch`
 * elements behind the first one's.
 *
 * weights: per block bias of channel 0 + 256 * bias of 1, bias of 1, the same for 2 and 3; per group of 4
 * elements k the halfwords of channels (0, 1) and (2, 3) for elements k, k + 2, then for k + 1, k + 3; what
 * `storeFitted2`, or for shift 0 `storeOwn2`, wants. columns: from `expandPixels2`. turns: four groups
 * each, 0, 1, or 2 for any number; rest: the groups modulo four, or ANY.
 *
 * @noinline
 */
function gemmPixels2(
  weights: ConstPtr<i32>,
  columns: ConstPtr<i16>,
  output: Ptr<i8>,
  pitch: i32,
  blocks: i32,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  turns: Static<i32>,
  rest: Static<i32>,
  shift: Static<i32>,
): void {
  const fours: i32 = p.groups >> 2
  let w: ConstPtr<i32> = weights
  // Counted up to 0, the place of the outputs says when they end: one variable less on the stack.
  const end0: Ptr<i8> = output.offset(4 * blocks)
  const end1: Ptr<i8> = end0.offset(pitch)
  for (let at: i32 = -4 * blocks; at < 0; at += 4) {
    let x: ConstPtr<i16> = columns
    const sum0: i32 = x.loadWord(0)
    const sum1: i32 = x.loadWord(2)
    let a0: i32 = w[0]
    let b0: i32 = w[1]
    let c0: i32 = w[2]
    let d0: i32 = w[3]
    let a1: i32 = wrapSub(a0, sum1)
    let b1: i32 = b0
    let c1: i32 = wrapSub(c0, sum1)
    let d1: i32 = d0
    a0 = wrapSub(a0, sum0)
    c0 = wrapSub(c0, sum0)
    w = w.offset(4)
    // Four groups at a time, then the rest.
    for (const pass of unroll(turns === 0 ? 1 : 0, rest === 0 ? 1 : 2)) {
      for (
        let left: i32 = pass === 0 ? (turns === 1 ? 1 : fours) : rest === ANY ? p.groups & 3 : 1;
        left > 0;
        left--
      ) {
        for (const k of unroll(0, pass === 0 ? 8 : rest === ANY ? 2 : 2 * rest)) {
          // In this order gcc does not make LDRD of them, which takes a cycle more on the M4.
          const x0: i32 = x.loadWord(4 * k + 4)
          let v: i32 = w[2 * k]
          const x1: i32 = x.loadWord(4 * k + 6)
          let u: i32 = w[2 * k + 1]
          a0 = smlad(v, x0, a0)
          a1 = smlad(v, x1, a1)
          c0 = smlad(u, x0, c0)
          c1 = smlad(u, x1, c1)
          v = sxtb16Ror8(v)
          u = sxtb16Ror8(u)
          b0 = smlad(v, x0, b0)
          b1 = smlad(v, x1, b1)
          d0 = smlad(u, x0, d0)
          d1 = smlad(u, x1, d1)
        }
        x = x.offset(pass === 0 ? 32 : 8)
        w = w.offset(pass === 0 ? 16 : rest === ANY ? 4 : 4 * rest)
      }
    }
    if (shift === 0) {
      storeOwn2(a0, a1, b0, b1, c0, c1, d0, d1, w, end0, end1, at, p, isSigned, isClamped)
      w = w.offset(5)
    } else {
      storeFitted2(a0, a1, b0, b1, c0, c1, d0, d1, w, end0, end1, at, p, shift, isSigned, isClamped)
      w = w.offset(isSigned === 1 ? 7 : 5)
    }
  }
}

/**
 * The same of one pixel; columns: from `expandPixel1`. One form for all depths: there are few such pixels.
 *
 * @noinline
 */
function gemmPixel1(
  weights: ConstPtr<i32>,
  columns: ConstPtr<i16>,
  output: Ptr<i8>,
  blocks: i32,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  shift: Static<i32>,
): void {
  const fours: i32 = p.groups >> 2
  let w: ConstPtr<i32> = weights
  let y: Ptr<i8> = output
  for (let block: i32 = blocks; block > 0; block--) {
    const sum: i32 = columns.loadWord(0)
    let a: i32 = wrapSub(w[0], sum)
    let b: i32 = w[1]
    let c: i32 = wrapSub(w[2], sum)
    let d: i32 = w[3]
    w = w.offset(4)
    let x: ConstPtr<i16> = columns.offset(4)
    for (const pass of unroll(0, 2)) {
      for (let left: i32 = pass === 0 ? fours : p.groups & 3; left > 0; left--) {
        for (const k of unroll(0, pass === 0 ? 4 : 1)) {
          // Neighbours in this order stay single loads, which the M4 overlaps, and do not become LDRD.
          const v0: i32 = w[4 * k]
          const x0: i32 = x.loadWord(4 * k)
          const v2: i32 = w[4 * k + 2]
          const x1: i32 = x.loadWord(4 * k + 2)
          const v1: i32 = w[4 * k + 1]
          const v3: i32 = w[4 * k + 3]
          a = smlad(v0, x0, a)
          c = smlad(v1, x0, c)
          b = smlad(sxtb16Ror8(v0), x0, b)
          d = smlad(sxtb16Ror8(v1), x0, d)
          a = smlad(v2, x1, a)
          c = smlad(v3, x1, c)
          b = smlad(sxtb16Ror8(v2), x1, b)
          d = smlad(sxtb16Ror8(v3), x1, d)
        }
        x = x.offset(pass === 0 ? 16 : 4)
        w = w.offset(pass === 0 ? 16 : 4)
      }
    }
    if (shift === 0) {
      storeOwn1(a, b, c, d, w, y, p, isSigned, isClamped)
      w = w.offset(5)
    } else {
      storeFitted1(a, b, c, d, w, y, p, shift, isSigned, isClamped)
      w = w.offset(isSigned === 1 ? 7 : 5)
    }
    y = y.offset(4)
  }
}

/**
 * All channels of two pixels that lie next to each other in the output. What is left of the last block is
 * computed beside it and copied.
 */
export function channelsOfPixels(
  weights: ConstPtr<i32>,
  columns: Ptr<i16>,
  to: Ptr<i8>,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  hasTail: Static<i32>,
  turns: Static<i32>,
  rest: Static<i32>,
  shift: Static<i32>,
): void {
  const blocks: i32 = p.channels >> 2
  const next: Ptr<i8> = to.offset(p.channels)
  gemmPixels2(weights, columns, to, p.channels, blocks, p, isSigned, isClamped, turns, rest, shift)
  const over: i32 = p.channels & 3
  if (hasTail === 0 || over === 0) return
  const last = localArray<i8>(8)
  gemmPixels2(
    weights.offset(blocks * (4 * p.groups + (shift !== 0 && isSigned === 1 ? 11 : 9))),
    columns,
    last,
    4,
    1,
    p,
    isSigned,
    isClamped,
    turns,
    rest,
    shift,
  )
  for (let c: i32 = 0; c < over; c++) {
    to[4 * blocks + c] = last[c]
    next[4 * blocks + c] = last[4 + c]
  }
}

/** All channels of one pixel. */
export function channelsOfPixel(
  weights: ConstPtr<i32>,
  columns: Ptr<i16>,
  to: Ptr<i8>,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  hasTail: Static<i32>,
  shift: Static<i32>,
): void {
  const blocks: i32 = p.channels >> 2
  gemmPixel1(weights, columns, to, blocks, p, isSigned, isClamped, shift)
  const over: i32 = p.channels & 3
  if (hasTail === 0 || over === 0) return
  const last = localArray<i8>(4)
  gemmPixel1(
    weights.offset(blocks * (4 * p.groups + (shift !== 0 && isSigned === 1 ? 11 : 9))),
    columns,
    last,
    1,
    p,
    isSigned,
    isClamped,
    shift,
  )
  for (let c: i32 = 0; c < over; c++) to[4 * blocks + c] = last[c]
}
