// DEPTHWISE_CONV_2D, int8, for the DSP extension: output rows in groups, which share rows expanded to int16.

import { max, min } from '../../runtime/lang/math.ts'
import {
  unroll,
  wrapShl,
  type ConstPtr,
  type Ptr,
  type Static,
  type bool,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import { clearAround, expandLines } from './lines.kernel.ts'
import { headWords, mlad, rescale } from './outputs.kernel.ts'
import type { DepthwiseDspParams } from './params.kernel.ts'
import { widen, widenBoth } from './weights.kernel.ts'

/** Words of what is known of an output row, see `depthwiseGroups`. */
const PLACE: i32 = 4
/** All pairs of rows of a window lie inside the image. */
const WHOLE: i32 = -1

/**
 * `count` outputs of each of the channels [lane, lanes) of the four that `lines` holds, in each of `rows`
 * output rows: by fours, then the last `tail`, which is 0, 1, 2, 3 or 5; without `fours` these alone.
 *
 * lines: see `expandLines`; table: `headWords` a channel and its weights (`packDepthwise`); output: the first
 * output of `lane` in row 0; places: of each row, see `depthwiseGroups`; weights: for the int16 pairs of a
 * channel, for windows that begin with the lower row of a pair, then with the upper one.
 *
 * @noinline
 */
function filterLanes(
  lines: ConstPtr<i32>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  places: ConstPtr<i32>,
  weights: Ptr<i32>,
  p: DepthwiseDspParams,
  lane: i32,
  lanes: i32,
  rows: i32,
  count: i32,
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  strideH: Static<i32>,
  stride: Static<i32>,
  linePairs: Static<i32>,
  form: Static<i32>,
  shared: Static<i32>,
  clamped: Static<i32>,
  tail: Static<i32>,
  fours: Static<i32>,
): void {
  const deep = (kernelHeight >> 1) + 1
  const packed: i32 = (deep * kernelWidth + 1) >> 1
  const tails: i32 = tail === 0 ? 0 : fours === 0 || (count & 3) !== 0 ? 1 : 0
  let t: ConstPtr<i32> = table
  let channel: Ptr<i8> = output
  for (let c: i32 = lane; c < lanes; c++) {
    const even: Ptr<i32> = weights.offset(headWords(form) + 2 * packed)
    if ((strideH & 1) === 1 && rows > 1) widenBoth(t, even, weights, packed, form)
    else widen(t, even, packed, form)
    let place: ConstPtr<i32> = places
    for (let row: i32 = 0; row < rows; row++) {
      let out: Ptr<i8> = channel.offset(place[0])
      let x: ConstPtr<i32> = lines.offset(c + place[1])
      const first: i32 = kernelHeight <= 3 ? 0 : place[2]
      const taken: i32 = kernelHeight <= 3 ? WHOLE : place[3]
      let w: ConstPtr<i32> = even
      if ((strideH & row & 1) === 1) w = weights
      for (const pass of unroll(fours === 1 ? 0 : 1, tail === 0 ? 1 : 2)) {
        const n = pass === 0 ? 4 : tail
        for (let left: i32 = pass === 1 ? tails : (count - tails * tail) >> 2; left > 0; left--) {
          const bias: i32 = w[0]
          let a0: i32 = bias
          let a1: i32 = bias
          let a2: i32 = bias
          let a3: i32 = bias
          let a4: i32 = bias
          // All lines of a window written out; or one by one those inside the image.
          for (const path of unroll(0, kernelHeight <= 3 ? 1 : 2)) {
            let xs: ConstPtr<i32> = x
            let ws: ConstPtr<i32> = w.offset(path === 0 ? 0 : first)
            for (
              let times: i32 = path === 1 ? taken : taken === WHOLE ? 1 : 0;
              times > 0;
              times--
            ) {
              for (const j of unroll(0, path === 0 ? (kernelHeight >> 1) + 1 : 1)) {
                for (const parity of unroll(0, stride)) {
                  const taps = (kernelWidth - parity + stride - 1) >> (stride - 1)
                  const v = (form === 4 ? 4 : 3) + j + deep * parity * ((kernelWidth + 1) >> 1)
                  const from = 4 * (linePairs * parity + j)
                  const step = 4 * linePairs * stride
                  const atOnce = n > 4 ? 1 : 2
                  let x0: i32 = 0
                  let x1: i32 = 0
                  let x2: i32 = 0
                  let x3: i32 = 0
                  if (n > 1) x0 = xs[from]
                  if (n > 2) x1 = xs[from + step]
                  if (n > 3) x2 = xs[from + 2 * step]
                  if (n > 4) x3 = xs[from + 3 * step]
                  for (const k of unroll(
                    0,
                    pass === 1 && tail > 4
                      ? (kernelWidth - parity + stride - 1) >> (stride - 1)
                      : (((kernelWidth - parity + stride - 1) >> (stride - 1)) + 1) >> 1,
                  )) {
                    const tap = atOnce * k
                    const two = atOnce === 2 && tap + 1 < taps
                    // Loads in a row overlap; in this order none becomes LDRD, which would not.
                    const xa: i32 = xs[from + (tap + n - 1) * step]
                    const wa: i32 = ws[v + deep * tap]
                    let xb: i32 = 0
                    let wb: i32 = 0
                    if (two) xb = xs[from + (tap + n) * step]
                    if (two) wb = ws[v + deep * (tap + 1)]
                    const isFirst = path === 0 && j + parity + k === 0
                    if (n === 1) a0 = mlad(xa, wa, isFirst ? bias : a0)
                    if (n > 1) a0 = mlad(x0, wa, isFirst ? bias : a0)
                    if (n > 1) a1 = mlad(n === 2 ? xa : x1, wa, isFirst ? bias : a1)
                    if (n > 2) a2 = mlad(n === 3 ? xa : x2, wa, isFirst ? bias : a2)
                    if (n > 3) a3 = mlad(n === 4 ? xa : x3, wa, isFirst ? bias : a3)
                    if (n > 4) a4 = mlad(xa, wa, isFirst ? bias : a4)
                    if (two) {
                      a0 = mlad(n === 1 ? xb : n === 2 ? xa : x1, wb, a0)
                      if (n > 1) a1 = mlad(n === 2 ? xb : n === 3 ? xa : x2, wb, a1)
                      if (n > 2) a2 = mlad(n === 3 ? xb : xa, wb, a2)
                      if (n > 3) a3 = mlad(xb, wb, a3)
                      if (n > 1) x0 = n === 2 ? xb : n === 3 ? xa : x2
                      if (n > 2) x1 = n === 3 ? xb : xa
                      if (n > 3) x2 = xb
                    } else {
                      if (n > 1) x0 = n === 2 ? xa : x1
                      if (n > 2) x1 = n === 3 ? xa : x2
                      if (n > 3) x2 = n === 4 ? xa : x3
                      if (n > 4) x3 = xa
                    }
                  }
                }
              }
              if (path === 1) {
                xs = xs.offset(4)
                ws = ws.offset(1)
              }
            }
          }
          const factor: i32 = w[1]
          const shift: i32 = w[form === 4 ? 3 : 2]
          const offset: i32 = form >= 3 ? w[2] : form === 2 ? 0 : wrapShl(p.rounding, shift) >> 1
          const zero: i32 = p.outputZeroPoint
          const low: i32 = p.activationMin
          const high: i32 = p.activationMax
          const step: i32 = p.outputChannels
          out[0] = rescale(a0, factor, offset, shift, zero, low, high, 1, form, shared, clamped)
          if (n > 1)
            out[step] = rescale(
              a1,
              factor,
              offset,
              shift,
              zero,
              low,
              high,
              1,
              form,
              shared,
              clamped,
            )
          if (n > 2) {
            out = out.offset(2 * step)
            out[0] = rescale(a2, factor, offset, shift, zero, low, high, 1, form, shared, clamped)
          }
          if (n > 3) {
            out[step] = rescale(
              a3,
              factor,
              offset,
              shift,
              zero,
              low,
              high,
              1,
              form,
              shared,
              clamped,
            )
            out = out.offset(2 * step)
          }
          if (n > 4)
            out[0] = rescale(a4, factor, offset, shift, zero, low, high, 1, form, shared, clamped)
          x = x.offset(16 * linePairs * stride)
        }
      }
      place = place.offset(PLACE)
    }
    t = t.offset(headWords(form) + packed)
    channel = channel.offset(p.depthMultiplier)
  }
}

/**
 * Output rows [rowBegin, rowEnd); output channel o reads input channel o / depthMultiplier.
 * (TFLite reference_integer_ops::DepthwiseConvPerChannel.)
 *
 * input: [H, W, C] int8, a ring of inputRing rows; table: for each four input channels the first output
 * channel of each, then the second ..., see `filterLanes`: pairs of int8 weights, two a word; output: [H, W, O] int8, a ring of outputRing rows; scratch: where rows of the lines begin,
 * 2 * linePairs; for each of groupRows output rows where it begins, where its windows begin in the lines,
 * their first pair of rows inside the image, and how many are, or WHOLE (windows of up to 3 rows are
 * always taken whole, from lines that are 0 outside); a word of zero points; int16 pairs of a channel's weights,
 * twice; the lines of `expandLines`. rest: inputChannels modulo 4.
 */
export function depthwiseGroups(
  input: ConstPtr<i8>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i32>,
  p: DepthwiseDspParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  strideH: Static<i32>,
  stride: Static<i32>,
  linePairs: Static<i32>,
  form: Static<i32>,
  shared: Static<i32>,
  clamped: Static<i32>,
  tail: Static<i32>,
  fours: Static<i32>,
  rest: Static<i32>,
): void {
  const window: i32 = (kernelHeight >> 1) + 1
  const packed: i32 = (window * kernelWidth + 1) >> 1
  const tableWords: i32 = headWords(form) + packed
  const channels: i32 = p.inputChannels
  const multiplier: i32 = p.depthMultiplier
  const places: Ptr<i32> = scratch.offset(2 * linePairs)
  const zero: Ptr<i32> = places.offset(PLACE * p.groupRows)
  const weights: Ptr<i32> = zero.offset(1)
  const lines: Ptr<i32> = weights.offset(2 * headWords(form) + 4 * packed)
  for (let row: i32 = rowBegin; row < rowEnd; row += p.groupRows) {
    const rows: i32 = min(p.groupRows, rowEnd - row)
    const height: i32 = (rows - 1) * strideH + kernelHeight
    const originY: i32 = row * strideH - p.padTop
    const firstInside: i32 = firstTap(originY, 1)
    const endInside: i32 = endTap(originY, 1, height, p.inputHeight)
    const begin: i32 = firstInside < endInside ? firstInside : 0
    const end: i32 = firstInside < endInside ? endInside : 0
    let slot: i32 = (originY + begin) % inputRing
    for (let y: i32 = begin; y < end; y++) {
      scratch[y] = slot * p.inputRowElements
      slot = ringNext(slot, 1, inputRing)
    }
    for (let r: i32 = 0; r < rows; r++) {
      const place: Ptr<i32> = places.offset(PLACE * r)
      const top: i32 = (r * strideH) >> 1
      const first: i32 = kernelHeight <= 3 ? 0 : max((begin >> 1) - top, 0)
      const taken: i32 = max(min(((end + 1) >> 1) - top, window) - first, 0)
      place[0] = ((row + r) % outputRing) * p.outputRowElements
      place[1] = 4 * (top + first)
      place[2] = first
      place[3] = taken === window ? WHOLE : taken
    }
    for (let column: i32 = 0; column < p.outputWidth; column += p.chunk) {
      const count: i32 = min(p.chunk, p.outputWidth - column)
      const origin: i32 = column * stride - p.padLeft
      const before: i32 = max(-origin, 0)
      const inside: i32 = min(p.inputWidth - origin, p.linePixels) - before
      const pixels: i32 = max(inside, 0)
      const first: i32 = inside > 0 ? before : 0
      let from: ConstPtr<i8> = input.offset((origin + first) * channels)
      let to: Ptr<i8> = output.offset(column * p.outputChannels)
      let t: ConstPtr<i32> = table
      const line: Ptr<i32> = lines.offset(4 * linePairs * first)
      // Windows of an even height touch a pair of rows more than they have, times weights of 0.
      const used: i32 = (((rows - 1) * strideH) >> 1) + window
      clearAround(lines, p, linePairs, begin, end, used, first, pixels, kernelHeight <= 3)
      for (const part of unroll(0, rest > 0 ? 2 : 1)) {
        // The last block lies over the one before, so that words can be loaded.
        const lane: i32 = part === 1 && channels > 4 ? 4 - rest : 0
        for (let left: i32 = part === 0 ? channels >> 2 : 1; left > 0; left--) {
          if (pixels > 0) {
            expandLines(from.offset(-lane), scratch, zero, line, p, begin, end, pixels, linePairs)
          }
          for (let m: i32 = 0; m < multiplier; m++) {
            filterLanes(
              lines,
              t,
              to.offset(m),
              places,
              weights,
              p,
              lane,
              lane + (part === 0 ? 4 : rest),
              rows,
              count,
              kernelHeight,
              kernelWidth,
              strideH,
              stride,
              linePairs,
              form,
              shared,
              clamped,
              tail,
              fours,
            )
            t = t.offset((part === 0 ? 4 : rest) * tableWords)
          }
          from = from.offset(4)
          to = to.offset(4 * multiplier)
        }
      }
    }
  }
}
