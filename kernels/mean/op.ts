// MEAN: which kernel call it becomes, and what it asks of its tensors.

import { accumulatorProblem } from '../accumulator.ts'
import {
  accumulatingArgs,
  indexValues,
  inputArg,
  inputOf,
  kernelCall,
  outputArg,
  outputOf,
  paramsArg,
  sameRow,
  scaleOf,
  scratchArg,
  zeroPointOf,
} from '../call.ts'
import { defineOp, type KernelCall, type OpContext } from '../op.ts'
import { quantizeMultiplier, type QuantizedMultiplier } from '../quantize.ts'
import { elementCount, mergeLoops, nhwc, padLoops, stridesOf, type Loop } from '../shape.ts'
import { meanCases } from './cases.ts'

/** Loops of each kind that the kernel has; six dimensions can alternate no more often. */
const loopCount = 3

/** Dimensions that are averaged; negative axes count from the end, repeated ones count once. */
function reducedDimensions(context: OpContext<'mean'>): ReadonlySet<number> {
  const rank = inputOf(context, 0).shape.length
  return new Set(indexValues(inputOf(context, 1)).map(axis => (axis < 0 ? axis + rank : axis)))
}

function loopsOf(context: OpContext<'mean'>): {
  readonly kept: readonly Loop[]
  readonly reduced: readonly Loop[]
} {
  const { shape } = inputOf(context, 0)
  const strides = stridesOf(shape)
  const dimensions = reducedDimensions(context)
  const loops = (reduced: boolean): readonly Loop[] =>
    mergeLoops(
      shape
        .map((extent, d): Loop => ({ extent, strides: [strides[d]!] }))
        .filter((_, d) => dimensions.has(d) === reduced),
    )
  return { kept: loops(false), reduced: loops(true) }
}

/**
 * s_in / s_out / count: as much of the division as fits goes into the multiplier (TFLite
 * reference_ops::QuantizedMeanOrSum), so one rounding does for both.
 */
export function meanMultiplier(scaleRatio: number, count: number): QuantizedMultiplier {
  const { multiplier, shift } = quantizeMultiplier(scaleRatio)
  const headroom = Math.min(31 - Math.clz32(count), 32, 31 + shift)
  const divided = (BigInt(multiplier) << BigInt(headroom)) / BigInt(count)
  return { multiplier: Number(divided), shift: shift - headroom }
}

/** What turns a sum over `count` input elements into an output element. */
function rescaling(context: OpContext<'mean'>, count: number) {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  return {
    inputOffset: zeroPointOf(x) * count,
    ...meanMultiplier(scaleOf(x) / scaleOf(y), count),
    outputZeroPoint: zeroPointOf(y),
  }
}

/** Height and width, and only they, of a single image. */
function averagesImage(context: OpContext<'mean'>): boolean {
  const { shape } = inputOf(context, 0)
  const dimensions = [...reducedDimensions(context)].toSorted()
  return shape.length === 4 && shape[0] === 1 && dimensions.join() === '1,2'
}

/** The input as pixels that are averaged, [batches, pixels, channels]. */
interface Pixels {
  readonly batches: number
  readonly pixels: number
  readonly channels: number
}

/** null when the axes are others than one group in front of the last dimension. */
function pixelsOf(context: OpContext<'mean'>): Pixels | null {
  const { kept, reduced } = loopsOf(context)
  const channels = kept.at(-1)
  const [pixels, more] = reduced
  if (channels?.strides[0] !== 1 || pixels === undefined || more !== undefined) return null
  if (pixels.strides[0] !== channels.extent || kept.length > 2) return null
  const batches = kept.length === 2 ? kept[0]!.extent : 1
  return { batches, pixels: pixels.extent, channels: channels.extent }
}

/** Rescaling with a rounding shift of 1 to 22 bits, as the kernels with packed sums have it, or null. */
function packedRescaling(context: OpContext<'mean'>, count: number) {
  const { inputOffset, multiplier, shift, outputZeroPoint } = rescaling(context, count)
  const right = -shift
  // Twice a sum, and a product with half a step, are inside int32.
  if (right < 1 || right > 22 || count >= 2 ** 20) return null
  const rounding = (2 * outputZeroPoint + 1) * 2 ** (right - 1)
  return { start: -inputOffset, multiplier, shift: right, rounding }
}

/** Whether the packed sums of a whole image fit 16 bits. */
function suitsPackedRows(context: OpContext<'mean'>): boolean {
  if (!averagesImage(context)) return false
  const [, height, width, channels] = nhwc(inputOf(context, 0))
  const count = height * width
  return channels >= 8 && count <= 256 && packedRescaling(context, count) !== null
}

function packedRowsCall(context: OpContext<'mean'>): KernelCall {
  const [, height, width, channels] = nhwc(inputOf(context, 0))
  const fields = packedRescaling(context, height * width)!
  const blocks = Math.ceil(channels / 8)
  return kernelCall({
    kernel: 'mean/rows_dsp',
    entry: 'meanRows',
    args: [
      inputArg(0),
      scratchArg(),
      outputArg(),
      paramsArg('MeanPackedRowsParams', { height, width, channels, ...fields }),
      ...accumulatingArgs(),
    ],
    outputRows: height,
    scratchBytes: blocks * 16,
    counts: { pixels: height * width * blocks, rows: height * blocks, blocks },
  })
}

/** The kernels that average pixels: `blockChannels` channels at once, and at least as many. */
function pixelsCall(
  context: OpContext<'mean'>,
  variant: 'portable' | 'dsp',
  struct: string,
  fieldsOf: (count: number) => Readonly<Record<string, number>> | null,
): KernelCall {
  const { batches, pixels, channels } = pixelsOf(context)!
  const blocks = Math.ceil(channels / blockChannels[variant])
  return kernelCall({
    kernel: `mean/${variant}`,
    entry: 'meanPixels',
    args: [
      inputArg(0, pixels * channels),
      outputArg(channels),
      paramsArg(struct, { pixels, channels, ...fieldsOf(pixels) }),
    ],
    batches,
    counts: { pixels: pixels * blocks, blocks },
  })
}

const blockChannels = { portable: 4, dsp: 8 } as const

function meanRowsCall(context: OpContext<'mean'>): KernelCall {
  const [, height, width, channels] = nhwc(inputOf(context, 0))
  return kernelCall({
    kernel: 'mean/rows',
    entry: 'meanRows',
    args: [
      inputArg(0),
      scratchArg(),
      outputArg(),
      paramsArg('MeanRowsParams', {
        height,
        width,
        channels,
        ...rescaling(context, height * width),
      }),
      ...accumulatingArgs(),
    ],
    outputRows: height,
    scratchBytes: channels * 4,
    counts: { pixels: height * width * channels, rows: height * channels, blocks: channels },
  })
}

function meanCall(context: OpContext<'mean'>): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const { kept, reduced } = loopsOf(context)
  const [k0, k1, k2] = padLoops(kept, loopCount, 1) as [Loop, Loop, Loop]
  const [r0, r1, r2] = padLoops(reduced, loopCount, 1) as [Loop, Loop, Loop]
  const count = elementCount(x.shape) / elementCount(y.shape)
  return kernelCall({
    kernel: 'mean/reference',
    entry: 'mean',
    args: [
      inputArg(0),
      outputArg(),
      paramsArg('MeanParams', {
        kept0: k0.extent,
        kept1: k1.extent,
        kept2: k2.extent,
        keptStride0: k0.strides[0]!,
        keptStride1: k1.strides[0]!,
        keptStride2: k2.strides[0]!,
        reduced0: r0.extent,
        reduced1: r1.extent,
        reduced2: r2.extent,
        reducedStride0: r0.strides[0]!,
        reducedStride1: r1.strides[0]!,
        reducedStride2: r2.strides[0]!,
        ...rescaling(context, count),
      }),
    ],
    counts: { pixels: elementCount(x.shape), blocks: elementCount(y.shape) },
  })
}

export const mean = defineOp({
  kind: 'mean',
  tflite: ['MEAN'],
  problem: context => {
    const { kept, reduced } = loopsOf(context)
    return Math.max(kept.length, reduced.length) > loopCount
      ? `its axes are spread over more than ${loopCount} separate groups of dimensions`
      : accumulatorProblem(context)
  },
  variants: [
    {
      name: 'rows_dsp',
      requires: 'dsp',
      when: suitsPackedRows,
      lower: context => [packedRowsCall(context)],
      inPlace: () => [],
      rows: (_context, _index, row) => sameRow(row),
      accumulates: true,
    },
    {
      name: 'rows',
      requires: 'base',
      when: averagesImage,
      lower: context => [meanRowsCall(context)],
      inPlace: () => [],
      rows: (_context, _index, row) => sameRow(row),
      accumulates: true,
    },
    {
      name: 'dsp',
      requires: 'dsp',
      when: context => {
        const shape = pixelsOf(context)
        if (shape === null || shape.channels < blockChannels.dsp) return false
        return packedRescaling(context, shape.pixels) !== null
      },
      lower: context => [
        pixelsCall(context, 'dsp', 'MeanPixelsParams', count => packedRescaling(context, count)),
      ],
      inPlace: () => [],
      rows: null,
    },
    {
      name: 'portable',
      requires: 'base',
      when: context => (pixelsOf(context)?.channels ?? 0) >= blockChannels.portable,
      lower: context => [
        pixelsCall(context, 'portable', 'MeanOfPixelsParams', count => rescaling(context, count)),
      ],
      inPlace: () => [],
      rows: null,
    },
    {
      name: 'reference',
      requires: 'base',
      when: () => true,
      lower: context => [meanCall(context)],
      inPlace: () => [],
      rows: null,
    },
  ],
  cases: meanCases,
})
