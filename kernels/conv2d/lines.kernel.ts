// CONV_2D with few input channels, int8, for the DSP extension: windows read from columns expanded to int16.
//
// The first convolution of a network has short windows: gathering and expanding each of them would cost
// as much as multiplying it. So the input under a stretch of outputs is expanded once, column by column:
// the window of an output is then one piece of it, and the next window begins some elements later.

import {
  smax8,
  smin8,
  smlad,
  smmla,
  sxtb16,
  sxtb16Ror8,
  withByte1,
  withByte2,
  withByte3,
} from '../../runtime/lang/dsp.ts'
import { max, min } from '../../runtime/lang/math.ts'
import { clampShifted } from '../../runtime/lang/requantize.ts'
import {
  idiv,
  irem,
  unroll,
  i16,
  wrapI16,
  wrapI8,
  wrapSub,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

export interface LinesParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputRowElements: i32
  readonly outputWidth: i32
  readonly outputRowElements: i32
  readonly strideH: i32
  readonly strideW: i32
  readonly dilationH: i32
  readonly padTop: i32
  readonly padLeft: i32
  readonly inputZeroPoint: i32
  /** Both in all four bytes. */
  readonly activationMin: i32
  readonly activationMax: i32
  readonly turns: i32
  /** 2 * pairs. */
  readonly advance: i32
}

/**
 * Output rows [rowBegin, rowEnd); taps outside the image read the zero point.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; constants: per block of 4 channels 4 biases, for each
 * pair of elements of a window, in the order kx, ky, channel, the int16 weights of the 4 channels, and
 * per channel what `rescaled` wants; output: [H, W, O] int8, a ring of outputRing rows; scratch: `width`
 * columns of KH * C int16, and `slack` elements more that the last windows read for weights of 0.
 * lines: KH; ahead: two outputs computed together are that far apart, so that at most 2 * ahead are made
 * of one set of columns; step: elements from one output's window to the next one's; pairs: in a turn of
 * the loop over a window; isOnce: 1 for a window of one turn; isFar: 1 when the second window begins some
 * turns behind the first one, 0 when gcc must not see by how much they move on: it would keep what the
 * first one reads turns later, in registers that are not there; shift: see `rescaled`.
 */
export function convLines(
  input: ConstPtr<i8>,
  constants: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i16>,
  p: LinesParams,
  lines: Static<i32>,
  inputChannels: Static<i32>,
  channels: Static<i32>,
  width: Static<i32>,
  slack: Static<i32>,
  ahead: Static<i32>,
  step: Static<i32>,
  pairs: Static<i32>,
  isOnce: Static<i32>,
  isFar: Static<i32>,
  shift: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (const i of unroll(0, slack)) scratch[width * lines * inputChannels + i] = i16(0)
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let column: i32 = 0; column < p.outputWidth; column += 2 * ahead) {
      const left: i32 = column * p.strideW - p.padLeft
      let top: i32 = row * p.strideH - p.padTop
      let line: Ptr<i16> = scratch
      for (let ky: i32 = lines; ky > 0; ky--) {
        expandLine(input, line, p, lines, inputChannels, width, inputRing, top, left)
        line = line.offset(inputChannels)
        top += p.dilationH
      }
      const outputs: i32 = min(2 * ahead, p.outputWidth - column)
      windows(
        scratch,
        constants,
        to,
        outputs,
        p,
        channels,
        ahead,
        step,
        pairs,
        isOnce,
        isFar,
        shift,
        isSigned,
        isClamped,
      )
      to = to.offset(outputs * channels)
    }
  }
}

/** Columns left, left + 1 ... of one row, as every `lines`th piece of C elements behind `line`. */
function expandLine(
  input: ConstPtr<i8>,
  line: Ptr<i16>,
  p: LinesParams,
  lines: Static<i32>,
  inputChannels: Static<i32>,
  width: Static<i32>,
  inputRing: i32,
  row: i32,
  left: i32,
): void {
  const isInside: i32 = row >= 0 && row < p.inputHeight ? 1 : 0
  const first: i32 = min(max(0, -left), width)
  const end: i32 = isInside === 1 ? min(p.inputWidth - left, width) : 0
  const inside: i32 = max(0, end - first)
  let to: Ptr<i16> = line
  to = fillColumns(to, inside > 0 ? first : width, p, lines, inputChannels)
  if (inside === 0) return
  let from: ConstPtr<i8> = input.offset(
    (row % inputRing) * p.inputRowElements + (left + first) * inputChannels,
  )
  for (let rest: i32 = inside >> 2; rest > 0; rest--) {
    for (const word of unroll(0, inputChannels)) {
      const bytes: i32 = from.loadWordUnaligned(4 * word)
      const even: i32 = sxtb16(bytes)
      const odd: i32 = sxtb16Ror8(bytes)
      to[place(4 * word, lines, inputChannels)] = wrapI16(even)
      to[place(4 * word + 1, lines, inputChannels)] = wrapI16(odd)
      to[place(4 * word + 2, lines, inputChannels)] = wrapI16(even >> 16)
      to[place(4 * word + 3, lines, inputChannels)] = wrapI16(odd >> 16)
    }
    from = from.offset(4 * inputChannels)
    to = to.offset(4 * lines * inputChannels)
  }
  for (let rest: i32 = inside & 3; rest > 0; rest--) {
    for (const c of unroll(0, inputChannels)) to[c] = i16(from[c])
    from = from.offset(inputChannels)
    to = to.offset(lines * inputChannels)
  }
  fillColumns(to, width - first - inside, p, lines, inputChannels)
}

/**
 * Where element `at` of a row goes.
 *
 * @inline
 */
function place(at: Static<i32>, lines: Static<i32>, inputChannels: Static<i32>): i32 {
  return idiv(at, inputChannels) * lines * inputChannels + irem(at, inputChannels)
}

/** Zero points in `count` columns; what comes behind them. */
function fillColumns(
  to: Ptr<i16>,
  count: i32,
  p: LinesParams,
  lines: Static<i32>,
  inputChannels: Static<i32>,
): Ptr<i16> {
  const zero: i16 = wrapI16(p.inputZeroPoint)
  let column: Ptr<i16> = to
  for (let rest: i32 = count; rest > 0; rest--) {
    for (const c of unroll(0, inputChannels)) column[c] = zero
    column = column.offset(lines * inputChannels)
  }
  return column
}

/**
 * All channels of `count` outputs, one of the first `ahead` and the one that far behind it at a time. Where
 * there is none, it is computed for nothing.
 *
 * @noinline
 */
function windows(
  columns: ConstPtr<i16>,
  constants: ConstPtr<i32>,
  output: Ptr<i8>,
  count: i32,
  p: LinesParams,
  channels: Static<i32>,
  ahead: Static<i32>,
  step: Static<i32>,
  pairs: Static<i32>,
  isOnce: Static<i32>,
  isFar: Static<i32>,
  shift: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  let window: ConstPtr<i16> = columns
  const turns: i32 = isOnce === 1 ? 1 : p.turns
  const advance: i32 = p.advance
  let first: Ptr<i8> = output
  for (let rest: i32 = count; rest > max(0, count - ahead); rest--) {
    const next: i32 = rest > ahead ? ahead * channels : 0
    let to: Ptr<i8> = first
    let w: ConstPtr<i32> = constants
    for (let channel: i32 = 0; channel < channels; channel += 4) {
      let a0: i32 = w[0]
      let b0: i32 = w[1]
      let c0: i32 = w[2]
      let d0: i32 = w[3]
      let a1: i32 = a0
      let b1: i32 = b0
      let c1: i32 = c0
      let d1: i32 = d0
      w = w.offset(4)
      let x: ConstPtr<i16> = window
      for (let left: i32 = turns; left > 0; left--) {
        for (const k of unroll(0, pairs)) {
          // In this order gcc does not make LDRD of them, which does not overlap with other loads on the M4.
          const x0: i32 = x.loadWordUnaligned(2 * k)
          let v: i32 = w[4 * k]
          const x1: i32 = x.loadWordUnaligned(2 * k + ahead * step)
          let u: i32 = w[4 * k + 1]
          a0 = smlad(v, x0, a0)
          a1 = smlad(v, x1, a1)
          b0 = smlad(u, x0, b0)
          b1 = smlad(u, x1, b1)
          v = w[4 * k + 2]
          u = w[4 * k + 3]
          c0 = smlad(v, x0, c0)
          c1 = smlad(v, x1, c1)
          d0 = smlad(u, x0, d0)
          d1 = smlad(u, x1, d1)
        }
        x = x.offset(isFar === 1 ? 2 * pairs : advance)
        w = w.offset(4 * pairs)
      }
      const words = isSigned === 1 ? 3 : 2
      let y0: i32 = rescaled(a0, w, shift, isSigned)
      let y1: i32 = rescaled(a1, w, shift, isSigned)
      y0 = withByte1(y0, rescaled(b0, w.offset(words), shift, isSigned))
      y1 = withByte1(y1, rescaled(b1, w.offset(words), shift, isSigned))
      y0 = withByte2(y0, rescaled(c0, w.offset(2 * words), shift, isSigned))
      y1 = withByte2(y1, rescaled(c1, w.offset(2 * words), shift, isSigned))
      y0 = withByte3(y0, rescaled(d0, w.offset(3 * words), shift, isSigned))
      y1 = withByte3(y1, rescaled(d1, w.offset(3 * words), shift, isSigned))
      w = w.offset(4 * words)
      if (isClamped === 1) {
        y0 = smin8(smax8(y0, p.activationMin), p.activationMax)
        y1 = smin8(smax8(y1, p.activationMin), p.activationMax)
      }
      // The second output first: where there is none, the first one takes its place.
      if (channels % 4 === 0 || channel + 4 <= channels) {
        to.storeWordUnaligned(next, y1)
        to.storeWordUnaligned(0, y0)
      } else {
        for (const c of unroll(0, channels % 4)) to[next + c] = wrapI8(y1 >> (8 * c))
        for (const c of unroll(0, channels % 4)) to[c] = wrapI8(y0 >> (8 * c))
      }
      to = to.offset(4)
    }
    window = window.offset(step)
    first = first.offset(channels)
  }
}

/**
 * A sum as an output of int8 (kernels/fitted-requantization.ts); w: factor, addend and, where `isSigned`,
 * nudge.
 *
 * @inline
 */
function rescaled(sum: i32, w: ConstPtr<i32>, shift: Static<i32>, isSigned: Static<i32>): i32 {
  const nudged: i32 = isSigned === 1 ? wrapSub(sum, w[2] & (sum >> 31)) : sum
  return clampShifted(smmla(nudged, w[0], w[1]), shift)
}
