// What AVERAGE_POOL_2D and MAX_POOL_2D share: their call, their rows and their rules.

import {
  accumulatingArgs,
  inputArg,
  inputOf,
  kernelCall,
  outputArg,
  outputOf,
  paramsArg,
  rowArgs,
  scaleOf,
  scratchArg,
  zeroPointOf,
} from './call.ts'
import type { ColumnsOf, KernelCall, OpContext, RowWindow, Strip, WorkCounts } from './op.ts'
import { activationRange, type Range } from './quantize.ts'
import { nhwc, tapsInside, windowAxes, type Nhwc, type WindowAxis } from './shape.ts'
import { cutWindow, rowPlaces, windowColumns, type RowPlaces } from './strip.ts'

type PoolContext = OpContext<'average_pool2d' | 'max_pool2d'>

/** A pool in the integers its kernels see. */
export interface Pool {
  readonly input: Nhwc
  readonly output: Nhwc
  readonly vertical: WindowAxis
  readonly horizontal: WindowAxis
  readonly activation: Range
  /** Left out: rows follow each other. */
  readonly places?: RowPlaces
}

export function readPool(context: PoolContext, strip?: Strip): Pool {
  const y = outputOf(context)
  const whole: Pool = {
    input: nhwc(inputOf(context, 0)),
    output: nhwc(y),
    ...axesOf(context),
    activation: activationRange(context.attributes.activation, scaleOf(y), zeroPointOf(y)),
  }
  return cutWindow(whole, strip)
}

function axesOf(context: PoolContext): Pick<Pool, 'vertical' | 'horizontal'> {
  const { filterH, filterW } = context.attributes
  const [input, output] = [nhwc(inputOf(context, 0)), nhwc(outputOf(context))]
  return windowAxes(context.attributes, input, [filterH, filterW], output)
}

/** Input rows that output row `row` reads. */
export function poolRows(context: PoolContext, row: number): RowWindow {
  return tapsInside(axesOf(context).vertical, row)
}

/** Input columns that an output column reads. */
export function poolColumns(context: PoolContext): ColumnsOf {
  return windowColumns(axesOf(context).horizontal)
}

/** Taps inside the image of all outputs along an axis. */
function tapCount(axis: WindowAxis, outputs: number): number {
  let taps = 0
  for (let index = 0; index < outputs; index++) {
    const { begin, end } = tapsInside(axis, index)
    taps += end - begin
  }
  return taps
}

/**
 * How often the loops of a kernel run that takes `blockChannels` channels at once: taps, rows of taps,
 * and windows of a block each; windows of all channels; output rows.
 */
function poolCounts(pool: Pool, blockChannels: number): WorkCounts {
  const [, rows, width, channels] = pool.output
  const blocks = Math.ceil(channels / blockChannels)
  const [down, across] = [tapCount(pool.vertical, rows), tapCount(pool.horizontal, width)]
  return {
    taps: down * across * blocks,
    tapRows: down * width * blocks,
    blocks: rows * width * blocks,
    windows: rows * width,
    rows,
  }
}

export function poolCall(
  pool: Pool,
  target: Pick<KernelCall, 'kernel' | 'entry'> & { readonly struct: string },
  blockChannels: number,
): KernelCall {
  const [batches, inputHeight, inputWidth, channels] = pool.input
  const [, outputHeight, outputWidth] = pool.output
  const places = rowPlaces(pool)
  return kernelCall({
    kernel: target.kernel,
    entry: target.entry,
    args: [
      inputArg(0, inputHeight * inputWidth * channels, places.input.offset),
      outputArg(outputHeight * outputWidth * channels, places.output.offset),
      paramsArg(target.struct, {
        inputHeight,
        inputWidth,
        channels,
        inputRowElements: places.input.rowElements,
        outputWidth,
        outputRowElements: places.output.rowElements,
        filterHeight: pool.vertical.taps,
        filterWidth: pool.horizontal.taps,
        strideH: pool.vertical.stride,
        strideW: pool.horizontal.stride,
        padTop: pool.vertical.before,
        padLeft: pool.horizontal.before,
        activationMin: pool.activation.min,
        activationMax: pool.activation.max,
      }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: outputHeight,
    counts: poolCounts(pool, blockChannels),
  })
}

/** Whether one output row pools the whole height of the only image, so that rows can be added up. */
export function poolsWholeHeight(context: PoolContext): boolean {
  const { input, output, vertical } = readPool(context)
  const { begin, end } = tapsInside(vertical, 0)
  return input[0] === 1 && output[1] === 1 && begin === 0 && end === input[1]
}

/**
 * The call of an accumulating kernel, which keeps `scratchBytes` bytes from row to row. Its counts are
 * those of its input rows; what ends the last of them is spread over all.
 */
export function poolRowsCall(
  pool: Pool,
  target: Pick<KernelCall, 'kernel' | 'entry'> & { readonly struct: string },
  scratchBytes: number,
  blockChannels: number,
): KernelCall {
  const [, inputHeight, inputWidth, channels] = pool.input
  const [, , outputWidth] = pool.output
  return kernelCall({
    kernel: target.kernel,
    entry: target.entry,
    args: [
      inputArg(0),
      scratchArg(),
      outputArg(),
      paramsArg(target.struct, {
        inputHeight,
        inputWidth,
        channels,
        outputWidth,
        filterWidth: pool.horizontal.taps,
        strideW: pool.horizontal.stride,
        padLeft: pool.horizontal.before,
        activationMin: pool.activation.min,
        activationMax: pool.activation.max,
      }),
      ...accumulatingArgs(),
    ],
    outputRows: inputHeight,
    scratchBytes,
    counts: { ...poolCounts(pool, blockChannels), rows: inputHeight },
    runCounts: { runWindows: outputWidth },
  })
}
