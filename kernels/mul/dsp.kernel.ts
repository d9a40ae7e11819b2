// MUL, int8, with the short requantisation of the DSP extension; with broadcasting.

import { requantizeDoubled } from '../../runtime/lang/requantize.ts'
import type { ConstPtr, Ptr, Static, i32, i8 } from '../../runtime/lang/types.ts'

/** Extents of a row as four nested loops, and how far each input moves per step of each loop. */
export interface MulShortParams {
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
  /** Twice the zero point of a. */
  readonly aDoubledZeroPoint: i32
  readonly bZeroPoint: i32
  readonly multiplier: i32
  /** One less than the shift to the right, which is 1 to 22. */
  readonly shift: i32
  /** Twice the output zero point, and one. */
  readonly rounding: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/** `count` elements that follow each other in the output; of a step of 0, all are the first. */
function mulRun(
  aRun: ConstPtr<i8>,
  bRun: ConstPtr<i8>,
  outRun: Ptr<i8>,
  count: i32,
  p: MulShortParams,
  aStep: Static<i32>,
  bStep: Static<i32>,
  clamps: Static<i32>,
): void {
  // The stores might change the parameters, for all a C compiler knows.
  const aZeroPoint: i32 = p.aDoubledZeroPoint
  const bZeroPoint: i32 = p.bZeroPoint
  const m: i32 = p.multiplier
  const shift: i32 = p.shift
  const rounding: i32 = p.rounding
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  let a: ConstPtr<i8> = aRun
  let b: ConstPtr<i8> = bRun
  let out: Ptr<i8> = outRun
  for (let left: i32 = count >> 1; left > 0; left--) {
    const a0: i32 = a[0]
    const a1: i32 = a[aStep]
    const b0: i32 = b[0]
    const b1: i32 = b[bStep]
    a = a.offset(2 * aStep)
    b = b.offset(2 * bStep)
    out[0] = requantizeDoubled(
      (2 * a0 - aZeroPoint) * (b0 - bZeroPoint),
      m,
      shift,
      rounding,
      low,
      high,
      1,
      clamps,
    )
    out[1] = requantizeDoubled(
      (2 * a1 - aZeroPoint) * (b1 - bZeroPoint),
      m,
      shift,
      rounding,
      low,
      high,
      1,
      clamps,
    )
    out = out.offset(2)
  }
  if ((count & 1) === 1)
    out[0] = requantizeDoubled(
      (2 * a[0] - aZeroPoint) * (b[0] - bZeroPoint),
      m,
      shift,
      rounding,
      low,
      high,
      1,
      clamps,
    )
}

/**
 * Output rows [rowBegin, rowEnd); a, b, output: int8, rings of aRing, bRing and outputRing rows.
 * (TFLite reference_integer_ops::Mul.) clamps: 1 for a range narrower than int8.
 */
export function mul(
  a: ConstPtr<i8>,
  b: ConstPtr<i8>,
  output: Ptr<i8>,
  p: MulShortParams,
  aRing: i32,
  bRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  aStep: Static<i32>,
  bStep: Static<i32>,
  clamps: Static<i32>,
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
          mulRun(aRun, bRun, out.offset(at), p.extent3, p, aStep, bStep, clamps)
          at += p.extent3
        }
      }
    }
  }
}
