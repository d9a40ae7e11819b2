// DEPTHWISE_CONV_2D, int8, for the DSP extension: two taps an instruction, from rows expanded to int16.

import { smlabt, smlad, smlatb, smmlar, ssat8, sxtb16, sxtb16Ror8 } from '../../runtime/lang/dsp.ts'
import { clamp, max, min } from '../../runtime/lang/math.ts'
import { requantize } from '../../runtime/lang/requantize.ts'
import {
  unroll,
  wrapI8,
  wrapMul,
  wrapShl,
  wrapU16,
  wrapU8,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { endTap, firstTap, ringNext } from '../../runtime/lang/window.ts'
import {
  clearAround,
  clearWords,
  expandWindow,
  expandWindowFew,
  type DepthwiseConv2dDspParams,
} from './expand.kernel.ts'

/** Words of a channel's table in front of its weights: bias, multiplier, offset, shift. */
const HEAD: i32 = 4

/**
 * A sum as an int8 output. form 0 and 1: `sum` is doubled where weights are int16, and
 * smmlar(2 * sum, multiplier, offset) is gemmlowp's doubling high product plus offset, which holds half
 * of 2^shift and the zero point. Form 1 subtracts 1 from the offset of negative sums, whose ties are
 * rounded away from zero; where the lower clamp is not below the zero point that cannot matter (form 0).
 * Form 2: any multiplier and shift.
 *
 * @inline
 */
function rescale(
  sum: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  p: DepthwiseConv2dDspParams,
  wide: Static<i32>,
  form: Static<i32>,
  clamped: Static<i32>,
): i8 {
  let scaled: i32 = 0
  if (form === 2) {
    scaled = requantize(sum, multiplier, shift, p.outputZeroPoint, p.activationMin, p.activationMax)
  } else {
    const doubled: i32 = wide === 1 ? sum : wrapShl(sum, 1)
    const rounding: i32 = form === 1 ? offset + (sum >> 31) : offset
    const narrow: i32 = smmlar(doubled, multiplier, rounding) >> shift
    scaled = clamped === 1 ? clamp(narrow, p.activationMin, p.activationMax) : ssat8(narrow)
  }
  return wrapI8(scaled)
}

/**
 * `count` outputs of the channels from `lane` on, of the four that `lines` holds, in passes of 4, 2 and
 * 1. Lines: kernelHeight / 2 of vertical pairs, the window's rows 2 * j and 2 * j + 1, of which those
 * outside [pairBegin, pairEnd) lie in the padding; then, if the height is odd, one of horizontal pairs.
 *
 * table: HEAD words a channel, then the weights in the order of their use (`packDepthwise`); as int16
 * pairs (wide) or as int8, two pairs a word. output: the first output of the first channel.
 */
function filterLanes(
  lines: ConstPtr<i32>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  p: DepthwiseConv2dDspParams,
  lane: i32,
  lanes: i32,
  count: i32,
  pairBegin: i32,
  pairEnd: i32,
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  wide: Static<i32>,
  form: Static<i32>,
  clamped: Static<i32>,
): void {
  const step: i32 = p.outputChannels
  const lineWords: i32 = 4 * p.linePixels
  let t: ConstPtr<i32> = table
  let first: Ptr<i8> = output
  for (let c: i32 = lane; c < lanes; c++) {
    for (let m: i32 = p.depthMultiplier; m > 0; m--) {
      const factor: i32 = t[1]
      const offset: i32 = t[2]
      const shift: i32 = t[3]
      let x: ConstPtr<i32> = lines.offset(c + pairBegin * lineWords)
      let y: ConstPtr<i32> = lines.offset(c + (kernelHeight >> 1) * lineWords)
      let out: Ptr<i8> = first
      let left: i32 = count
      for (const pass of unroll(0, 3)) {
        while (left >= 4 >> pass) {
          let a0: i32 = t[0]
          let a1: i32 = a0
          let a2: i32 = a0
          let a3: i32 = a0
          let w: ConstPtr<i32> = t.offset(
            HEAD + pairBegin * (wide === 1 ? kernelWidth : (kernelWidth + 1) >> 1),
          )
          let v: i32 = 0
          let px: ConstPtr<i32> = x
          for (let j: i32 = pairBegin; j < pairEnd; j++) {
            for (const parity of unroll(0, stride)) {
              let x0: i32 = 0
              let x1: i32 = 0
              let x2: i32 = 0
              if (pass < 2) x0 = px[4 * parity]
              if (pass < 1) {
                x1 = px[4 * (parity + stride)]
                x2 = px[4 * (parity + 2 * stride)]
              }
              for (const k of unroll(0, (kernelWidth - parity + stride - 1) >> (stride - 1))) {
                const n = parity * ((kernelWidth + 1) >> 1) + k
                if (wide === 0 && (n & 1) === 0) v = w[n >> 1]
                const wk: i32 = wide === 1 ? w[n] : (n & 1) === 0 ? sxtb16(v) : sxtb16Ror8(v)
                const x3: i32 = px[4 * (parity + stride * (k + (4 >> pass) - 1))]
                if (pass === 0) {
                  a0 = smlad(x0, wk, a0)
                  a1 = smlad(x1, wk, a1)
                  a2 = smlad(x2, wk, a2)
                  a3 = smlad(x3, wk, a3)
                  x0 = x1
                  x1 = x2
                  x2 = x3
                } else if (pass === 1) {
                  a0 = smlad(x0, wk, a0)
                  a1 = smlad(x3, wk, a1)
                  x0 = x3
                } else {
                  a0 = smlad(x3, wk, a0)
                }
              }
            }
            px = px.offset(lineWords)
            w = w.offset(wide === 1 ? kernelWidth : (kernelWidth + 1) >> 1)
          }
          if ((kernelHeight & 1) === 1) {
            const s: ConstPtr<i32> = t.offset(
              HEAD + (kernelHeight >> 1) * (wide === 1 ? kernelWidth : (kernelWidth + 1) >> 1),
            )
            if (stride === 2) {
              let x0: i32 = 0
              let x1: i32 = 0
              let x2: i32 = 0
              if (pass < 2) x0 = y[0]
              if (pass < 1) {
                x1 = y[4]
                x2 = y[8]
              }
              for (const k of unroll(0, (kernelWidth + 1) >> 1)) {
                if (wide === 0 && (k & 1) === 0) v = s[k >> 1]
                const wk: i32 = wide === 1 ? s[k] : (k & 1) === 0 ? sxtb16(v) : sxtb16Ror8(v)
                const x3: i32 = y[4 * (k + (4 >> pass) - 1)]
                if (pass === 0) {
                  a0 = smlad(x0, wk, a0)
                  a1 = smlad(x1, wk, a1)
                  a2 = smlad(x2, wk, a2)
                  a3 = smlad(x3, wk, a3)
                  x0 = x1
                  x1 = x2
                  x2 = x3
                } else if (pass === 1) {
                  a0 = smlad(x0, wk, a0)
                  a1 = smlad(x3, wk, a1)
                  x0 = x3
                } else {
                  a0 = smlad(x3, wk, a0)
                }
              }
            } else {
              let x0: i32 = y[0]
              let x1: i32 = 0
              if (pass === 0) x1 = y[4]
              for (const k of unroll(0, kernelWidth === 1 ? 1 : kernelWidth >> 1)) {
                let even: i32 = 0
                let odd: i32 = 0
                if (wide === 0) {
                  v = s[k]
                  even = sxtb16(v)
                  odd = sxtb16Ror8(v)
                } else {
                  even = s[2 * k]
                  if (k < (kernelWidth - 1) >> 1) odd = s[2 * k + 1]
                }
                if (pass === 0) {
                  let x2: i32 = 0
                  if (kernelWidth > 1) x2 = y[4 * (k + 2)]
                  a0 = smlad(x0, even, a0)
                  a2 = smlad(x1, even, a2)
                  if (k === 0) {
                    a1 = smlatb(x0, even, a1)
                    a3 = smlatb(x1, even, a3)
                  }
                  if (k < (kernelWidth - 1) >> 1) {
                    a1 = smlad(x1, odd, a1)
                    a3 = smlad(x2, odd, a3)
                    if (k === ((kernelWidth - 1) >> 1) - 1 && (kernelWidth & 1) === 1) {
                      a0 = smlabt(x1, odd, a0)
                      a2 = smlabt(x2, odd, a2)
                    }
                  } else if (kernelWidth > 1) {
                    a1 = smlabt(x1, even, a1)
                    a3 = smlabt(x2, even, a3)
                  }
                  x0 = x1
                  x1 = x2
                } else {
                  if (kernelWidth > 1) x1 = y[4 * (k + 1)]
                  a0 = smlad(x0, even, a0)
                  if (pass === 1 && k === 0) a1 = smlatb(x0, even, a1)
                  if (k < (kernelWidth - 1) >> 1) {
                    if (pass === 1) a1 = smlad(x1, odd, a1)
                    if (k === ((kernelWidth - 1) >> 1) - 1 && (kernelWidth & 1) === 1) {
                      a0 = smlabt(x1, odd, a0)
                    }
                  } else if (pass === 1 && kernelWidth > 1) {
                    a1 = smlabt(x1, even, a1)
                  }
                  x0 = x1
                }
              }
            }
          }
          out[0] = rescale(a0, factor, offset, shift, p, wide, form, clamped)
          if (pass < 2) {
            out[step] = rescale(a1, factor, offset, shift, p, wide, form, clamped)
            out = out.offset(2 * step)
          }
          if (pass < 1) {
            out[0] = rescale(a2, factor, offset, shift, p, wide, form, clamped)
            out[step] = rescale(a3, factor, offset, shift, p, wide, form, clamped)
            out = out.offset(2 * step)
          }
          x = x.offset(4 * stride * (4 >> pass))
          y = y.offset(2 * stride * (4 >> pass))
          left -= 4 >> pass
        }
      }
      t = t.offset(tableWords(kernelHeight, kernelWidth, stride, wide))
      first = first.offset(1)
    }
  }
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
): i32 {
  const pairWords: i32 = wide === 1 ? kernelWidth : (kernelWidth + 1) >> 1
  const single: i32 =
    stride === 2 ? (kernelWidth + 1) >> 1 : kernelWidth === 1 ? 1 : kernelWidth - 1
  const singleWords: i32 = wide === 1 ? single : (single + 1) >> 1
  return HEAD + (kernelHeight >> 1) * pairWords + (kernelHeight & 1) * singleWords
}

/**
 * Output rows [rowBegin, rowEnd); output channel o reads input channel o / depthMultiplier.
 * (TFLite reference_integer_ops::DepthwiseConvPerChannel.)
 *
 * input: [H, W, C] int8, a ring of inputRing rows; table: see `filterLanes`; output: [H, W, O] int8, a
 * ring of outputRing rows; scratch: 4 words, then the lines of four channels.
 */
export function depthwiseConv2d(
  input: ConstPtr<i8>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  scratch: Ptr<i32>,
  p: DepthwiseConv2dDspParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
  kernelHeight: Static<i32>,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  wide: Static<i32>,
  form: Static<i32>,
  clamped: Static<i32>,
): void {
  const channels: i32 = p.inputChannels
  const pairs: i32 = kernelHeight >> 1
  const lines: Ptr<i32> = scratch.offset(4)
  const minus: i32 = wrapMul(wrapU16(-p.inputZeroPoint), 65537)
  const words: i32 = tableWords(kernelHeight, kernelWidth, stride, wide)
  scratch[0] = wrapMul(wrapU8(p.inputZeroPoint), 16843009)
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const originY: i32 = row * p.strideH - p.padTop
    const firstInside: i32 = firstTap(originY, 1)
    const endInside: i32 = endTap(originY, 1, kernelHeight, p.inputHeight)
    const kyBegin: i32 = firstInside < endInside ? firstInside : 0
    const kyEnd: i32 = firstInside < endInside ? endInside : 0
    const slot: i32 = (originY + kyBegin) % inputRing
    const pairBegin: i32 = min(kyBegin >> 1, pairs)
    const pairEnd: i32 = min((kyEnd + 1) >> 1, pairs)
    const out: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let column: i32 = 0; column < p.outputWidth; column += p.chunk) {
      const count: i32 = min(p.chunk, p.outputWidth - column)
      const origin: i32 = column * stride - p.padLeft
      const end: i32 = min(p.inputWidth - origin, p.linePixels)
      const inside: i32 = end - max(-origin, 0)
      const pixels: i32 = max(inside, 0)
      const first: i32 = inside > 0 ? max(-origin, 0) : 0
      if (channels < 4) clearWords(lines, 0, 2 * kernelHeight * p.linePixels)
      else clearAround(lines, p.linePixels, kyBegin, kyEnd, pairs, kernelHeight & 1, first, pixels)
      for (let channel: i32 = 0; channel < channels; channel += 4) {
        const lane: i32 = channels >= 4 ? max(channel + 4 - channels, 0) : 0
        const from: ConstPtr<i8> = input.offset((origin + first) * channels + channel - lane)
        if (channels < 4) {
          expandWindowFew(from, lines, p, inputRing, slot, kyBegin, kyEnd, pairs, first, pixels)
        } else {
          expandWindow(
            from,
            scratch.reinterpret<i8>(),
            lines,
            p,
            inputRing,
            slot,
            kyBegin,
            kyEnd,
            pairs,
            kernelHeight & 1,
            first,
            pixels,
            minus,
          )
        }
        filterLanes(
          lines,
          table.offset(channel * p.depthMultiplier * words),
          out.offset(column * p.outputChannels + channel * p.depthMultiplier),
          p,
          lane,
          min(channels, 4),
          count,
          pairBegin,
          pairEnd,
          kernelHeight,
          kernelWidth,
          stride,
          wide,
          form,
          clamped,
        )
      }
    }
  }
}
