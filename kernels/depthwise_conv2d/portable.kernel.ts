// DEPTHWISE_CONV_2D, int8, without SIMD: two neighbouring outputs share each multiplication.
//
// Channel by channel, the rows under a window are expanded to words x[i] + 2^16 x[i + stride], so that
// word i times a weight is a product of output 0 and one of output 1. How the halves are kept apart is
// told in kernels/pairs/pairs.kernel.ts.

import { min } from '../../runtime/lang/math.ts'
import {
  idiv,
  unroll,
  wrapAdd,
  wrapMul,
  wrapShl,
  wrapSub,
  type ConstPtr,
  type Ptr,
  type Static,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'
import { storePair } from '../pairs/store.kernel.ts'

export interface PortableDepthwiseParams {
  readonly inputHeight: i32
  readonly inputWidth: i32
  readonly inputChannels: i32
  /** From one row to the next, for that of a strip may be longer than its width. */
  readonly inputRowElements: i32
  readonly outputWidth: i32
  readonly outputChannels: i32
  readonly outputRowElements: i32
  readonly depthMultiplier: i32
  readonly kernelHeight: i32
  readonly strideH: i32
  readonly padTop: i32
  readonly padLeft: i32
  readonly inputZeroPoint: i32
  readonly activationMin: i32
  readonly activationMax: i32
  /** Output columns done together, to keep the expanded rows short. */
  readonly chunk: i32
  /** Words of an expanded row. */
  readonly pitch: i32
  /** 2^15 */
  readonly half: i32
}

/**
 * Elements left, left + 1 ... of one channel of an input row, zero points outside the image: words[i] is
 * element i - stride, 2^16 times element i above; `count` of them, the first `stride` without use.
 */
function expandRow(
  row: ConstPtr<i8>,
  words: Ptr<i32>,
  p: PortableDepthwiseParams,
  left: i32,
  count: i32,
  stride: Static<i32>,
): void {
  const zero: i32 = p.inputZeroPoint
  const step: i32 = p.inputChannels
  const begin: i32 = min(left < 0 ? -left : 0, count)
  const end: i32 = min(p.inputWidth - left, count)
  fillWords(words, zero * 65537, begin)
  let last: i32 = zero
  let older: i32 = zero
  let i: i32 = begin
  let from: ConstPtr<i8> = row.offset((left + begin) * step)
  if (i < end && ((end - begin) & 1) === 1) {
    last = from[0]
    words[i] = zero + (last << 16)
    from = from.offset(step)
    i += 1
  }
  // Two at a time there is nothing to move from `last` to `older`; both are loaded by register offsets.
  from = from.offset(-step)
  const twice: i32 = 2 * step
  while (i < end) {
    const x: i32 = from[step]
    const y: i32 = from[twice]
    from = from.offset(twice)
    words[i] = (stride === 1 ? last : older) + (x << 16)
    words[i + 1] = (stride === 1 ? x : last) + (y << 16)
    older = x
    last = y
    i += 2
  }
  while (i < count) {
    words[i] = (stride === 1 ? last : older) + (zero << 16)
    older = last
    last = zero
    i += 1
  }
}

/** words[0, count) = word */
function fillWords(words: Ptr<i32>, word: i32, count: i32): void {
  for (let i: i32 = 0; i < count; i++) words[i] = word
}

/** row % ring; mostly without a division, which takes some hundred cycles. */
function slotOf(row: i32, ring: i32): i32 {
  return row < ring ? row : row % ring
}

/**
 * Outputs 0 .. count - 1 of one channel. words: kernelHeight expanded rows in a ring, the window's
 * first one at row `first`; weights: [KH, KW]; table: bias, where `both` starts,
 * and the 5 constants of `requantizePortable`.
 */
function outputsOfRow(
  words: ConstPtr<i32>,
  first: i32,
  weights: ConstPtr<i32>,
  t: ConstPtr<i32>,
  out: Ptr<i8>,
  count: i32,
  p: PortableDepthwiseParams,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  run: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
): void {
  let to: Ptr<i8> = out
  let start: ConstPtr<i32> = words.offset(first * p.pitch + stride)
  let front: ConstPtr<i32> = words.offset(stride)
  const step: i32 = p.outputChannels
  for (let left: i32 = count; left > 0; left -= 2) {
    let upper: i32 = t[0]
    let both: i32 = t[1]
    // A constant would be made anew for each use.
    const half: i32 = p.half
    const pitch: i32 = p.pitch
    let at: ConstPtr<i32> = start
    let w: ConstPtr<i32> = weights
    let taps: i32 = kernelWidth * (p.kernelHeight - first)
    let isLast: i32 = first === 0 ? 1 : 0
    while (true) {
      let i: i32 = 0
      while (true) {
        let sum: i32 = 0
        for (const k of unroll(0, kernelWidth)) {
          const product: i32 = wrapMul(at[k], w[i + k])
          sum = k % run === 0 ? product : wrapAdd(sum, product)
          if (k % run === run - 1 || k === kernelWidth - 1) {
            sum = wrapAdd(sum, half)
            both = wrapAdd(both, sum)
            upper = wrapAdd(upper, sum >> 16)
          }
        }
        at = at.offset(pitch)
        i += kernelWidth
        if (i === taps) break
      }
      if (isLast === 1) break
      // Rows of the window that lie at the front of the ring.
      isLast = 1
      w = w.offset(taps)
      at = front
      taps = kernelWidth * first
    }
    const q: ConstPtr<i32> = t.offset(2)
    const lower: i32 = wrapSub(both, wrapShl(upper, 16))
    const low: i32 = p.activationMin
    const high: i32 = p.activationMax
    storePair(to, step, left, lower, upper, q, low, high, form, isSigned, isClamped)
    to = to.offset(2 * step)
    start = start.offset(2 * stride)
    front = front.offset(2 * stride)
  }
}

/**
 * Output rows [rowBegin, rowEnd); output channel o reads input channel o / depthMultiplier.
 *
 * input: [H, W, C] int8, a ring of inputRing rows; weights: [O, KH, KW] int8; table: 7 words per output
 * channel; output: [H, W, O] int8, a ring of outputRing rows; words: KH * (pitch + KW).
 */
export function depthwiseConv2d(
  input: ConstPtr<i8>,
  weights: ConstPtr<i8>,
  table: ConstPtr<i32>,
  output: Ptr<i8>,
  words: Ptr<i32>,
  p: PortableDepthwiseParams,
  kernelWidth: Static<i32>,
  stride: Static<i32>,
  run: Static<i32>,
  form: Static<i32>,
  isSigned: Static<i32>,
  isClamped: Static<i32>,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const taps: i32 = p.kernelHeight * kernelWidth
  const tapWords: Ptr<i32> = words.offset(p.kernelHeight * p.pitch)
  for (let x: i32 = 0; x < p.outputWidth; x += p.chunk) {
    const count: i32 = min(p.chunk, p.outputWidth - x)
    const wordCount: i32 = (((count + 1) >> 1) - 1) * 2 * stride + kernelWidth + stride
    const left: i32 = x * stride - p.padLeft
    for (let channel: i32 = 0; channel < p.outputChannels; channel++) {
      const inputChannel: i32 = p.depthMultiplier === 1 ? channel : idiv(channel, p.depthMultiplier)
      for (let i: i32 = 0; i < taps; i++) tapWords[i] = weights[channel * taps + i]
      let next: i32 = rowBegin * p.strideH - p.padTop
      let first: i32 = 0
      let slot: i32 = 0
      for (let row: i32 = rowBegin; row < rowEnd; row++) {
        const top: i32 = row * p.strideH - p.padTop
        if (next < top) {
          next = top
          first = slot
        }
        while (next < top + p.kernelHeight) {
          const to: Ptr<i32> = words.offset(slot * p.pitch)
          if (next < 0 || next >= p.inputHeight) {
            fillWords(to, p.inputZeroPoint * 65537, wordCount)
          } else {
            const from: i32 = slotOf(next, inputRing) * p.inputRowElements + inputChannel
            expandRow(input.offset(from), to, p, left, wordCount, stride)
          }
          next += 1
          slot = slot + 1 === p.kernelHeight ? 0 : slot + 1
        }
        const place: i32 =
          slotOf(row, outputRing) * p.outputRowElements + x * p.outputChannels + channel
        const t: ConstPtr<i32> = table.offset(7 * channel)
        outputsOfRow(
          words,
          first,
          tapWords,
          t,
          output.offset(place),
          count,
          p,
          kernelWidth,
          stride,
          run,
          form,
          isSigned,
          isClamped,
        )
        first += p.strideH
        if (first >= p.kernelHeight) first -= p.kernelHeight
      }
    }
  }
}
