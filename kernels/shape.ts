// Shapes as kernels see them: rows of a tensor, sliding windows, nested loops with strides.

import type { ExtraPad, Padding } from './attributes.ts'
import type { RowWindow, TensorInfo } from './op.ts'

const bytesPerElement: Readonly<Record<TensorInfo['dtype'], number>> = {
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  int32: 4,
  float32: 4,
  int64: 8,
}

export function elementBytes(tensor: Pick<TensorInfo, 'dtype'>): number {
  return bytesPerElement[tensor.dtype]
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}

export function sum(list: readonly number[]): number {
  return list.reduce((total, n) => total + n, 0)
}

/** Elements between neighbours along each dimension, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, dimension) => elementCount(shape.slice(dimension + 1)))
}

export interface RowLayout {
  readonly batches: number
  readonly rows: number
  readonly rowElements: number
}

/**
 * Rows of a tensor: those of NHWC for 4 dimensions; any other tensor is a single row. Producers,
 * consumers and planner agree on this, so it is a function of the shape alone.
 */
export function rowLayout(shape: readonly number[]): RowLayout {
  if (shape.length !== 4) return { batches: 1, rows: 1, rowElements: elementCount(shape) }
  const [batches, rows, width, channels] = shape as readonly [number, number, number, number]
  return { batches, rows, rowElements: width * channels }
}

export type Nhwc = readonly [batches: number, height: number, width: number, channels: number]

/** The shape of a tensor that shape inference has found to have 4 dimensions. */
export function nhwc(tensor: TensorInfo): Nhwc {
  return tensor.shape as Nhwc
}

/** A sliding window along one axis; taps lie at origin + k * dilation, origin = i * stride - before. */
export interface WindowAxis {
  readonly input: number
  readonly taps: number
  readonly stride: number
  readonly dilation: number
  /** Zero-point elements in front of the input. */
  readonly before: number
}

export interface WindowSpec {
  readonly input: number
  readonly taps: number
  readonly stride: number
  readonly dilation: number
  readonly padding: Padding
  readonly output: number
  /** Padding taken over from a folded PAD. */
  readonly extraBefore: number
  readonly extraAfter: number
}

/**
 * TFLite's padding (lite/kernels/padding.h): 'same' puts the odd element behind; padding taken over
 * from a PAD counts as input first.
 */
export function windowAxis(spec: WindowSpec): WindowAxis {
  const { input, taps, stride, dilation, output, extraBefore, extraAfter } = spec
  const extent = (taps - 1) * dilation + 1
  const needed = (output - 1) * stride + extent - (input + extraBefore + extraAfter)
  const before = spec.padding === 'same' ? Math.floor(Math.max(0, needed) / 2) : 0
  return { input, taps, stride, dilation, before: before + extraBefore }
}

/** Both axes of a convolution or pool from its attributes and shapes. */
export function windowAxes(
  attributes: {
    readonly padding: Padding
    readonly strideH: number
    readonly strideW: number
    readonly dilationH?: number
    readonly dilationW?: number
    readonly extraPad?: ExtraPad
  },
  input: Nhwc,
  taps: readonly [height: number, width: number],
  output: Nhwc,
): { readonly vertical: WindowAxis; readonly horizontal: WindowAxis } {
  const { padding, extraPad } = attributes
  return {
    vertical: windowAxis({
      input: input[1],
      taps: taps[0],
      stride: attributes.strideH,
      dilation: attributes.dilationH ?? 1,
      padding,
      output: output[1],
      extraBefore: extraPad?.top ?? 0,
      extraAfter: extraPad?.bottom ?? 0,
    }),
    horizontal: windowAxis({
      input: input[2],
      taps: taps[1],
      stride: attributes.strideW,
      dilation: attributes.dilationW ?? 1,
      padding,
      output: output[2],
      extraBefore: extraPad?.left ?? 0,
      extraAfter: extraPad?.right ?? 0,
    }),
  }
}

/** Input positions from the first tap inside the input to one past the last, for output `index`. */
export function tapsInside(axis: WindowAxis, index: number): RowWindow {
  const { dilation } = axis
  const origin = index * axis.stride - axis.before
  const first = Math.max(0, Math.ceil(-origin / dilation))
  const last = Math.min(axis.taps - 1, Math.floor((axis.input - 1 - origin) / dilation))
  if (last < first) return { begin: 0, end: 0 }
  return { begin: origin + first * dilation, end: origin + last * dilation + 1 }
}

/** One of several nested loops: how far each tensor it walks moves per step. */
export interface Loop {
  readonly extent: number
  readonly strides: readonly number[]
}

/** The same walk in as few loops as possible: single steps dropped, contiguous neighbours merged. */
export function mergeLoops(loops: readonly Loop[]): readonly Loop[] {
  const merged: Loop[] = []
  for (const loop of loops) {
    if (loop.extent === 1) continue
    const outer = merged[merged.length - 1]
    if (outer?.strides.every((s, k) => s === loop.extent * loop.strides[k]!)) {
      merged[merged.length - 1] = { extent: outer.extent * loop.extent, strides: loop.strides }
    } else {
      merged.push(loop)
    }
  }
  return merged
}

/** Exactly `count` loops over `tensors` tensors: loops of one step go in front. */
export function padLoops(loops: readonly Loop[], count: number, tensors: number): readonly Loop[] {
  const idle: Loop = { extent: 1, strides: Array.from({ length: tensors }, () => 0) }
  return [...Array.from({ length: count - loops.length }, () => idle), ...loops]
}
