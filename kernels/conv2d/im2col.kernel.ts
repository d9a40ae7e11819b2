// CONV_2D, int8, for the DSP extension: windows gathered as pixels of a matrix product.

import { copyBytes, fillBytes } from '../gemm/bytes.kernel.ts'
import { expandPixel1, expandPixels2 } from '../gemm/columns.kernel.ts'
import { channelsOfPixel, channelsOfPixels, type GemmParams } from '../gemm/pixels.kernel.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import {
  wrapI8,
  type ConstPtr,
  type Ptr,
  type Static,
  type i16,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

export interface Im2colParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputChannels: i32
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
}

/**
 * Output rows [rowBegin, rowEnd); taps outside the image read the zero point.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; weights, table: see `gemmPixels2`, elements in the
 * order ky, kx, channel; output: [H, W, O] int8, a ring of outputRing rows; scratch: 8 + 16 * groups bytes
 * of columns, then two windows of 4 * groups bytes.
 */
export function im2col(
  input: ConstPtr<i8>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i16>,
  p: Im2colParams,
  gemm: GemmParams,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const window0: Ptr<i8> = scratch.offset(4 + 8 * gemm.groups).reinterpret<i8>()
  const window1: Ptr<i8> = window0.offset(4 * gemm.groups)
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const top: i32 = row * p.strideH - p.padTop
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    let left: i32 = -p.padLeft
    let pixels: i32 = p.outputWidth
    while (pixels > 1) {
      gather(input, window0, p, inputRing, top, left)
      gather(input, window1, p, inputRing, top, left + p.strideW)
      expandPixels2(window0, window1, scratch, gemm.depth)
      channelsOfPixels(weights, table, scratch, to, gemm, isSigned, isClamped)
      left += 2 * p.strideW
      to = to.offset(2 * gemm.channels)
      pixels -= 2
    }
    if (pixels === 1) {
      gather(input, window0, p, inputRing, top, left)
      expandPixel1(window0, scratch, gemm.depth)
      channelsOfPixel(weights, table, scratch, to, gemm, isSigned, isClamped)
    }
  }
}

/** The taps of the window whose first one lies at (top, left), as KH * KW * C elements. */
function gather(
  input: ConstPtr<i8>,
  window: Ptr<i8>,
  p: Im2colParams,
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
    fillBytes(window, zero, p.kernelHeight * line)
    return
  }
  const ringStep: i32 = p.dilationH % inputRing
  let slot: i32 = (top + kyBegin * p.dilationH) % inputRing
  let to: Ptr<i8> = window
  if (kyBegin > 0) fillBytes(to, zero, kyBegin * line)
  to = to.offset(kyBegin * line)
  const before: i32 = kxBegin * p.inputChannels
  const inside: i32 = (kxEnd - kxBegin) * p.inputChannels
  const first: i32 = (left + kxBegin * p.dilationW) * p.inputChannels
  for (let ky: i32 = kyBegin; ky < kyEnd; ky++) {
    let from: ConstPtr<i8> = input.offset(slot * p.inputRowElements + first)
    if (before > 0) fillBytes(to, zero, before)
    to = to.offset(before)
    if (p.dilationW === 1) {
      copyBytes(from, to, inside)
      to = to.offset(inside)
    } else {
      for (let kx: i32 = kxBegin; kx < kxEnd; kx++) {
        copyBytes(from, to, p.inputChannels)
        to = to.offset(p.inputChannels)
        from = from.offset(p.dilationW * p.inputChannels)
      }
    }
    const after: i32 = line - before - inside
    if (after > 0) fillBytes(to, zero, after)
    to = to.offset(after)
    slot = ringNext(slot, ringStep, inputRing)
  }
  const below: i32 = (p.kernelHeight - kyEnd) * line
  if (below > 0) fillBytes(to, zero, below)
}
