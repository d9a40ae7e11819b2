// ADD, int8, with broadcasting.

import { requantize, multiplyByQuantizedMultiplier } from '../../runtime/lang/requantize.ts'
import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'

/** Extents of a row as four nested loops, and how far each input moves per step of each loop. */
export interface AddParams {
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
  readonly aStride3: i32
  readonly bStride3: i32
  readonly aZeroPoint: i32
  readonly bZeroPoint: i32
  readonly outputZeroPoint: i32
  /** Both inputs are shifted left by this before they are rescaled to a common scale. */
  readonly leftShift: i32
  readonly aMultiplier: i32
  readonly aShift: i32
  readonly bMultiplier: i32
  readonly bShift: i32
  readonly outputMultiplier: i32
  readonly outputShift: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/**
 * Output rows [rowBegin, rowEnd); a, b, output: int8, rings of aRing, bRing and outputRing rows.
 * (TFLite reference_integer_ops::Add.)
 */
export function add(
  a: ConstPtr<i8>,
  b: ConstPtr<i8>,
  output: Ptr<i8>,
  p: AddParams,
  aRing: i32,
  bRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const aRow: ConstPtr<i8> = a.offset(((row * p.aRowStep) % aRing) * p.aRowElements)
    const bRow: ConstPtr<i8> = b.offset(((row * p.bRowStep) % bRing) * p.bRowElements)
    const out: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    let at: i32 = 0
    for (let i0: i32 = 0; i0 < p.extent0; i0++) {
      for (let i1: i32 = 0; i1 < p.extent1; i1++) {
        for (let i2: i32 = 0; i2 < p.extent2; i2++) {
          let aAt: i32 = i0 * p.aStride0 + i1 * p.aStride1 + i2 * p.aStride2
          let bAt: i32 = i0 * p.bStride0 + i1 * p.bStride1 + i2 * p.bStride2
          for (let i3: i32 = 0; i3 < p.extent3; i3++) {
            const left: i32 = (aRow[aAt] - p.aZeroPoint) << p.leftShift
            const right: i32 = (bRow[bAt] - p.bZeroPoint) << p.leftShift
            const sum: i32 =
              multiplyByQuantizedMultiplier(left, p.aMultiplier, p.aShift) +
              multiplyByQuantizedMultiplier(right, p.bMultiplier, p.bShift)
            out[at] = requantize(
              sum,
              p.outputMultiplier,
              p.outputShift,
              p.outputZeroPoint,
              p.activationMin,
              p.activationMax,
            )
            aAt += p.aStride3
            bAt += p.bStride3
            at += 1
          }
        }
      }
    }
  }
}
