// CONV_2D, int8, without SIMD: windows of two pixels at a time through a matrix product.

import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import { min } from '../../runtime/lang/math.ts'
import {
  wrapI8,
  type bool,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { channelsOfPixels, expandPair, type PairsParams } from '../pairs/pairs.kernel.ts'

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
      // What a pair lacks at the end is the last pixel once more, and not stored.
      const second: ConstPtr<i8> = from.offset(left > 1 ? step : 0)
      expandPair(from, second, words, product.depth)
      if (left > 2) {
        const third: ConstPtr<i8> = second.offset(step)
        const fourth: ConstPtr<i8> = third.offset(left > 3 ? step : 0)
        expandPair(third, fourth, words.offset(4), product.depth)
        channelsOfPixels(
          words,
          weights,
          table,
          extras,
          to,
          left,
          product,
          2,
          run,
          form,
          isSigned,
          isClamped,
        )
      } else {
        channelsOfPixels(
          words,
          weights,
          table,
          extras,
          to,
          left,
          product,
          1,
          run,
          form,
          isSigned,
          isClamped,
        )
      }
      from = from.offset(4 * step)
      to = to.offset(4 * product.channels)
      left -= 4
    }
    row += rows
  }
}

/**
 * Windows of any size; taps outside the image read the zero point. Output rows [rowBegin, rowEnd).
 *
 * As `pointwise`, with elements in the order ky, kx, channel; words: 8 * groups, then two windows of
 * 4 * groups bytes.
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
  const window0: Ptr<i8> = words.offset(8 * product.groups).reinterpret<i8>()
  const window1: Ptr<i8> = window0.offset(4 * product.groups)
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const top: i32 = row * p.strideH - p.padTop
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    let column: i32 = -p.padLeft
    for (let left: i32 = p.outputWidth; left > 0; left -= 4) {
      const pairs: i32 = left > 2 ? 2 : 1
      for (let pair: i32 = 0; pair < pairs; pair++) {
        gather(input, window0, p, inputRing, top, column)
        column += p.strideW
        // What a pair lacks at the end is its first window once more, and not stored.
        const isPair: bool = left > 2 * pair + 1
        if (isPair) gather(input, window1, p, inputRing, top, column)
        column += p.strideW
        const second: i32 = isPair ? 4 * product.groups : 0
        expandPair(window0, window0.offset(second), words.offset(4 * pair), product.depth)
      }
      if (pairs === 2) {
        channelsOfPixels(
          words,
          weights,
          table,
          extras,
          to,
          left,
          product,
          2,
          run,
          form,
          isSigned,
          isClamped,
        )
      } else {
        channelsOfPixels(
          words,
          weights,
          table,
          extras,
          to,
          left,
          product,
          1,
          run,
          form,
          isSigned,
          isClamped,
        )
      }
      to = to.offset(4 * product.channels)
    }
  }
}

/** to[0, count) = from[0, count) */
function copyElements(from: ConstPtr<i8>, to: Ptr<i8>, count: i32): void {
  for (let i: i32 = 0; i < count; i++) to[i] = from[i]
}

/** to[0, count) = value */
function fillElements(to: Ptr<i8>, value: i8, count: i32): void {
  for (let i: i32 = 0; i < count; i++) to[i] = value
}

/** The taps of the window whose first one lies at (top, left), as KH * KW * C elements. */
function gather(
  input: ConstPtr<i8>,
  window: Ptr<i8>,
  p: PortableConvParams,
  inputRing: i32,
  top: i32,
  left: i32,
): void {
  const zero: i8 = wrapI8(p.inputZeroPoint)
  const kyBegin: i32 = firstTap(top, p.dilationH)
  const kyEnd: i32 = endTap(top, p.dilationH, p.kernelHeight, p.inputHeight)
  const kxBegin: i32 = firstTap(left, p.dilationW)
  const kxEnd: i32 = endTap(left, p.dilationW, p.kernelWidth, p.inputWidth)
  const line: i32 = p.kernelWidth * p.inputChannels
  if (kyEnd <= kyBegin || kxEnd <= kxBegin) {
    fillElements(window, zero, p.kernelHeight * line)
    return
  }
  const ringStep: i32 = p.dilationH % inputRing
  let slot: i32 = (top + kyBegin * p.dilationH) % inputRing
  const before: i32 = kxBegin * p.inputChannels
  const inside: i32 = (kxEnd - kxBegin) * p.inputChannels
  const first: i32 = (left + kxBegin * p.dilationW) * p.inputChannels
  fillElements(window, zero, kyBegin * line)
  let to: Ptr<i8> = window.offset(kyBegin * line)
  for (let ky: i32 = kyBegin; ky < kyEnd; ky++) {
    let from: ConstPtr<i8> = input.offset(slot * p.inputRowElements + first)
    fillElements(to, zero, before)
    to = to.offset(before)
    if (p.dilationW === 1) {
      copyElements(from, to, inside)
      to = to.offset(inside)
    } else {
      for (let kx: i32 = kxBegin; kx < kxEnd; kx++) {
        copyElements(from, to, p.inputChannels)
        to = to.offset(p.inputChannels)
        from = from.offset(p.dilationW * p.inputChannels)
      }
    }
    fillElements(to, zero, line - before - inside)
    to = to.offset(line - before - inside)
    slot = ringNext(slot, ringStep, inputRing)
  }
  fillElements(to, zero, (p.kernelHeight - kyEnd) * line)
}
