// MEAN, int8, over any constant axes.

import { requantize } from '../../runtime/lang/requantize.ts'
import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'

/** Kept and reduced dimensions of the input as two sets of nested loops, with strides in elements. */
export interface MeanParams {
  readonly kept0: i32
  readonly kept1: i32
  readonly kept2: i32
  readonly keptStride0: i32
  readonly keptStride1: i32
  readonly keptStride2: i32
  readonly reduced0: i32
  readonly reduced1: i32
  readonly reduced2: i32
  readonly reducedStride0: i32
  readonly reducedStride1: i32
  readonly reducedStride2: i32
  /** Input zero point times the number of elements averaged. */
  readonly inputOffset: i32
  /** The division by the count is part of the multiplier. */
  readonly multiplier: i32
  readonly shift: i32
  readonly outputZeroPoint: i32
}

/** (TFLite reference_ops::QuantizedMeanOrSum.) input: int8, any rank; output: the kept dimensions in order. */
export function mean(input: ConstPtr<i8>, output: Ptr<i8>, p: MeanParams): void {
  let at: i32 = 0
  for (let k0: i32 = 0; k0 < p.kept0; k0++) {
    for (let k1: i32 = 0; k1 < p.kept1; k1++) {
      for (let k2: i32 = 0; k2 < p.kept2; k2++) {
        const origin: i32 = k0 * p.keptStride0 + k1 * p.keptStride1 + k2 * p.keptStride2
        let sum: i32 = 0
        for (let r0: i32 = 0; r0 < p.reduced0; r0++) {
          for (let r1: i32 = 0; r1 < p.reduced1; r1++) {
            let from: i32 = origin + r0 * p.reducedStride0 + r1 * p.reducedStride1
            for (let r2: i32 = 0; r2 < p.reduced2; r2++) {
              sum += input[from]
              from += p.reducedStride2
            }
          }
        }
        output[at] = requantize(
          sum - p.inputOffset,
          p.multiplier,
          p.shift,
          p.outputZeroPoint,
          -128,
          127,
        )
        at += 1
      }
    }
  }
}
