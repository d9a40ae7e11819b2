// CONV_2D with a 1x1 window, int8, for the DSP extension: pixels in pairs through a matrix product.

import { min } from '../../runtime/lang/math.ts'
import type { ConstPtr, Ptr, Static, i16, i32, i8 } from '../../runtime/lang/types.ts'
import { expandPixel1, expandPixels2 } from '../gemm/columns.kernel.ts'
import type { GemmParams } from '../gemm/outputs.kernel.ts'
import { channelsOfPixel, channelsOfPixels } from '../gemm/pixels.kernel.ts'

export interface PointwiseParams {
  readonly outputWidth: i32
  /** From one row to the next, for that of a strip may be longer than its width. */
  readonly inputRowElements: i32
  readonly outputRowElements: i32
  /** Input elements from a pixel to the one of the next output pixel, and rows from row to row. */
  readonly pixelStep: i32
  readonly strideH: i32
  /** 1: rows follow each other without a gap, pixels too, on both sides. */
  readonly isContiguous: i32
}

/**
 * Output rows [rowBegin, rowEnd).
 *
 * input: [H, W, C] int8, a ring of inputRing rows; weights: see `gemmPixels2`; output:
 * [H, W, O] int8, a ring of outputRing rows; scratch: 8 + 16 * groups bytes, 8 + 8 * groups for a single pixel.
 */
export function pointwise(
  input: ConstPtr<i8>,
  weights: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i16>,
  p: PointwiseParams,
  gemm: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  hasTail: Static<i32>,
  turns: Static<i32>,
  rest: Static<i32>,
  shift: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  let row: i32 = rowBegin
  while (row < rowEnd) {
    const inputSlot: i32 = (row * p.strideH) % inputRing
    const outputSlot: i32 = row % outputRing
    let rows: i32 = 1
    if (p.isContiguous === 1) {
      rows = min(rowEnd - row, min(inputRing - inputSlot, outputRing - outputSlot))
    }
    let from: ConstPtr<i8> = input.offset(inputSlot * p.inputRowElements)
    let to: Ptr<i8> = output.offset(outputSlot * p.outputRowElements)
    let pixels: i32 = rows * p.outputWidth
    while (pixels > 1) {
      expandPixels2(from, from.offset(p.pixelStep), scratch, gemm.depth, shift === 0 ? 0 : 1)
      channelsOfPixels(weights, scratch, to, gemm, isSigned, isClamped, hasTail, turns, rest, shift)
      from = from.offset(2 * p.pixelStep)
      to = to.offset(2 * gemm.channels)
      pixels -= 2
    }
    if (pixels === 1) {
      expandPixel1(from, scratch, gemm.depth, shift === 0 ? 0 : 1)
      channelsOfPixel(weights, scratch, to, gemm, isSigned, isClamped, hasTail, shift)
    }
    row += rows
  }
}
