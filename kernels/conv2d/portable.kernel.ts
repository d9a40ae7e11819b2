// CONV_2D, int8, without SIMD: windows of two pixels at a time through a matrix product.

import { min } from '../../runtime/lang/math.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import {
  wrapI8,
  type bool,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { channelsOfPixels, clearTail, expandPair, type PairsParams } from '../pairs/pairs.kernel.ts'

export interface PortableConvParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputChannels: i32
  /** From one row to the next, for that of a strip may be longer than its width. */
  readonly inputRowElements: i32
  readonly outputWidth: i32
  readonly outputRowElements: i32
  readonly kernelHeight: i32
  readonly kernelWidth: i32
  readonly strideH: i32
  readonly strideW: i32
  readonly dilationH: i32
  readonly dilationW: i32
  readonly padTop: i32
  readonly padLeft: i32
  readonly inputZeroPoint: i32
  /** 1: rows of pixels follow each other without a gap on both sides. */
  readonly isContiguous: i32
}

/**
 * Windows of one pixel, all inside the image. Output rows [rowBegin, rowEnd).
 *
 * input: [H, W, C] int8, a ring of inputRing rows; weights, table, extras: see `channelsOfPixels`;
 * output: [H, W, O] int8, a ring of outputRing rows; words: 8 * groups.
 */
export function pointwise(
  input: ConstPtr<i8>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  extras: ConstPtr<i32>,
  output: Ptr<i8>,
  words: Ptr<i32>,
  p: PortableConvParams,
  product: PairsParams,
  run: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const step: i32 = p.strideW * p.inputChannels
  clearTail(words, product)
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
    let left: i32 = rows * p.outputWidth
    while (left > 0) {
      const pairs: i32 = left > 2 ? 2 : 1
      for (let pair: i32 = 0; pair < pairs; pair++) {
        // What a pair lacks at the end is the last pixel once more, and not stored.
        const second: ConstPtr<i8> = from.offset(left > 2 * pair + 1 ? step : 0)
        expandPair(from, second, words.offset(pair), product.depth)
        from = from.offset(2 * step)
      }
      channelsOfPixels(
        words,
        weights,
        table,
        extras,
        to,
        left,
        product,
        run,
        form,
        isSigned,
        isClamped,
      )
      to = to.offset(4 * product.channels)
      left -= 4
    }
    row += rows
  }
}

/**
 * Windows of any size; taps outside the image read the zero point. Output rows [rowBegin, rowEnd).
 *
 * As `pointwise`, with elements in the order ky, kx, channel; words: 8 * groups, then a pixel of zero points.
 */
export function windows(
  input: ConstPtr<i8>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  extras: ConstPtr<i32>,
  output: Ptr<i8>,
  words: Ptr<i32>,
  p: PortableConvParams,
  product: PairsParams,
  run: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const zeros: Ptr<i8> = words.offset(8 * product.groups).reinterpret<i8>()
  for (let i: i32 = 0; i < p.inputChannels; i++) zeros[i] = wrapI8(p.inputZeroPoint)
  clearTail(words, product)
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const top: i32 = row * p.strideH - p.padTop
    const kyBegin: i32 = firstTap(top, p.dilationH)
    const slot: i32 = (top + kyBegin * p.dilationH) % inputRing
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    let column: i32 = -p.padLeft
    for (let left: i32 = p.outputWidth; left > 0; left -= 4) {
      const pairs: i32 = left > 2 ? 2 : 1
      for (let pair: i32 = 0; pair < pairs; pair++) {
        const second: i32 = column + (left > 2 * pair + 1 ? p.strideW : 0)
        expandWindows(
          input,
          zeros,
          words.offset(pair),
          p,
          inputRing,
          top,
          kyBegin,
          slot,
          column,
          second,
        )
        column += 2 * p.strideW
      }
      channelsOfPixels(
        words,
        weights,
        table,
        extras,
        to,
        left,
        product,
        run,
        form,
        isSigned,
        isClamped,
      )
      to = to.offset(4 * product.channels)
    }
  }
}

/**
 * The taps of the windows that begin in columns `first` and `second` and in row `top`, as a pair. `slot`:
 * where in the ring the row of tap kyBegin lies, the first one inside the image.
 */
function expandWindows(
  input: ConstPtr<i8>,
  zeros: ConstPtr<i8>,
  words: Ptr<i32>,
  p: PortableConvParams,
  inputRing: i32,
  top: i32,
  kyBegin: i32,
  slot: i32,
  first: i32,
  second: i32,
): void {
  const channels: i32 = p.inputChannels
  const ringStep: i32 = p.dilationH % inputRing
  const kyEnd: i32 = endTap(top, p.dilationH, p.kernelHeight, p.inputHeight)
  const isInside: bool = p.dilationW === 1 && first >= 0 && second + p.kernelWidth <= p.inputWidth
  let at: i32 = slot
  let to: Ptr<i32> = words
  for (let ky: i32 = 0; ky < p.kernelHeight; ky++) {
    const isRow: bool = ky >= kyBegin && ky < kyEnd
    const row: ConstPtr<i8> = input.offset(isRow ? at * p.inputRowElements : 0)
    if (isRow && isInside) {
      const from: ConstPtr<i8> = row.offset(first * channels)
      const count: i32 = p.kernelWidth * channels
      expandPair(from, from.offset((second - first) * channels), to, count)
      to = to.offset(2 * count)
    } else {
      for (let kx: i32 = 0; kx < p.kernelWidth; kx++) {
        const x0: i32 = first + kx * p.dilationW
        const x1: i32 = second + kx * p.dilationW
        let pixel0: ConstPtr<i8> = zeros
        let pixel1: ConstPtr<i8> = zeros
        if (isRow && x0 >= 0 && x0 < p.inputWidth) pixel0 = row.offset(x0 * channels)
        if (isRow && x1 >= 0 && x1 < p.inputWidth) pixel1 = row.offset(x1 * channels)
        expandPair(pixel0, pixel1, to, channels)
        to = to.offset(2 * channels)
      }
    }
    if (isRow) at = ringNext(at, ringStep, inputRing)
  }
}
