// DEPTHWISE_CONV_2D, int8, without SIMD: two neighbouring outputs share each multiplication.
//
// Channel by channel, the rows under a window are expanded to words x[i] + 2^16 x[i + stride], so that
// word i times a weight is a product of output 0 and one of output 1. How the halves are kept apart is
// told in kernels/pairs/pairs.kernel.ts.

import { max, min } from '../../runtime/lang/math.ts'
import { ringNext } from '../../runtime/lang/window.ts'
import {
  idiv,
  unroll,
  wrapAdd,
  wrapMul,
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
 * `count` elements of one channel of an input row, one each `step`: words[i] is element i - stride, 2^16
 * times element i above; behind them `tail` words with zero points above.
 *
 * @noinline
 */
function expandRow(
  row: ConstPtr<i8>,
  words: Ptr<i32>,
  step: i32,
  count: i32,
  tail: i32,
  zero: i32,
  stride: Static<i32>,
): void {
  let last: i32 = zero
  let older: i32 = zero
  let to: Ptr<i32> = words
  let from: ConstPtr<i8> = row
  if ((count & 1) === 1) {
    last = from[0]
    to[0] = zero + (last << 16)
    from = from.offset(step)
    to = to.offset(1)
  }
  // Two at a time there is nothing to move from `last` to `older`; both are loaded by register offsets.
  from = from.offset(-step)
  const twice: i32 = 2 * step
  for (let i: i32 = 1; i < count; i += 2) {
    const x: i32 = from[step]
    const y: i32 = from[twice]
    from = from.offset(twice)
    to[0] = (stride === 1 ? last : older) + (x << 16)
    to[1] = (stride === 1 ? x : last) + (y << 16)
    to = to.offset(2)
    older = x
    last = y
  }
  if (tail > 0) {
    to[0] = (stride === 1 ? last : older) + (zero << 16)
    if (stride === 2 && tail > 1) to[1] = last + (zero << 16)
  }
}

/** words[0, count) = word */
function fillWords(words: Ptr<i32>, word: i32, count: i32): void {
  for (let i: i32 = 0; i < count; i++) words[i] = word
}

/** words[from, to) summed up. */
function sumOfWords(words: ConstPtr<i32>, from: i32, to: i32): i32 {
  let sum: i32 = 0
  for (let i: i32 = from; i < to; i++) sum += words[i]
  return sum
}

/**
 * Outputs 0 .. count - 1 of one channel. words: kernelHeight expanded rows in a ring, the first one that
 * counts at row `first`; weights: [rows, KW], for the `rows` of the window that lie inside the image;
 * `upperStart`, `bothStart`: where the sums of a pair begin; q: the 5 constants of `requantizePortable`.
 */
function outputsOfRow(
  words: ConstPtr<i32>,
  first: i32,
  weights: ConstPtr<i32>,
  rows: i32,
  upperStart: i32,
  bothStart: i32,
  q: ConstPtr<i32>,
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
  let front: ConstPtr<i32> = words.offset(stride)
  // A constant would be made anew for each use.
  const half: i32 = p.half
  const pitch: i32 = p.pitch
  const low: i32 = p.activationMin
  const high: i32 = p.activationMax
  const step: i32 = p.outputChannels
  const start: i32 = first * pitch
  // So many are left where the ring begins again.
  const wrapped: i32 = rows - (p.kernelHeight - first)
  for (let left: i32 = count; left > 0; left -= 2) {
    let upper: i32 = upperStart
    let both: i32 = bothStart
    let at: ConstPtr<i32> = front.offset(start)
    let w: ConstPtr<i32> = weights
    let rowsLeft: i32 = rows
    while (true) {
      let sum: i32 = 0
      for (const k of unroll(0, kernelWidth)) {
        const product: i32 = wrapMul(at[k], w[k])
        sum = k % run === 0 ? wrapAdd(product, half) : wrapAdd(sum, product)
        if (k % run === run - 1 || k === kernelWidth - 1) {
          both = wrapAdd(both, sum)
          upper = wrapAdd(upper, sum >> 16)
        }
      }
      rowsLeft -= 1
      if (rowsLeft <= 0) break
      at = at.offset(pitch)
      w = w.offset(kernelWidth)
      if (rowsLeft === wrapped) at = front
    }
    storePair(to, step, left, both, upper, q, low, high, form, isSigned, isClamped)
    to = to.offset(2 * step)
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
  const runs: i32 = idiv(kernelWidth + run - 1, run)
  const tapWords: Ptr<i32> = words.offset(p.kernelHeight * p.pitch)
  // A division takes some hundred cycles: one for all channels.
  const inputSlotBegin: i32 = max(rowBegin * p.strideH - p.padTop, 0) % inputRing
  const outputSlotBegin: i32 = rowBegin % outputRing
  for (let x: i32 = 0; x < p.outputWidth; x += p.chunk) {
    const count: i32 = min(p.chunk, p.outputWidth - x)
    const wordCount: i32 = (((count + 1) >> 1) - 1) * 2 * stride + kernelWidth + stride
    const left: i32 = x * stride - p.padLeft
    // Where rows lie in their words; what is padding for all of them is written once.
    const begin: i32 = min(max(-left, 0), wordCount)
    const inside: i32 = max(min(p.inputWidth - left, wordCount) - begin, 0)
    const tail: i32 = min(wordCount - begin - inside, stride)
    const column: i32 = (left + begin) * p.inputChannels
    fillWords(words, p.inputZeroPoint * 65537, p.kernelHeight * p.pitch)
    for (let channel: i32 = 0; channel < p.outputChannels; channel++) {
      const inputChannel: i32 = p.depthMultiplier === 1 ? channel : idiv(channel, p.depthMultiplier)
      const image: ConstPtr<i8> = input.offset(column + inputChannel)
      const out: Ptr<i8> = output.offset(x * p.outputChannels + channel)
      const t: ConstPtr<i32> = table.offset(7 * channel)
      const w: ConstPtr<i8> = weights.offset(channel * taps)
      for (let i: i32 = 0; i < taps; i += kernelWidth) {
        for (const k of unroll(0, kernelWidth)) tapWords[i + k] = w[i + k]
      }
      let next: i32 = rowBegin * p.strideH - p.padTop
      let first: i32 = 0
      let slot: i32 = 0
      let inputSlot: i32 = inputSlotBegin
      let outputSlot: i32 = outputSlotBegin
      for (let row: i32 = rowBegin; row < rowEnd; row++) {
        const top: i32 = row * p.strideH - p.padTop
        if (next < top) {
          inputSlot = top % inputRing
          next = top
          first = slot
        }
        while (next < top + p.kernelHeight) {
          if (next >= 0 && next < p.inputHeight) {
            const to: Ptr<i32> = words.offset(slot * p.pitch + begin)
            const from: ConstPtr<i8> = image.offset(inputSlot * p.inputRowElements)
            expandRow(from, to, p.inputChannels, inside, tail, p.inputZeroPoint, stride)
            inputSlot = ringNext(inputSlot, 1, inputRing)
          }
          next += 1
          slot = slot + 1 === p.kernelHeight ? 0 : slot + 1
        }
        let kyBegin: i32 = 0
        let kyEnd: i32 = p.kernelHeight
        let upper: i32 = t[0]
        let both: i32 = t[1]
        if (top < 0 || top + kyEnd > p.inputHeight) {
          // Rows outside the image are left out: zero points, which the bias takes as summed up.
          kyBegin = max(-top, 0)
          kyEnd = min(kyEnd, p.inputHeight - top)
          const before: i32 = sumOfWords(tapWords, 0, kyBegin * kernelWidth)
          const behind: i32 = sumOfWords(tapWords, kyEnd * kernelWidth, taps)
          const more: i32 = p.inputZeroPoint * (before + behind)
          const missing: i32 = p.kernelHeight - kyEnd + kyBegin
          upper = wrapAdd(upper, more)
          both = wrapAdd(both, wrapAdd(wrapMul(more, 65537), missing * runs * p.half))
        }
        const firstInside: i32 = first + kyBegin
        outputsOfRow(
          words,
          firstInside < p.kernelHeight ? firstInside : firstInside - p.kernelHeight,
          tapWords.offset(kyBegin * kernelWidth),
          kyEnd - kyBegin,
          upper,
          both,
          t.offset(2),
          out.offset(outputSlot * p.outputRowElements),
          count,
          p,
          kernelWidth,
          stride,
          run,
          form,
          isSigned,
          isClamped,
        )
        outputSlot = ringNext(outputSlot, 1, outputRing)
        first += p.strideH
        if (first >= p.kernelHeight) first -= p.kernelHeight
      }
    }
  }
}
