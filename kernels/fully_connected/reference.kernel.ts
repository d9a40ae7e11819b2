// FULLY_CONNECTED, int8: one vector times the weight matrix.

import { requantize } from '../../runtime/lang/requantize.ts'
import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'

export interface FullyConnectedParams {
  /** Length of the input vector. */
  readonly depth: i32
  /** Length of the output vector. */
  readonly units: i32
  readonly inputZeroPoint: i32
  readonly weightsZeroPoint: i32
  readonly outputZeroPoint: i32
  /** 1: `multiplier` and `shift` have an entry per unit; 0: a single one. */
  readonly perChannel: i32
  readonly activationMin: i32
  readonly activationMax: i32
}

/**
 * One input vector; a batch is a call per vector. (TFLite reference_integer_ops::FullyConnected and
 * FullyConnectedPerChannel.)
 *
 * input: [depth] int8; weights: [units, depth] int8; bias: [units]; output: [units] int8.
 */
export function fullyConnected(
  input: ConstPtr<i8>,
  weights: ConstPtr<i8>,
  bias: ConstPtr<i32>,
  multiplier: ConstPtr<i32>,
  shift: ConstPtr<i32>,
  output: Ptr<i8>,
  p: FullyConnectedParams,
): void {
  for (let unit: i32 = 0; unit < p.units; unit++) {
    const row: ConstPtr<i8> = weights.offset(unit * p.depth)
    let accumulator: i32 = bias[unit]
    for (let i: i32 = 0; i < p.depth; i++) {
      accumulator += (input[i] - p.inputZeroPoint) * (row[i] - p.weightsZeroPoint)
    }
    const q: i32 = unit * p.perChannel
    output[unit] = requantize(
      accumulator,
      multiplier[q],
      shift[q],
      p.outputZeroPoint,
      p.activationMin,
      p.activationMax,
    )
  }
}
