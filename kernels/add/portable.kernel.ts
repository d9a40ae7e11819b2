// ADD, int8, as one line through both operands that rounds as TFLite does; with broadcasting.

import { ssat8, ssat8Asr22 } from '../../runtime/lang/dsp.ts'
import { clamp } from '../../runtime/lang/math.ts'
import {
  i8,
  unroll,
  type ConstPtr,
  type Ptr,
  type Static,
  type bool,
  type i32,
} from '../../runtime/lang/types.ts'

/** Extents of a row as four nested loops, and how far each input moves per step of each loop. */
export interface AddLineParams {
  readonly extent0: i32
  readonly extent1: i32
  readonly extent2: i32
  readonly extent3: i32
  /** Elements from one row of each tensor to the next. */
  readonly aRowElements: i32
  readonly bRowElements: i32
  readonly outputRowElements: i32
  /** 0 when the input has one row for all output rows, else 1. */
  readonly aRowStep: i32
  readonly bRowStep: i32
  /** 0 along a broadcast dimension. */
  readonly aStride0: i32
  readonly aStride1: i32
  readonly aStride2: i32
  readonly bStride0: i32
  readonly bStride1: i32
  readonly bStride2: i32
  readonly aFactor: i32
  readonly bFactor: i32
  /** Both zero points, that of the output and the half for rounding. */
  readonly offset: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/**
 * A sum in steps of 2^-shift, rounded down and clamped. Most lines have 22 bits and no activation, for
 * which there is one instruction.
 *
 * @inline
 */
function rounded(sum: i32, low: i32, high: i32, shift: Static<i32>, clamps: Static<bool>): i8 {
  if (clamps) return i8(clamp(sum >> shift, low, high))
  return i8(shift === 22 ? ssat8Asr22(sum) : ssat8(sum >> shift))
}

/** `count` elements that follow each other in the output; of a step of 0, all are the first. */
function addRun(
  aRun: ConstPtr<i8>,
  bRun: ConstPtr<i8>,
  outRun: Ptr<i8>,
  count: i32,
  p: AddLineParams,
  aStep: Static<i32>,
  bStep: Static<i32>,
  shift: Static<i32>,
  clamps: Static<bool>,
): void {
  // The stores might change the parameters, for all a C compiler knows.
  const aFactor: i32 = p.aFactor
  const bFactor: i32 = p.bFactor
  const offset: i32 = p.offset
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  let a: ConstPtr<i8> = aRun
  let b: ConstPtr<i8> = bRun
  let out: Ptr<i8> = outRun
  for (let left: i32 = count >> 3; left > 0; left--) {
    // Loads side by side, and no more of them than registers.
    for (const pair of unroll(0, 4)) {
      const a0: i32 = a[2 * pair * aStep]
      const a1: i32 = a[(2 * pair + 1) * aStep]
      const b0: i32 = b[2 * pair * bStep]
      const b1: i32 = b[(2 * pair + 1) * bStep]
      out[2 * pair] = rounded(offset + a0 * aFactor + b0 * bFactor, low, high, shift, clamps)
      out[2 * pair + 1] = rounded(offset + a1 * aFactor + b1 * bFactor, low, high, shift, clamps)
    }
    a = a.offset(8 * aStep)
    b = b.offset(8 * bStep)
    out = out.offset(8)
  }
  for (let i: i32 = 0; i < (count & 7); i++) {
    const sum: i32 = offset + a[i * aStep] * aFactor + b[i * bStep] * bFactor
    out[i] = rounded(sum, low, high, shift, clamps)
  }
}

/**
 * Output rows [rowBegin, rowEnd); a, b, output: int8, rings of aRing, bRing and outputRing rows. The
 * factors are such that (a * aFactor + b * bFactor + offset) >> shift, clamped, is what TFLite's three
 * rescalings give, for each of the 65536 pairs of operands.
 */
export function add(
  a: ConstPtr<i8>,
  b: ConstPtr<i8>,
  output: Ptr<i8>,
  p: AddLineParams,
  aRing: i32,
  bRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  aStep: Static<i32>,
  bStep: Static<i32>,
  shift: Static<i32>,
  clamps: Static<bool>,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const aRow: ConstPtr<i8> = a.offset(((row * p.aRowStep) % aRing) * p.aRowElements)
    const bRow: ConstPtr<i8> = b.offset(((row * p.bRowStep) % bRing) * p.bRowElements)
    const out: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    let at: i32 = 0
    for (let i0: i32 = 0; i0 < p.extent0; i0++) {
      for (let i1: i32 = 0; i1 < p.extent1; i1++) {
        for (let i2: i32 = 0; i2 < p.extent2; i2++) {
          const aRun: ConstPtr<i8> = aRow.offset(
            i0 * p.aStride0 + i1 * p.aStride1 + i2 * p.aStride2,
          )
          const bRun: ConstPtr<i8> = bRow.offset(
            i0 * p.bStride0 + i1 * p.bStride1 + i2 * p.bStride2,
          )
          addRun(aRun, bRun, out.offset(at), p.extent3, p, aStep, bStep, shift, clamps)
          at += p.extent3
        }
      }
    }
  }
}
