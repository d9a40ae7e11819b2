// DEPTHWISE_CONV_2D, int8, for the DSP extension: two taps an instruction, from rows expanded to int16.

import { sxtb16, sxtb16Ror8 } from '../../runtime/lang/dsp.ts'
import { max, min } from '../../runtime/lang/math.ts'
import {
  defineIntrinsic,
  unroll,
  wrapAdd,
  wrapI16,
  wrapShl,
  type ConstPtr,
  type Ptr,
  type Static,
  type bool,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import { clearAround, expandWindow } from './expand.kernel.ts'
import { headWords, mlad, rescale } from './outputs.kernel.ts'
import type { DepthwiseDspParams } from './params.kernel.ts'

// As in dsp.ts, but free to leave the sum in another register: that of a sum that is no longer needed.
const mlabt = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlabt %0, %1, %2, %3' },
  (x: i32, y: i32, sum: i32): i32 => wrapAdd(sum, wrapI16(x) * (y >> 16)),
)
const mlatb = defineIntrinsic(
  { c: '', requires: 'dsp', asm: 'smlatb %0, %1, %2, %3' },
  (x: i32, y: i32, sum: i32): i32 => wrapAdd(sum, (x >> 16) * wrapI16(y)),
)

/**
 * Words of the pairs of two rows.
 *
 * @inline
 */
function pairWords(kernelWidth: Static<i32>, stride: Static<i32>, wide: Static<i32>): i32 {
  const narrow: i32 =
    stride === 1
      ? (kernelWidth + 1) >> 1
      : ((kernelWidth + 3) >> 2) + (((kernelWidth >> 1) + 1) >> 1)
  return wide === 1 ? kernelWidth : narrow
}

/**
 * Words of a channel's table.
 *
 * @inline
 */
function tableWords(
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  wide: Static<i32>,
  form: Static<i32>,
): i32 {
  const single: i32 =
    stride === 2 ? (kernelWidth + 1) >> 1 : kernelWidth === 1 ? 1 : kernelWidth - 1
  const singleWords: i32 = wide === 1 ? single : (single + 1) >> 1
  const pairs: i32 = (kernelHeight >> 1) * pairWords(kernelWidth, stride, wide)
  return headWords(form) + pairs + (kernelHeight & 1) * singleWords
}

/**
 * `count` outputs of each of the channels [lane, lanes) of the four that `lines` holds: by fours, then the
 * last `tail`, which is 0, 1, 2, 3 or 5; without `fours` these alone. A `tail` of 4 stands for any: four are
 * computed where less are left, and those written. Bit j of `rows`: the window's rows
 * 2 * j and 2 * j + 1 are to be taken, for an odd height its last bit the last row; windows of up to 3 rows
 * are always taken whole.
 *
 * lines: see `expandWindow`. table: `headWords` a channel, then the weights in the order of their use
 * (`packDepthwise`): int16 pairs (wide), or int8, two pairs a word. output: the first output of `lane`.
 */
function filterLanes(
  lines: ConstPtr<i32>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  p: DepthwiseDspParams,
  lane: i32,
  lanes: i32,
  count: i32,
  rows: i32,
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  wide: Static<i32>,
  form: Static<i32>,
  shared: Static<i32>,
  clamped: Static<i32>,
  tail: Static<i32>,
  fours: Static<i32>,
): void {
  let t: ConstPtr<i32> = table
  let first: Ptr<i8> = output
  const tails: i32 = tail === 0 || tail === 4 ? 0 : fours === 0 || (count & 3) !== 0 ? 1 : 0
  for (let c: i32 = lane; c < lanes; c++) {
    let x: ConstPtr<i32> = lines.offset(c)
    let out: Ptr<i8> = first
    for (const pass of unroll(fours === 1 ? 0 : 1, tail === 0 || tail === 4 ? 1 : 2)) {
      const n = pass === 0 ? 4 : tail
      for (
        let left: i32 = pass === 1 ? tails : (count - tails * tail + (tail === 4 ? 3 : 0)) >> 2;
        left > 0;
        left--
      ) {
        const bias: i32 = t[0]
        let a0: i32 = bias
        let a1: i32 = bias
        let a2: i32 = bias
        let a3: i32 = bias
        let a4: i32 = bias
        for (const j of unroll(0, kernelHeight >> 1)) {
          if (kernelHeight <= 3 || (rows & (1 << j)) !== 0) {
            for (const parity of unroll(0, stride)) {
              const w =
                headWords(form) +
                j * pairWords(kernelWidth, stride, wide) +
                parity * (wide === 1 ? (kernelWidth + 1) >> 1 : (kernelWidth + 3) >> 2)
              let v: i32 = 0
              let x0: i32 = 0
              let x1: i32 = 0
              let x2: i32 = 0
              let x3: i32 = 0
              if (n > 1)
                x0 =
                  x[
                    ((parity + 0 * stride) >> 1) * 4 * kernelHeight +
                      8 * j +
                      4 * ((parity + 0 * stride) & 1)
                  ]
              if (n > 2)
                x1 =
                  x[
                    ((parity + 1 * stride) >> 1) * 4 * kernelHeight +
                      8 * j +
                      4 * ((parity + 1 * stride) & 1)
                  ]
              if (n > 3)
                x2 =
                  x[
                    ((parity + 2 * stride) >> 1) * 4 * kernelHeight +
                      8 * j +
                      4 * ((parity + 2 * stride) & 1)
                  ]
              if (n > 4)
                x3 =
                  x[
                    ((parity + 3 * stride) >> 1) * 4 * kernelHeight +
                      8 * j +
                      4 * ((parity + 3 * stride) & 1)
                  ]
              for (const k of unroll(0, (kernelWidth - parity + stride - 1) >> (stride - 1))) {
                if (wide === 0 && (k & 1) === 0) v = t[w + (k >> 1)]
                const xa: i32 =
                  x[
                    ((parity + stride * (k + n - 1)) >> 1) * 4 * kernelHeight +
                      8 * j +
                      4 * ((parity + stride * (k + n - 1)) & 1)
                  ]
                const wa: i32 = wide === 1 ? t[w + k] : (k & 1) === 0 ? sxtb16(v) : sxtb16Ror8(v)
                if (kernelHeight <= 3 && parity + k === 0) {
                  if (n === 1) a0 = mlad(xa, wa, bias)
                  if (n > 1) a0 = mlad(x0, wa, bias)
                  if (n > 1) a1 = mlad(n === 2 ? xa : x1, wa, bias)
                  if (n > 2) a2 = mlad(n === 3 ? xa : x2, wa, bias)
                  if (n > 3) a3 = mlad(n === 4 ? xa : x3, wa, bias)
                  if (n > 4) a4 = mlad(xa, wa, bias)
                } else {
                  if (n === 1) a0 = mlad(xa, wa, a0)
                  if (n > 1) a0 = mlad(x0, wa, a0)
                  if (n > 1) a1 = mlad(n === 2 ? xa : x1, wa, a1)
                  if (n > 2) a2 = mlad(n === 3 ? xa : x2, wa, a2)
                  if (n > 3) a3 = mlad(n === 4 ? xa : x3, wa, a3)
                  if (n > 4) a4 = mlad(xa, wa, a4)
                }
                if (n > 1) x0 = n === 2 ? xa : x1
                if (n > 2) x1 = n === 3 ? xa : x2
                if (n > 3) x2 = n === 4 ? xa : x3
                if (n > 4) x3 = xa
              }
            }
          }
        }
        if (
          (kernelHeight & 1) === 1 &&
          (kernelHeight <= 3 || (rows & (1 << (kernelHeight >> 1))) !== 0)
        ) {
          const s = headWords(form) + (kernelHeight >> 1) * pairWords(kernelWidth, stride, wide)
          if (stride === 2) {
            let v: i32 = 0
            let x0: i32 = 0
            let x1: i32 = 0
            let x2: i32 = 0
            let x3: i32 = 0
            if (n > 1) x0 = x[0 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            if (n > 2) x1 = x[1 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            if (n > 3) x2 = x[2 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            if (n > 4) x3 = x[3 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            for (const k of unroll(0, (kernelWidth + 1) >> 1)) {
              if (wide === 0 && (k & 1) === 0) v = t[s + (k >> 1)]
              const wa: i32 = wide === 1 ? t[s + k] : (k & 1) === 0 ? sxtb16(v) : sxtb16Ror8(v)
              const xa: i32 = x[(k + n - 1) * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
              if (n === 1) a0 = mlad(xa, wa, a0)
              if (n > 1) a0 = mlad(x0, wa, a0)
              if (n > 1) a1 = mlad(n === 2 ? xa : x1, wa, a1)
              if (n > 2) a2 = mlad(n === 3 ? xa : x2, wa, a2)
              if (n > 3) a3 = mlad(n === 4 ? xa : x3, wa, a3)
              if (n > 4) a4 = mlad(xa, wa, a4)
              if (n > 1) x0 = n === 2 ? xa : x1
              if (n > 2) x1 = n === 3 ? xa : x2
              if (n > 3) x2 = n === 4 ? xa : x3
              if (n > 4) x3 = xa
            }
          } else {
            let x0: i32 = x[0 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            let x1: i32 = 0
            let x2: i32 = 0
            if (n > 2) x1 = x[1 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            if (n > 4) x2 = x[2 * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
            for (const k of unroll(0, kernelWidth === 1 ? 1 : kernelWidth >> 1)) {
              let even: i32 = 0
              let odd: i32 = 0
              if (wide === 1) {
                even = t[s + 2 * k]
                if (k < (kernelWidth - 1) >> 1) odd = t[s + 2 * k + 1]
              }
              let x3: i32 = 0
              // An odd number of outputs of an even width needs no word beyond the last pair's.
              const more: bool =
                (kernelWidth & 1) === 1 || (n & 1) === 0 || k < (kernelWidth >> 1) - 1
              if (kernelWidth > 1 && more) {
                if (n <= 2) x1 = x[(k + 1) * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
                if (n === 3 || n === 4) x2 = x[(k + 2) * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
                if (n > 4) x3 = x[(k + 3) * 4 * kernelHeight + 8 * (kernelHeight >> 1)]
              }
              if (wide === 0) {
                odd = t[s + k]
                even = sxtb16(odd)
                odd = sxtb16Ror8(odd)
              }
              a0 = mlad(x0, even, a0)
              if (n > 2) a2 = mlad(x1, even, a2)
              if (n > 4) a4 = mlad(x2, even, a4)
              if (k === 0 && n > 1) a1 = mlatb(x0, even, a1)
              if (k === 0 && n > 3) a3 = mlatb(x1, even, a3)
              if (k < (kernelWidth - 1) >> 1) {
                if (n > 1) a1 = mlad(x1, odd, a1)
                if (n > 3) a3 = mlad(x2, odd, a3)
                if (k === ((kernelWidth - 1) >> 1) - 1 && (kernelWidth & 1) === 1) {
                  a0 = mlabt(x1, odd, a0)
                  if (n > 2) a2 = mlabt(x2, odd, a2)
                  if (n > 4) a4 = mlabt(x3, odd, a4)
                }
              } else if (kernelWidth > 1) {
                if (n > 1) a1 = mlabt(x1, even, a1)
                if (n > 3) a3 = mlabt(x2, even, a3)
              }
              x0 = x1
              x1 = x2
              x2 = x3
            }
          }
        }
        const factor: i32 = t[1]
        const shift: i32 = t[form === 4 ? 3 : 2]
        const offset: i32 = form >= 3 ? t[2] : form === 2 ? 0 : wrapShl(p.rounding, shift) >> 1
        const zero: i32 = p.outputZeroPoint
        const low: i32 = p.activationMin
        const high: i32 = p.activationMax
        const step: i32 = p.outputChannels
        const there: i32 = tail === 4 && left === 1 ? ((count - 1) & 3) + 1 : 4
        out[0] = rescale(a0, factor, offset, shift, zero, low, high, wide, form, shared, clamped)
        if (n > 1 && (tail !== 4 || there > 1))
          out[step] = rescale(
            a1,
            factor,
            offset,
            shift,
            zero,
            low,
            high,
            wide,
            form,
            shared,
            clamped,
          )
        if (n > 2 && (tail !== 4 || there > 2)) {
          out = out.offset(2 * step)
          out[0] = rescale(a2, factor, offset, shift, zero, low, high, wide, form, shared, clamped)
        }
        if (n > 3 && (tail !== 4 || there > 3)) {
          out[step] = rescale(
            a3,
            factor,
            offset,
            shift,
            zero,
            low,
            high,
            wide,
            form,
            shared,
            clamped,
          )
          out = out.offset(2 * step)
        }
        if (n > 4)
          out[0] = rescale(a4, factor, offset, shift, zero, low, high, wide, form, shared, clamped)
        x = x.offset(8 * stride * kernelHeight)
      }
    }
    t = t.offset(tableWords(kernelHeight, kernelWidth, stride, wide, form))
    first = first.offset(p.depthMultiplier)
  }
}

/**
 * Output rows [rowBegin, rowEnd); output channel o reads input channel o / depthMultiplier.
 * (TFLite reference_integer_ops::DepthwiseConvPerChannel.)
 *
 * input: [H, W, C] int8, a ring of inputRing rows; table: see `filterLanes`, for each four input channels
 * the first output channel of each, then the second ...; output: [H, W, O] int8, a ring of outputRing
 * rows; places: scratch, kernelHeight words and the lines of `expandWindow`. rest: inputChannels modulo 4.
 */
export function depthwiseConv2d(
  input: ConstPtr<i8>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  places: Ptr<i32>,
  p: DepthwiseDspParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  wide: Static<i32>,
  form: Static<i32>,
  shared: Static<i32>,
  clamped: Static<i32>,
  tail: Static<i32>,
  fours: Static<i32>,
  rest: Static<i32>,
): void {
  const channels: i32 = p.inputChannels
  const multiplier: i32 = p.depthMultiplier
  const lines: Ptr<i32> = places.offset(kernelHeight)
  const words: i32 = tableWords(kernelHeight, kernelWidth, stride, wide, form)
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const originY: i32 = row * p.strideH - p.padTop
    const firstInside: i32 = firstTap(originY, 1)
    const endInside: i32 = endTap(originY, 1, kernelHeight, p.inputHeight)
    const kyBegin: i32 = firstInside < endInside ? firstInside : 0
    const kyEnd: i32 = firstInside < endInside ? endInside : 0
    let slot: i32 = (originY + kyBegin) % inputRing
    for (let ky: i32 = kyBegin; ky < kyEnd; ky++) {
      places[ky] = slot * p.inputRowElements
      slot = ringNext(slot, 1, inputRing)
    }
    const rows: i32 = (1 << ((kyEnd + 1) >> 1)) - (1 << (kyBegin >> 1))
    const out: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let column: i32 = 0; column < p.outputWidth; column += p.chunk) {
      const count: i32 = min(p.chunk, p.outputWidth - column)
      const origin: i32 = column * stride - p.padLeft
      const before: i32 = max(-origin, 0)
      const inside: i32 = min(p.inputWidth - origin, p.linePixels) - before
      const pixels: i32 = max(inside, 0)
      const first: i32 = inside > 0 ? before : 0
      let from: ConstPtr<i8> = input.offset((origin + first) * channels)
      let to: Ptr<i8> = out.offset(column * p.outputChannels)
      let t: ConstPtr<i32> = table
      const line: Ptr<i32> = lines.offset((first >> 1) * 4 * kernelHeight)
      clearAround(lines, p, kyBegin, kyEnd, kernelHeight, first, pixels)
      for (const part of unroll(0, rest > 0 ? 2 : 1)) {
        // The last block lies over the one before, so that words can be loaded.
        const lane: i32 = part === 1 && channels > 4 ? 4 - rest : 0
        for (let left: i32 = part === 0 ? channels >> 2 : 1; left > 0; left--) {
          if (pixels > 0)
            expandWindow(
              from.offset(-lane),
              places,
              line,
              p,
              kyBegin,
              kyEnd,
              kernelHeight,
              first & 1,
              pixels,
            )
          for (let m: i32 = 0; m < multiplier; m++) {
            filterLanes(
              lines,
              t,
              to.offset(m),
              p,
              lane,
              lane + (part === 0 ? 4 : rest),
              count,
              rows,
              kernelHeight,
              kernelWidth,
              stride,
              wide,
              form,
              shared,
              clamped,
              tail,
              fours,
            )
            t = t.offset((part === 0 ? 4 : rest) * words)
          }
          from = from.offset(4)
          to = to.offset(4 * multiplier)
        }
      }
    }
  }
}
