// Matrix product for the DSP extension: four output channels of one or two pixels at a time.
//
// A halfword of the packed weights is (e + 128) + 256 * o for two channels e and o. As it is, it gives
// S = sum (e + 128 + 256 * o) * x; its upper byte, which SXTB16 ROR 8 takes out, gives T = sum o * x. So
// channel o is T and channel e is S - 256 * T - 128 * sum x, modulo 2^32: half of the unpacking is saved,
// and with it the register that lets eight sums, two pixels and both pointers stay in registers.

import { smlad, sxtb16Ror8, withByte1, withByte2, withByte3 } from '../../runtime/lang/dsp.ts'
import { rescaleDoubled } from '../../runtime/lang/requantize.ts'
import {
  localArray,
  unroll,
  wrapShl,
  wrapSub,
  type ConstPtr,
  type Ptr,
  type Static,
  type i16,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

/** What all calls of an operator have in common. */
export interface GemmParams {
  /** Elements of a pixel, and the same in fours, rounded up. */
  readonly depth: i32
  readonly groups: i32
  readonly channels: i32
  /** 2 * output zero point + 1. */
  readonly rounding: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/** A `rest` of groups done one by one, however many they are. */
const ANY: i32 = 4

/**
 * Channel 4 * block + c of both pixels, for `blocks` blocks; the second pixel's outputs lie `pitch`
 * elements behind the first one's.
 *
 * weights: per block bias of channel 0 + 256 * bias of 1, bias of 1, the same for 2 and 3; per group of 4
 * elements k the halfwords of channels (0, 1) and (2, 3) for elements k, k + 2, then for k + 1, k + 3;
 * 4 factors; 4 shifts as bytes. columns: from `expandPixels2`. rest: the groups modulo four, or ANY.
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
  rest: Static<i32>,
  dualIssue: Static<i32>,
): void {
  const rounding: i32 = p.rounding
  const fours: i32 = p.groups >> 2
  let w: ConstPtr<i32> = weights
  let y: Ptr<i8> = output
  for (let block: i32 = blocks; block > 0; block--) {
    const sum0: i32 = columns.loadWord(0)
    const sum1: i32 = columns.loadWord(2)
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
    let x: ConstPtr<i16> = columns.offset(4)
    // Four groups at a time, then the rest.
    for (const pass of unroll(0, rest === 0 ? 1 : 2)) {
      for (let left: i32 = pass === 0 ? fours : rest === ANY ? p.groups & 3 : 1; left > 0; left--) {
        for (const k of unroll(0, pass === 0 ? 8 : rest === ANY ? 2 : 2 * rest)) {
          // In this order gcc does not make LDRD of them, which takes a cycle more on the M4.
          const x0: i32 = x.loadWord(4 * k)
          let v: i32 = w[2 * k]
          const x1: i32 = x.loadWord(4 * k + 2)
          if (dualIssue === 1) {
            // Two instructions at once need work beside a load; it takes a register from the loop's counter.
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
          } else {
            a0 = smlad(v, x0, a0)
            a1 = smlad(v, x1, a1)
            v = sxtb16Ror8(v)
            b0 = smlad(v, x0, b0)
            b1 = smlad(v, x1, b1)
            v = w[2 * k + 1]
            c0 = smlad(v, x0, c0)
            c1 = smlad(v, x1, c1)
            v = sxtb16Ror8(v)
            d0 = smlad(v, x0, d0)
            d1 = smlad(v, x1, d1)
          }
        }
        x = x.offset(pass === 0 ? 32 : 8)
        w = w.offset(pass === 0 ? 16 : rest === ANY ? 4 : 4 * rest)
      }
    }
    // Words of four outputs need neither pointer while sums fill the registers.
    const factorA: i32 = w[0]
    const shiftA: i32 = w.offset(4).reinterpret<i8>()[0]
    a0 = wrapSub(a0, wrapShl(b0, 8))
    let out0: i32 = scaled(a0, factorA, shiftA, rounding, p, isSigned, isClamped)
    a1 = wrapSub(a1, wrapShl(b1, 8))
    let out1: i32 = scaled(a1, factorA, shiftA, rounding, p, isSigned, isClamped)
    const factorB: i32 = w[1]
    const shiftB: i32 = w.offset(4).reinterpret<i8>()[1]
    out0 = withByte1(out0, scaled(b0, factorB, shiftB, rounding, p, isSigned, isClamped))
    out1 = withByte1(out1, scaled(b1, factorB, shiftB, rounding, p, isSigned, isClamped))
    const factorC: i32 = w[2]
    const shiftC: i32 = w.offset(4).reinterpret<i8>()[2]
    c0 = wrapSub(c0, wrapShl(d0, 8))
    out0 = withByte2(out0, scaled(c0, factorC, shiftC, rounding, p, isSigned, isClamped))
    c1 = wrapSub(c1, wrapShl(d1, 8))
    out1 = withByte2(out1, scaled(c1, factorC, shiftC, rounding, p, isSigned, isClamped))
    const factorD: i32 = w[3]
    const shiftD: i32 = w.offset(4).reinterpret<i8>()[3]
    out0 = withByte3(out0, scaled(d0, factorD, shiftD, rounding, p, isSigned, isClamped))
    out1 = withByte3(out1, scaled(d1, factorD, shiftD, rounding, p, isSigned, isClamped))
    y.storeWordUnaligned(0, out0)
    y.storeWordUnaligned(pitch, out1)
    y = y.offset(4)
    w = w.offset(5)
  }
}

/**
 * A sum as an output.
 *
 * @inline
 */
function scaled(
  sum: i32,
  factor: i32,
  shift: i32,
  rounding: i32,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): i32 {
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  return rescaleDoubled(sum, factor, shift, rounding, low, high, isSigned, isClamped)
}

/**
 * The same of one pixel; columns: from `expandPixel1`.
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
  rest: Static<i32>,
): void {
  const rounding: i32 = p.rounding
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
    for (const pass of unroll(0, rest === 0 ? 1 : 2)) {
      for (let left: i32 = pass === 0 ? fours : rest === ANY ? p.groups & 3 : 1; left > 0; left--) {
        for (const k of unroll(0, pass === 0 ? 4 : rest === ANY ? 1 : rest)) {
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
        w = w.offset(pass === 0 ? 16 : rest === ANY ? 4 : 4 * rest)
      }
    }
    a = wrapSub(a, wrapShl(b, 8))
    c = wrapSub(c, wrapShl(d, 8))
    const shifts: ConstPtr<i8> = w.offset(4).reinterpret<i8>()
    let out: i32 = scaled(a, w[0], shifts[0], rounding, p, isSigned, isClamped)
    out = withByte1(out, scaled(b, w[1], shifts[1], rounding, p, isSigned, isClamped))
    out = withByte2(out, scaled(c, w[2], shifts[2], rounding, p, isSigned, isClamped))
    out = withByte3(out, scaled(d, w[3], shifts[3], rounding, p, isSigned, isClamped))
    y.storeWordUnaligned(0, out)
    y = y.offset(4)
    w = w.offset(5)
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
  rest: Static<i32>,
  dualIssue: Static<i32>,
): void {
  const blocks: i32 = p.channels >> 2
  const next: Ptr<i8> = to.offset(p.channels)
  gemmPixels2(weights, columns, to, p.channels, blocks, p, isSigned, isClamped, rest, dualIssue)
  const over: i32 = p.channels & 3
  if (hasTail === 0 || over === 0) return
  const last = localArray<i8>(8)
  gemmPixels2(
    weights.offset(blocks * (4 * p.groups + 9)),
    columns,
    last,
    4,
    1,
    p,
    isSigned,
    isClamped,
    rest,
    dualIssue,
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
  rest: Static<i32>,
): void {
  const blocks: i32 = p.channels >> 2
  gemmPixel1(weights, columns, to, blocks, p, isSigned, isClamped, rest)
  const over: i32 = p.channels & 3
  if (hasTail === 0 || over === 0) return
  const last = localArray<i8>(4)
  gemmPixel1(
    weights.offset(blocks * (4 * p.groups + 9)),
    columns,
    last,
    1,
    p,
    isSigned,
    isClamped,
    rest,
  )
  for (let c: i32 = 0; c < over; c++) to[4 * blocks + c] = last[c]
}
