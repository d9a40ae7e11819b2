// Tables of the DSP kernel: per output channel the constants of requantisation, then its weights in pairs.

import type { Convolution } from '../convolution.ts'
import { fittedForm, int16Fitting, type FittedForm } from '../fitted-requantization.ts'
import { shortForm, type ShortForm, type SumRange } from '../requantization.ts'

/** How `rescale` of the kernels turns sums into outputs. */
export interface DepthwiseForm {
  /** 0 and 1: the short form, unsigned and signed; 2: the general one; 3 and 4: the fitted one, both ways. */
  readonly form: 0 | 1 | 2 | 3 | 4
  /** The shift that all channels of the fitted form have, else 0. */
  readonly shared: number
  readonly clamped: 0 | 1
  readonly short: ShortForm | null
  readonly fitted: FittedForm | null
}

/** int8 weights; int16 ones; int8 ones that the kernel makes int16, twice or 256 times as large. */
export type DepthwiseWeights = 'int8' | 'int16' | 'widened'

/** Sums are doubled in the short form, and have to leave room for it. */
const largestSum = 2 ** 30

/** Weights that are int16 have room for factors of 1 and more: 2 * 127 * 2^6 fits. */
const mostLeft = 6

export function depthwiseForm(c: Convolution, weights: DepthwiseWeights): DepthwiseForm {
  const ranges = sumRanges(c)
  const limits = { leastShift: 0, mostLeft: weights === 'int16' ? mostLeft : 0 } as const
  const short = shortForm(c, ranges, limits)
  const roomy = ranges.every(({ low, high }, channel) => {
    const { constantBias, left } = short?.channels[channel] ?? { constantBias: null, left: 0 }
    return constantBias !== null || Math.max(-low, high) * 2 ** left < largestSum
  })
  if (short === null || !roomy) {
    return { form: 2, shared: 0, clamped: 1, short: null, fitted: null }
  }
  const { isSigned, isClamped: clamped } = short
  const fitted = weights === 'int8' ? null : fittedForm(c, short, ranges, int16Fitting)
  if (fitted === null) return { form: isSigned, shared: 0, clamped, short, fitted }
  return { form: isSigned === 1 ? 4 : 3, shared: fitted.shift, clamped, short, fitted }
}

/** Whether int8 weights will do: factors of 1 and more ask for room to scale them, others for the general form. */
export function isShort(c: Convolution): boolean {
  return depthwiseForm(c, 'int8').form !== 2
}

/** What each output channel can sum up; pixels beside the image count as the zero point. */
function sumRanges(c: Convolution): SumRange[] {
  const channels = c.bias.length
  const [lowest, highest] = [-128 - c.inputZeroPoint, 127 - c.inputZeroPoint]
  const ranges = Array.from(c.bias, bias => ({ low: bias, high: bias }))
  c.weights.forEach((w, position) => {
    const range = ranges[position % channels]!
    range.low += w * (w < 0 ? highest : lowest)
    range.high += w * (w < 0 ? lowest : highest)
  })
  return ranges
}

/** Two weights that meet in one instruction: those of the low and of the high halves. */
type Pair = readonly [low: number, high: number]

/**
 * The pairs of a channel in the order in which the kernel uses them, as lists that begin at a word:
 * for each two rows theirs, column by column (for stride 2 even and odd columns apart); for a last row
 * without another, pairs of neighbours, which for stride 1 begin at even and odd columns in turn.
 */
function pairLists(
  weight: (ky: number, kx: number) => number,
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
): Pair[][] {
  const columns = Array.from({ length: kernelWidth }, (_, kx) => kx)
  const lists: Pair[][] = []
  for (let ky = 0; ky + 1 < kernelHeight; ky += 2) {
    for (let parity = 0; parity < stride; parity++) {
      const taken = columns.filter(kx => kx % stride === parity)
      lists.push(taken.map(kx => [weight(ky, kx), weight(ky + 1, kx)]))
    }
  }
  if (kernelHeight % 2 === 0) return lists
  const last = (kx: number): number => (kx < kernelWidth ? weight(kernelHeight - 1, kx) : 0)
  const begins = stride === 1 ? columns.slice(0, Math.max(1, kernelWidth - 1)) : columns
  const every = stride === 1 ? 1 : 2
  lists.push(begins.filter(kx => kx % every === 0).map(kx => [last(kx), last(kx + 1)]))
  return lists
}

/** The pairs of a channel's rows 0 and 1, 2 and 3 ..., the last with a row of 0, column by column: for stride 2 even ones first. */
function pairsOf(
  weight: (ky: number, kx: number) => number,
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
): Pair[] {
  const columns = Array.from({ length: kernelWidth }, (_, kx) => kx)
  const inOrder = [0, 1].flatMap(parity => columns.filter(kx => kx % stride === parity))
  const at = (ky: number, kx: number): number => (ky < kernelHeight ? weight(ky, kx) : 0)
  return inOrder.flatMap(kx =>
    Array.from({ length: windowPairs(kernelHeight) }, (_, j): Pair => [
      at(2 * j, kx),
      at(2 * j + 1, kx),
    ]),
  )
}

/** Pairs of rows that a window touches, whichever row of a pair it begins with. */
export function windowPairs(kernelHeight: number): number {
  return (kernelHeight >> 1) + 1
}

function halves([low, high]: Pair): number {
  return (low & 0xffff) | (high << 16)
}

/** As int16, or as bytes that SXTB16 makes int16 of: the first pair in bytes 0 and 2. */
function packed(list: readonly Pair[], wide: boolean): number[] {
  if (wide) return list.map(halves)
  const words: number[] = []
  for (let i = 0; i < list.length; i += 2) {
    const even = list[i]!
    const odd: Pair = list[i + 1] ?? [0, 0]
    words.push((halves(even) & 0x00ff00ff) | ((halves(odd) & 0x00ff00ff) << 8))
  }
  return words
}

/**
 * The table of `filterLanes`: of groups.kernel.ts for widened weights, else of dsp.kernel.ts. Sums come
 * twice or, in the fitted form, 256 times as large; int16 weights hold that factor.
 */
export function packDepthwise(
  c: Convolution,
  form: DepthwiseForm,
  weights: DepthwiseWeights,
): Int32Array {
  const [, kernelHeight, kernelWidth, channels] = c.weightsShape
  const { stride } = c.horizontal
  const words: number[] = []
  for (const channel of channelOrder(c)) {
    const { constantBias = null, left = 0 } = form.short?.channels[channel] ?? {}
    const scale = sumScale(form, weights) * 2 ** left
    const factor = constantBias !== null ? 0 : weights === 'int16' ? scale : 1
    const weight = (ky: number, kx: number): number =>
      factor * c.weights[(ky * kernelWidth + kx) * channels + channel]!
    words.push(...head(c, form, channel, scale))
    const lists =
      weights === 'widened'
        ? [pairsOf(weight, kernelHeight, kernelWidth, stride)]
        : pairLists(weight, kernelHeight, kernelWidth, stride)
    for (const list of lists) words.push(...packed(list, weights === 'int16'))
  }
  return Int32Array.from(words)
}

/** For each four input channels the first output channel of each, then the second ... */
function channelOrder(c: Convolution): number[] {
  const inputs = c.input[3]
  const multiplier = c.weightsShape[3] / inputs
  const order: number[] = []
  for (let block = 0; block < inputs; block += 4) {
    for (let m = 0; m < multiplier; m++) {
      for (let lane = block; lane < Math.min(block + 4, inputs); lane++) {
        order.push(lane * multiplier + m)
      }
    }
  }
  return order
}

/** What sums are times as large when the kernel begins to requantise: it doubles those of int8 weights itself. */
function sumScale({ form, fitted }: DepthwiseForm, weights: DepthwiseWeights): number {
  if (fitted !== null) return int16Fitting.scale
  return form === 2 || weights === 'int8' ? 1 : 2
}

/**
 * Of a channel: bias, multiplier or factor, then its shift (to the right in the short form, else as TFLite has
 * it), or in the fitted form its addend, and for negative sums its nudge.
 */
function head(
  c: Convolution,
  { form, short, fitted }: DepthwiseForm,
  channel: number,
  scale: number,
): readonly number[] {
  const own = short?.channels[channel]
  const constantBias = own?.constantBias ?? null
  if (fitted !== null) {
    const { bias, factor, nudge } = fitted.channels[channel]!
    const start = constantBias === null ? scale * c.bias[channel]! : 0
    return [start + bias, factor, fitted.addends[channel]!, ...(form === 4 ? [nudge] : [])]
  }
  const bias = scale * (constantBias ?? c.bias[channel]!)
  const { multiplier, shift } = own ?? c.multipliers[c.multipliers.length > 1 ? channel : 0]!
  return [bias, multiplier, shift]
}
