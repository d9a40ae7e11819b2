// Outputs of a matrix product's block: four sums of a pixel as one word.
//
// Words of four outputs need no pointer while sums fill the registers.

import { smmla, withByte1, withByte2, withByte3 } from '../../runtime/lang/dsp.ts'
import { clamp } from '../../runtime/lang/math.ts'
import { clampShifted, rescaleDoubled } from '../../runtime/lang/requantize.ts'
import {
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

/**
 * Sums of channels 0 and 2 come with 256 times those of 1 and 3. w: 4 factors, 4 shifts as bytes; at: where
 * the words go, counted from the ends of both pixels' outputs.
 *
 * @inline
 */
export function storeOwn2(
  a0: i32,
  a1: i32,
  b0: i32,
  b1: i32,
  c0: i32,
  c1: i32,
  d0: i32,
  d1: i32,
  w: ConstPtr<i32>,
  end0: Ptr<i8>,
  end1: Ptr<i8>,
  at: i32,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const rounding: i32 = p.rounding
  const factorA: i32 = w[0]
  const shiftA: i32 = w.offset(4).reinterpret<i8>()[0]
  const evenA0: i32 = wrapSub(a0, wrapShl(b0, 8))
  let out0: i32 = scaled(evenA0, factorA, shiftA, rounding, p, isSigned, isClamped)
  const evenA1: i32 = wrapSub(a1, wrapShl(b1, 8))
  let out1: i32 = scaled(evenA1, factorA, shiftA, rounding, p, isSigned, isClamped)
  const factorB: i32 = w[1]
  const shiftB: i32 = w.offset(4).reinterpret<i8>()[1]
  out0 = withByte1(out0, scaled(b0, factorB, shiftB, rounding, p, isSigned, isClamped))
  out1 = withByte1(out1, scaled(b1, factorB, shiftB, rounding, p, isSigned, isClamped))
  const factorC: i32 = w[2]
  const shiftC: i32 = w.offset(4).reinterpret<i8>()[2]
  const evenC0: i32 = wrapSub(c0, wrapShl(d0, 8))
  out0 = withByte2(out0, scaled(evenC0, factorC, shiftC, rounding, p, isSigned, isClamped))
  const evenC1: i32 = wrapSub(c1, wrapShl(d1, 8))
  out1 = withByte2(out1, scaled(evenC1, factorC, shiftC, rounding, p, isSigned, isClamped))
  const factorD: i32 = w[3]
  const shiftD: i32 = w.offset(4).reinterpret<i8>()[3]
  out0 = withByte3(out0, scaled(d0, factorD, shiftD, rounding, p, isSigned, isClamped))
  out1 = withByte3(out1, scaled(d1, factorD, shiftD, rounding, p, isSigned, isClamped))
  end0.storeWordUnaligned(at, out0)
  end1.storeWordUnaligned(at, out1)
}

/**
 * The same with one shift for all. w: 4 factors, the addend, and where `isSigned` 4 nudges as int16: see
 * kernels/fitted-requantization.ts.
 *
 * @inline
 */
export function storeFitted2(
  a0: i32,
  a1: i32,
  b0: i32,
  b1: i32,
  c0: i32,
  c1: i32,
  d0: i32,
  d1: i32,
  w: ConstPtr<i32>,
  end0: Ptr<i8>,
  end1: Ptr<i8>,
  at: i32,
  p: GemmParams,
  shift: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const nudgeA: i32 = isSigned === 1 ? w.offset(5).reinterpret<i16>()[0] : 0
  const factorA: i32 = w[0]
  const addend: i32 = w[4]
  // A load on its own takes a cycle more on the M4; without nudges there is a register for the next one.
  const nextB: i32 = isSigned === 1 ? 0 : w[1]
  const evenA0: i32 = wrapSub(a0, wrapShl(b0, 8))
  const evenA1: i32 = wrapSub(a1, wrapShl(b1, 8))
  let out0: i32 = fitted(evenA0, factorA, addend, nudgeA, p, shift, isSigned, isClamped)
  let out1: i32 = fitted(evenA1, factorA, addend, nudgeA, p, shift, isSigned, isClamped)
  const factorB: i32 = isSigned === 1 ? w[1] : nextB
  const nudgeB: i32 = isSigned === 1 ? w.offset(5).reinterpret<i16>()[1] : 0
  out0 = withByte1(out0, fitted(b0, factorB, addend, nudgeB, p, shift, isSigned, isClamped))
  out1 = withByte1(out1, fitted(b1, factorB, addend, nudgeB, p, shift, isSigned, isClamped))
  const evenC0: i32 = wrapSub(c0, wrapShl(d0, 8))
  const evenC1: i32 = wrapSub(c1, wrapShl(d1, 8))
  const factorC: i32 = w[2]
  const nextD: i32 = isSigned === 1 ? 0 : w[3]
  const nudgeC: i32 = isSigned === 1 ? w.offset(5).reinterpret<i16>()[2] : 0
  out0 = withByte2(out0, fitted(evenC0, factorC, addend, nudgeC, p, shift, isSigned, isClamped))
  out1 = withByte2(out1, fitted(evenC1, factorC, addend, nudgeC, p, shift, isSigned, isClamped))
  const factorD: i32 = isSigned === 1 ? w[3] : nextD
  const nudgeD: i32 = isSigned === 1 ? w.offset(5).reinterpret<i16>()[3] : 0
  out0 = withByte3(out0, fitted(d0, factorD, addend, nudgeD, p, shift, isSigned, isClamped))
  out1 = withByte3(out1, fitted(d1, factorD, addend, nudgeD, p, shift, isSigned, isClamped))
  end0.storeWordUnaligned(at, out0)
  end1.storeWordUnaligned(at, out1)
}

/**
 * The same of one pixel, shifts of its own.
 *
 * @inline
 */
export function storeOwn1(
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  w: ConstPtr<i32>,
  y: Ptr<i8>,
  p: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const rounding: i32 = p.rounding
  const shifts: ConstPtr<i8> = w.offset(4).reinterpret<i8>()
  const evenA: i32 = wrapSub(a, wrapShl(b, 8))
  const evenC: i32 = wrapSub(c, wrapShl(d, 8))
  let out: i32 = scaled(evenA, w[0], shifts[0], rounding, p, isSigned, isClamped)
  out = withByte1(out, scaled(b, w[1], shifts[1], rounding, p, isSigned, isClamped))
  out = withByte2(out, scaled(evenC, w[2], shifts[2], rounding, p, isSigned, isClamped))
  out = withByte3(out, scaled(d, w[3], shifts[3], rounding, p, isSigned, isClamped))
  y.storeWordUnaligned(0, out)
}

/**
 * The same of one pixel, one shift for all.
 *
 * @inline
 */
export function storeFitted1(
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  w: ConstPtr<i32>,
  y: Ptr<i8>,
  p: GemmParams,
  shift: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const addend: i32 = w[4]
  const nudges: ConstPtr<i16> = w.offset(5).reinterpret<i16>()
  const evenA: i32 = wrapSub(a, wrapShl(b, 8))
  const evenC: i32 = wrapSub(c, wrapShl(d, 8))
  const nudgeA: i32 = isSigned === 1 ? nudges[0] : 0
  const nudgeB: i32 = isSigned === 1 ? nudges[1] : 0
  const nudgeC: i32 = isSigned === 1 ? nudges[2] : 0
  const nudgeD: i32 = isSigned === 1 ? nudges[3] : 0
  let out: i32 = fitted(evenA, w[0], addend, nudgeA, p, shift, isSigned, isClamped)
  out = withByte1(out, fitted(b, w[1], addend, nudgeB, p, shift, isSigned, isClamped))
  out = withByte2(out, fitted(evenC, w[2], addend, nudgeC, p, shift, isSigned, isClamped))
  out = withByte3(out, fitted(d, w[3], addend, nudgeD, p, shift, isSigned, isClamped))
  y.storeWordUnaligned(0, out)
}

/**
 * @inline
 */
function fitted(
  sum: i32,
  factor: i32,
  addend: i32,
  nudge: i32,
  p: GemmParams,
  shift: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): i32 {
  const nudged: i32 = isSigned === 1 ? wrapSub(sum, nudge & (sum >> 31)) : sum
  const byte: i32 = clampShifted(smmla(nudged, factor, addend), shift)
  return isClamped === 1 ? clamp(byte, p.activationMin, p.activationMax) : byte
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
