// CONV_2D with few input channels, int8, for the DSP extension: windows read from rows expanded to int16.
//
// The first convolution of a network has short windows: gathering and expanding each of them would cost
// as much as multiplying it. So the rows under a stretch of outputs are expanded once, and windows are
// places in them. Weights are int16 and doubled, for `requantizeDoubled`.

import { pkhbtLsl16, pkhtbAsr16, smlad, sxtb16, sxtb16Ror8 } from '../../runtime/lang/dsp.ts'
import { max, min } from '../../runtime/lang/math.ts'
import {
  idiv,
  localArray,
  unroll,
  i16,
  wrapI16,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { writePair, type GemmParams } from '../gemm/pixels.kernel.ts'

export interface LinesParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputChannels: i32
  readonly inputRowElements: i32
  readonly outputWidth: i32
  readonly outputRowElements: i32
  readonly strideH: i32
  readonly strideW: i32
  readonly dilationH: i32
  readonly padTop: i32
  readonly padLeft: i32
  readonly inputZeroPoint: i32
  /** Outputs of a row computed from one set of lines. */
  readonly columns: i32
}

/**
 * Output rows [rowBegin, rowEnd); taps outside the image read the zero point.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; weights: per block of 4 channels and line (ky) the int16
 * pairs of KW * C elements, filled up with a 0, of channel 0, 1, 2 and 3 in turn; table: as for
 * `gemmPixels2`, but 4 biases; output: [H, W, O] int8, a ring of outputRing rows; scratch: KH lines of
 * `pitch` int16. pairs: of a line; step: elements from one output's window to the next one's; lines: KH;
 * overlap: pairs from a window to the next one,
 * or `pairs` where those of the next one are not among them.
 */
export function convLines(
  input: ConstPtr<i8>,
  weights: ConstPtr<i16>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i16>,
  p: LinesParams,
  gemm: GemmParams,
  pairs: Static<i32>,
  step: Static<i32>,
  pitch: Static<i32>,
  lines: Static<i32>,
  overlap: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let column: i32 = 0; column < p.outputWidth; column += p.columns) {
      const left: i32 = column * p.strideW - p.padLeft
      let top: i32 = row * p.strideH - p.padTop
      let line: Ptr<i16> = scratch
      for (let ky: i32 = lines; ky > 0; ky--) {
        expandLine(input, line, p, pitch, inputRing, top, left)
        line = line.offset(pitch)
        top += p.dilationH
      }
      let x: ConstPtr<i16> = scratch
      for (let rest: i32 = min(p.columns, p.outputWidth - column); rest > 0; rest -= 2) {
        windows(
          x,
          weights,
          table,
          to,
          rest,
          p,
          gemm,
          pairs,
          step,
          pitch,
          lines,
          overlap,
          isSigned,
          isClamped,
        )
        x = x.offset(2 * step)
        to = to.offset(2 * gemm.channels)
      }
    }
  }
}

/**
 * One line of `pitch` elements from column `left` on; rows and columns outside the image are the zero
 * point.
 */
function expandLine(
  input: ConstPtr<i8>,
  line: Ptr<i16>,
  p: LinesParams,
  pitch: i32,
  inputRing: i32,
  row: i32,
  left: i32,
): void {
  const zero: i16 = wrapI16(p.inputZeroPoint)
  const channels: i32 = p.inputChannels
  const isInside: i32 = row >= 0 && row < p.inputHeight ? 1 : 0
  const first: i32 = min(max(0, -left) * channels, pitch)
  const end: i32 = isInside === 1 ? min((p.inputWidth - left) * channels, pitch) : 0
  let i: i32 = 0
  while (i < min(first, end)) {
    line[i] = zero
    i += 1
  }
  if (end > first) {
    const from: ConstPtr<i8> = input.offset(
      (row % inputRing) * p.inputRowElements + left * channels,
    )
    while (i + 4 <= end) {
      const word: i32 = from.loadWordUnaligned(i)
      const even: i32 = sxtb16(word)
      const odd: i32 = sxtb16Ror8(word)
      line.storeWordUnaligned(i, pkhbtLsl16(even, odd))
      line.storeWordUnaligned(i + 2, pkhtbAsr16(odd, even))
      i += 4
    }
    while (i < end) {
      line[i] = i16(from[i])
      i += 1
    }
  }
  while (i < pitch) {
    line[i] = zero
    i += 1
  }
}

/**
 * All channels of two outputs, or of one when `rest` is 1: the second is then computed for nothing. What
 * does not fill a block of two outputs and four channels goes through `both`.
 */
function windows(
  x: ConstPtr<i16>,
  weights: ConstPtr<i16>,
  table: ConstPtr<i32>,
  to: Ptr<i8>,
  rest: i32,
  p: LinesParams,
  gemm: GemmParams,
  pairs: Static<i32>,
  step: Static<i32>,
  pitch: Static<i32>,
  lines: Static<i32>,
  overlap: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  const n: i32 = gemm.channels
  const whole: i32 = rest > 1 ? n >> 2 : 0
  windowBlocks(
    x,
    weights,
    table,
    to,
    n,
    whole,
    gemm,
    pairs,
    step,
    pitch,
    lines,
    overlap,
    isSigned,
    isClamped,
  )
  const both = localArray<i8>(8)
  for (let channel: i32 = 4 * whole; channel < n; channel += 4) {
    windowBlocks(
      x,
      weights.offset(2 * channel * pairs * lines),
      table.offset(9 * (channel >> 2)),
      both,
      4,
      1,
      gemm,
      pairs,
      step,
      pitch,
      lines,
      overlap,
      isSigned,
      isClamped,
    )
    for (let c: i32 = 0; c < min(4, n - channel); c++) {
      to[channel + c] = both[c]
      if (rest > 1) to[n + channel + c] = both[4 + c]
    }
  }
}

/** `blocks` blocks of four channels of two outputs, which lie `distance` elements apart. */
function windowBlocks(
  first: ConstPtr<i16>,
  weights: ConstPtr<i16>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  distance: i32,
  blocks: i32,
  p: GemmParams,
  pairs: Static<i32>,
  step: Static<i32>,
  pitch: Static<i32>,
  lines: Static<i32>,
  overlap: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  let w: ConstPtr<i16> = weights
  for (let block: i32 = 0; block < blocks; block++) {
    const bias: ConstPtr<i32> = table.offset(9 * block)
    let a0: i32 = bias[0]
    let b0: i32 = bias[1]
    let c0: i32 = bias[2]
    let d0: i32 = bias[3]
    let a1: i32 = a0
    let b1: i32 = b0
    let c1: i32 = c0
    let d1: i32 = d0
    let x: ConstPtr<i16> = first
    for (let ky: i32 = lines; ky > 0; ky--) {
      // Windows overlap: what the second one reads now, the first one reads `overlap` pairs later.
      for (const begin of unroll(0, overlap)) {
        let x1: i32 = x.loadWordUnaligned(2 * begin)
        for (const n of unroll(0, idiv(pairs - begin + overlap - 1, overlap))) {
          const k = begin + overlap * n
          const at = 8 * k
          const x0: i32 = x1
          let v: i32 = w.loadWord(at)
          x1 = x.loadWordUnaligned(2 * k + step)
          let u: i32 = w.loadWord(at + 2)
          a0 = smlad(v, x0, a0)
          a1 = smlad(v, x1, a1)
          b0 = smlad(u, x0, b0)
          b1 = smlad(u, x1, b1)
          v = w.loadWord(at + 4)
          u = w.loadWord(at + 6)
          c0 = smlad(v, x0, c0)
          c1 = smlad(v, x1, c1)
          d0 = smlad(u, x0, d0)
          d1 = smlad(u, x1, d1)
        }
      }
      x = x.offset(pitch)
      w = w.offset(8 * pairs)
    }
    const t: ConstPtr<i32> = table.offset(9 * block + 4)
    const y0: Ptr<i8> = output.offset(4 * block)
    const y1: Ptr<i8> = y0.offset(distance)
    const rounding: i32 = p.rounding
    writePair(t, 0, a0, a1, y0, y1, rounding, p, isSigned, isClamped)
    writePair(t, 1, b0, b1, y0, y1, rounding, p, isSigned, isClamped)
    writePair(t, 2, c0, c1, y0, y1, rounding, p, isSigned, isClamped)
    writePair(t, 3, d0, d1, y0, y1, rounding, p, isSigned, isClamped)
  }
}
