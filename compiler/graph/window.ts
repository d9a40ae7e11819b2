// Sliding-window arithmetic of convolutions and pools along one spatial axis.

import type { Padding } from '../../kernels/attributes.ts'

export interface Window {
  /** Output positions along the axis; below 1 when the kernel does not fit. */
  readonly outputs: number
  /** Zero-point elements in front of the input; those behind it follow from the other numbers. */
  readonly before: number
  readonly after: number
}

export interface WindowSize {
  readonly input: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly padding: Padding
}

/**
 * Output extent and padding of TFLite (ComputeOutSize and ComputePaddingWithOffset in
 * lite/kernels/padding.h): with 'same' the odd element of padding comes after the input.
 */
export function slidingWindow(size: WindowSize): Window {
  const { input, stride } = size
  const extent = (size.kernel - 1) * size.dilation + 1
  const outputs =
    size.padding === 'same'
      ? Math.floor((input + stride - 1) / stride)
      : Math.floor((input + stride - extent) / stride)
  const total = Math.max(0, (outputs - 1) * stride + extent - input)
  const before = Math.floor(total / 2)
  return { outputs, before, after: total - before }
}
