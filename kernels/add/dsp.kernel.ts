// ADD, int8, with TFLite's three rescalings in short form for the DSP extension; with broadcasting.

import { smmlar } from '../../runtime/lang/dsp.ts'
import { requantizeDoubled } from '../../runtime/lang/requantize.ts'
import type { ConstPtr, Ptr, Static, bool, i32, i8 } from '../../runtime/lang/types.ts'

/** Extents of a row as four nested loops, and how far each input moves per step of each loop. */
export interface AddShortParams {
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
  /** Zero points shifted to the left: of a whole operand by 19, else by 21. */
  readonly aOffset: i32
  readonly aMultiplier: i32
  /** To the right, 1 to 30; neither these nor the multipliers are used of a whole operand. */
  readonly aShift: i32
  readonly bOffset: i32
  readonly bMultiplier: i32
  readonly bShift: i32
  readonly outputMultiplier: i32
  /** One less than the shift to the right, which is 1 to 22. */
  readonly outputShift: i32
  /** Twice the output zero point, and one. */
  readonly rounding: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/**
 * An operand in the common scale, where its least step is 2^19 or a fraction of it. whole: the factor is
 * 0.5, that of the larger scale, and nothing is rounded. Else a product rounded as gemmlowp rounds it,
 * and a shift that rounds halves away from zero.
 *
 * @inline
 */
function rescaled(
  x: i32,
  offset: i32,
  multiplier: i32,
  shift: i32,
  half: i32,
  whole: Static<bool>,
): i32 {
  if (whole) return (x << 19) - offset
  const doubled: i32 = (x << 21) - offset
  return smmlar(doubled, multiplier, half + (doubled >> 31)) >> shift
}

/**
 * Both operands, added, as int8.
 *
 * @inline
 */
function sumOf(
  a: i32,
  b: i32,
  multiplier: i32,
  shift: i32,
  rounding: i32,
  low: i32,
  high: i32,
  clamps: Static<i32>,
): i8 {
  return requantizeDoubled(2 * (a + b), multiplier, shift, rounding, low, high, 1, clamps)
}

/** `count` elements that follow each other in the output; of a step of 0, all are the first. */
function addRun(
  aRun: ConstPtr<i8>,
  bRun: ConstPtr<i8>,
  outRun: Ptr<i8>,
  count: i32,
  p: AddShortParams,
  aStep: Static<i32>,
  bStep: Static<i32>,
  aWhole: Static<bool>,
  bWhole: Static<bool>,
  clamps: Static<i32>,
): void {
  // The stores might change the parameters, for all a C compiler knows.
  const aOffset: i32 = p.aOffset
  const bOffset: i32 = p.bOffset
  const aMultiplier: i32 = p.aMultiplier
  const bMultiplier: i32 = p.bMultiplier
  const aShift: i32 = p.aShift
  const bShift: i32 = p.bShift
  const aHalf: i32 = 1 << (aShift - 1)
  const bHalf: i32 = 1 << (bShift - 1)
  const m: i32 = p.outputMultiplier
  const shift: i32 = p.outputShift
  const rounding: i32 = p.rounding
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  let a: ConstPtr<i8> = aRun
  let b: ConstPtr<i8> = bRun
  let out: Ptr<i8> = outRun
  for (let left: i32 = count; left > 0; left--) {
    const x: i32 = a[0]
    const y: i32 = b[0]
    a = a.offset(aStep)
    b = b.offset(bStep)
    const u: i32 = rescaled(x, aOffset, aMultiplier, aShift, aHalf, aWhole)
    const v: i32 = rescaled(y, bOffset, bMultiplier, bShift, bHalf, bWhole)
    out[0] = sumOf(u, v, m, shift, rounding, low, high, clamps)
    out = out.offset(1)
  }
}

/**
 * Output rows [rowBegin, rowEnd); a, b, output: int8, rings of aRing, bRing and outputRing rows.
 * (TFLite reference_integer_ops::Add.) clamps: 1 for a range narrower than int8.
 */
export function add(
  a: ConstPtr<i8>,
  b: ConstPtr<i8>,
  output: Ptr<i8>,
  p: AddShortParams,
  aRing: i32,
  bRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  aStep: Static<i32>,
  bStep: Static<i32>,
  aWhole: Static<bool>,
  bWhole: Static<bool>,
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
          addRun(aRun, bRun, out.offset(at), p.extent3, p, aStep, bStep, aWhole, bWhole, clamps)
          at += p.extent3
        }
      }
    }
  }
}
