// CONV_2D, int8, for the DSP extension: windows gathered as pixels of a matrix product.

import { copyShort, fillShort, fillWords } from '../copy/words.kernel.ts'
import { expandPixel1, expandPixels2 } from '../gemm/columns.kernel.ts'
import type { GemmParams } from '../gemm/outputs.kernel.ts'
import { channelsOfPixel, channelsOfPixels } from '../gemm/pixels.kernel.ts'
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
  /** Windows from column 0 to this one are copied in whole words: more of their row lies behind them. */
  readonly wordsEnd: i32
}

/** Bytes behind a window that copies in whole words may fill. */
const SLACK: i32 = 4

/**
 * Output rows [rowBegin, rowEnd); taps outside the image read the zero point.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; weights: see `gemmPixels2`, elements in the
 * order ky, kx, channel; output: [H, W, O] int8, a ring of outputRing rows; scratch: 8 + 16 * groups bytes
 * of columns, then two windows of 4 * groups + 4 bytes.
 */
export function im2col(
  input: ConstPtr<i8>,
  weights: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i16>,
  p: Im2colParams,
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
  const depth: i32 = 4 * gemm.groups
  const window0: Ptr<i8> = scratch.offset(4 + 8 * gemm.groups).reinterpret<i8>()
  const window1: Ptr<i8> = window0.offset(depth + SLACK)
  const line: i32 = p.kernelWidth * p.inputChannels
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const top: i32 = row * p.strideH - p.padTop
    const kyBegin: i32 = firstTap(top, p.dilationH)
    const kyEnd: i32 = endTap(top, p.dilationH, p.kernelHeight, p.inputHeight)
    const slot: i32 = (top + kyBegin * p.dilationH) % inputRing
    // Lines above and below the image stay as they are while the windows move along the row.
    fillWords(window0, 2 * (depth + SLACK), p.inputZeroPoint)
    const lines0: Ptr<i8> = window0.offset(kyBegin * line)
    const lines1: Ptr<i8> = window1.offset(kyBegin * line)
    const lines: i32 = kyEnd - kyBegin
    // Whole words would spoil the lines below the image.
    const wordsEnd: i32 = kyEnd < p.kernelHeight ? -1 : p.wordsEnd
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    let left: i32 = -p.padLeft
    let pixels: i32 = p.outputWidth
    while (pixels > 1) {
      gather(input, lines0, p, inputRing, slot, left, lines, wordsEnd)
      gather(input, lines1, p, inputRing, slot, left + p.strideW, lines, wordsEnd)
      expandPixels2(window0, window1, scratch, depth, shift === 0 ? 0 : 1)
      channelsOfPixels(weights, scratch, to, gemm, isSigned, isClamped, hasTail, turns, rest, shift)
      left += 2 * p.strideW
      to = to.offset(2 * gemm.channels)
      pixels -= 2
    }
    if (pixels === 1) {
      gather(input, lines0, p, inputRing, slot, left, lines, wordsEnd)
      expandPixel1(window0, scratch, depth, shift === 0 ? 0 : 1)
      channelsOfPixel(weights, scratch, to, gemm, isSigned, isClamped, hasTail, shift)
    }
  }
}

/** `lines` lines of KW * C elements of the window that begins in column `left`, from ring row `slot` on. */
function gather(
  input: ConstPtr<i8>,
  window: Ptr<i8>,
  p: Im2colParams,
  inputRing: i32,
  slot: i32,
  left: i32,
  lines: i32,
  wordsEnd: i32,
): void {
  if (left < 0 || left > wordsEnd) {
    gatherAtEdge(input, window, p, inputRing, slot, left, lines)
    return
  }
  const ringStep: i32 = p.dilationH % inputRing
  const line: i32 = p.kernelWidth * p.inputChannels
  let to: Ptr<i8> = window
  let at: i32 = slot
  for (let ky: i32 = lines; ky > 0; ky--) {
    let from: ConstPtr<i8> = input.offset(at * p.inputRowElements + left * p.inputChannels)
    let word: Ptr<i8> = to
    for (let rest: i32 = line; rest > 0; rest -= 4) {
      word.storeWordUnaligned(0, from.loadWordUnaligned(0))
      word = word.offset(4)
      from = from.offset(4)
    }
    to = to.offset(line)
    at = ringNext(at, ringStep, inputRing)
  }
}

/** The same with columns outside the image, dilated, or with nothing of the row behind the window. */
function gatherAtEdge(
  input: ConstPtr<i8>,
  window: Ptr<i8>,
  p: Im2colParams,
  inputRing: i32,
  slot: i32,
  left: i32,
  lines: i32,
): void {
  const zero: i8 = wrapI8(p.inputZeroPoint)
  const kxBegin: i32 = firstTap(left, p.dilationW)
  const kxEnd: i32 = endTap(left, p.dilationW, p.kernelWidth, p.inputWidth)
  const line: i32 = p.kernelWidth * p.inputChannels
  const ringStep: i32 = p.dilationH % inputRing
  let to: Ptr<i8> = window
  let at: i32 = slot
  for (let ky: i32 = 0; ky < lines; ky++) {
    if (kxEnd <= kxBegin) {
      fillShort(to, line, zero)
    } else {
      const before: i32 = kxBegin * p.inputChannels
      const inside: i32 = (kxEnd - kxBegin) * p.inputChannels
      let from: ConstPtr<i8> = input.offset(
        at * p.inputRowElements + (left + kxBegin * p.dilationW) * p.inputChannels,
      )
      fillShort(to, before, zero)
      if (p.dilationW === 1) {
        copyShort(from, to.offset(before), inside)
      } else {
        for (let kx: i32 = kxBegin; kx < kxEnd; kx++) {
          copyShort(from, to.offset(kx * p.inputChannels), p.inputChannels)
          from = from.offset(p.dilationW * p.inputChannels)
        }
      }
      fillShort(to.offset(before + inside), line - before - inside, zero)
    }
    to = to.offset(line)
    at = ringNext(at, ringStep, inputRing)
  }
}
