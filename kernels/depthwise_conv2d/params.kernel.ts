// What the depthwise kernels of the DSP extension are told: for windows (dsp.kernel.ts) and groups of rows.

import type { i32 } from '../../runtime/lang/types.ts'

export interface DepthwiseDspParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputChannels: i32
  /** From one row to the next. */
  readonly inputRowElements: i32
  readonly inputZeroPoint: i32
  readonly outputWidth: i32
  readonly outputChannels: i32
  readonly outputRowElements: i32
  readonly depthMultiplier: i32
  readonly strideH: i32
  readonly padTop: i32
  readonly padLeft: i32
  /** Output rows done at a time: as many as the lines have room for; windows are done row by row. */
  readonly groupRows: i32
  /** Output columns done at a time: a multiple of 4, or all. */
  readonly chunk: i32
  /** Pixels of an expanded line, even for windows. */
  readonly linePixels: i32
  readonly outputZeroPoint: i32
  /** 2 * output zero point + 1. */
  readonly rounding: i32
  readonly activationMin: i32
  readonly activationMax: i32
}
