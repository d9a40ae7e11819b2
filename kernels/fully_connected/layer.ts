// FULLY_CONNECTED as its kernels see it.

import type { QuantizedMultiplier, Range } from '../quantize.ts'

/** A fully connected layer in the integers its kernels see. */
export interface FullyConnected {
  readonly vectors: number
  readonly depth: number
  readonly units: number
  /** [units, depth]. */
  readonly weights: Int8Array
  readonly bias: Int32Array
  readonly inputZeroPoint: number
  readonly weightsZeroPoint: number
  readonly outputZeroPoint: number
  readonly activation: Range
  /** One, or one per unit. */
  readonly multipliers: readonly QuantizedMultiplier[]
}
