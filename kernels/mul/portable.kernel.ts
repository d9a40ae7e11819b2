// MUL, int8, without 64-bit products; with broadcasting.

import { clamp } from '../../runtime/lang/math.ts'
import { doublingHighMulHalves } from '../pairs/requantize.kernel.ts'
import { i8, type ConstPtr, type Ptr, type Static, type i32 } from '../../runtime/lang/types.ts'

/** Extents of a row as four nested loops, and how far each input moves per step of each loop. */
export interface MulHalvesParams {
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
  readonly aZeroPoint: i32
  readonly bZeroPoint: i32
  /** The multiplier is upper * 2^16 + lower, 0 <= lower < 2^16. */
  readonly upper: i32
  readonly lower: i32
  /** To the right, 1 to 22. */
  readonly shift: i32
  /** Output zero point and half a step, shifted to the left by `shift`. */
  readonly rounding: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/**
 * A product less its zero points, in steps of 2^-shift, with the output's zero point and half a step:
 * less one when negative, so that halves move away from zero.
 *
 * @inline
 */
function rescaled(product: i32, upper: i32, lower: i32, rounding: i32): i32 {
  const scaled: i32 = doublingHighMulHalves(product, upper, lower)
  return scaled + (scaled >> 31) + rounding
}

/** `count` elements that follow each other in the output; of a step of 0, all are the first. */
function mulRun(
  aRun: ConstPtr<i8>,
  bRun: ConstPtr<i8>,
  outRun: Ptr<i8>,
  count: i32,
  p: MulHalvesParams,
  aStep: Static<i32>,
  bStep: Static<i32>,
): void {
  // The stores might change the parameters, for all a C compiler knows.
  const aZeroPoint: i32 = p.aZeroPoint
  const bZeroPoint: i32 = p.bZeroPoint
  const upper: i32 = p.upper
  const lower: i32 = p.lower
  const shift: i32 = p.shift
  const rounding: i32 = p.rounding
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  let a: ConstPtr<i8> = aRun
  let b: ConstPtr<i8> = bRun
  let out: Ptr<i8> = outRun
  for (let left: i32 = count; left > 0; left--) {
    const product: i32 = (a[0] - aZeroPoint) * (b[0] - bZeroPoint)
    a = a.offset(aStep)
    b = b.offset(bStep)
    const scaled: i32 = rescaled(product, upper, lower, rounding) >> shift
    out[0] = i8(clamp(scaled, low, high))
    out = out.offset(1)
  }
}

/**
 * Output rows [rowBegin, rowEnd); a, b, output: int8, rings of aRing, bRing and outputRing rows.
 * (TFLite reference_integer_ops::Mul.)
 */
export function mul(
  a: ConstPtr<i8>,
  b: ConstPtr<i8>,
  output: Ptr<i8>,
  p: MulHalvesParams,
  aRing: i32,
  bRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  aStep: Static<i32>,
  bStep: Static<i32>,
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
          mulRun(aRun, bRun, out.offset(at), p.extent3, p, aStep, bStep)
          at += p.extent3
        }
      }
    }
  }
}
