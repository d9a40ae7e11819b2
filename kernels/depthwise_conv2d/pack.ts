// Tables of the DSP kernel: per output channel the constants of requantisation, then its weights in pairs.

import type { Convolution } from '../convolution.ts'
import { fittedForm, type FittedForm } from '../fitted-requantization.ts'
import {
  sharedAddend,
  sharedShift,
  shortForm,
  type ShortChannel,
  type ShortForm,
  type SumRange,
} from '../requantization.ts'

/** How `rescale` of the kernel turns sums into outputs. */
export interface DepthwiseForm {
  /**
   * 0 and 1: the short form, unsigned and signed; 2: the general one; 3 and 4: with one shift for all,
   * unsigned and signed.
   */
  readonly form: 0 | 1 | 2 | 3 | 4
  /** That shift, else 0. */
  readonly shared: number
  readonly clamped: 0 | 1
  readonly short: ShortForm | null
  /** Forms 3 and 4 of groups: what a sum times 256 becomes an output with. */
  readonly fitted?: FittedForm
}

/** Sums are doubled in the short form, and have to leave room for it. */
const largestSum = 2 ** 30

/** Weights that are int16 have room for factors of 1 and more: 2 * 127 * 2^6 fits. */
const mostLeft = 6
/** What int16 has room for beyond doubled weights: 254 * 2^7. */
const mostUp = 7

export function depthwiseForm(c: Convolution, wide: boolean): DepthwiseForm {
  const ranges = sumRanges(c)
  const short = shortForm(c, ranges, { leastShift: 0, mostLeft: wide ? mostLeft : 0 })
  const roomy = ranges.every(({ low, high }, channel) => {
    const { constantBias, left } = short?.channels[channel] ?? { constantBias: null, left: 0 }
    return constantBias !== null || Math.max(-low, high) * 2 ** left < largestSum
  })
  if (short === null || !roomy) return { form: 2, shared: 0, clamped: 1, short: null }
  const { outputZeroPoint } = c
  const shared = wide ? sharedShift({ form: short, ranges, outputZeroPoint, mostUp }) : 0
  return { form: shared === 0 ? short.isSigned : 3, shared, clamped: short.isClamped, short }
}

/** Whether int8 weights will do: factors of 1 and more ask for room to scale them, others for the general form. */
export function isShort(c: Convolution): boolean {
  return depthwiseForm(c, false).form !== 2
}

/** int8 weights times 256 are int16. */
const fitting = { scale: 256, shifts: [10, 13, 7, 16], together: 1 }

/** The form for groups of rows: weights need no room to share a shift. */
export function groupedForm(c: Convolution): DepthwiseForm {
  const form = depthwiseForm(c, false)
  const { short } = form
  const fitted = short === null ? null : fittedForm(c, short, sumRanges(c), fitting)
  if (short === null || fitted === null) return form
  const one = short.isSigned === 1 ? 4 : 3
  return { form: one, shared: fitted.shift, clamped: 0, short, fitted }
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
 * The table of `filterLanes` (dsp.kernel.ts), or of the one of groups.kernel.ts (isGrouped). Wide weights are
 * int16, and doubled in the short form, or times 256; groups scale int8 ones themselves.
 */
export function packDepthwise(
  c: Convolution,
  { form, shared, short, fitted }: DepthwiseForm,
  wide: boolean,
  isGrouped = false,
): Int32Array {
  const [, kernelHeight, kernelWidth, channels] = c.weightsShape
  const { stride } = c.horizontal
  const scale = form === 2 || !(wide || isGrouped) ? 1 : fitted === undefined ? 2 : 256
  const words: number[] = []
  for (const channel of channelOrder(c)) {
    const constants = short?.channels[channel]
    const constantBias = constants?.constantBias ?? null
    const up =
      fitted !== undefined
        ? 0
        : shared === 0
          ? (constants?.left ?? 0)
          : shared - (constants?.shift ?? 0)
    const scaled = scale * 2 ** up
    const factor = constantBias !== null ? 0 : wide ? scaled : 1
    const weight = (ky: number, kx: number): number =>
      factor * c.weights[(ky * kernelWidth + kx) * channels + channel]!
    if (fitted === undefined) {
      // With a shared shift the addend holds what a constant channel gives.
      const constant = shared === 0 ? constantBias : constantBias === null ? null : 0
      words.push(
        scaled * (constant ?? c.bias[channel]!),
        ...rescaling(c, constants, channel, shared),
      )
    } else {
      const own = fitted.channels[channel]!
      const bias = constantBias === null ? scale * c.bias[channel]! : 0
      words.push(bias + own.bias, own.factor, fitted.addends[channel]!)
      if (form === 4) words.push(own.nudge)
    }
    const lists = isGrouped
      ? [pairsOf(weight, kernelHeight, kernelWidth, stride)]
      : pairLists(weight, kernelHeight, kernelWidth, stride)
    for (const list of lists) words.push(...packed(list, wide))
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

/** Multiplier in Q31, and shift: to the right in the short form, else as TFLite has it; or the addend. */
function rescaling(
  c: Convolution,
  short: ShortChannel | undefined,
  channel: number,
  shared: number,
): readonly [number, number] {
  if (short !== undefined && shared !== 0) {
    return [short.multiplier, sharedAddend(short, c.outputZeroPoint, shared)]
  }
  if (short !== undefined) return [short.multiplier, short.shift]
  const { multiplier, shift } = c.multipliers[c.multipliers.length > 1 ? channel : 0]!
  return [multiplier, shift]
}
