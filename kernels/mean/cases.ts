// Shapes and values every MEAN variant must pass.

import { activationTensor, int32Constant } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

interface Options {
  readonly keepDims?: boolean
  readonly scales?: readonly [input: number, output: number]
  readonly zeroPoints?: readonly [input: number, output: number]
}

/** A case of these shapes; tests make random ones with it too. */
export function meanCase(
  name: string,
  shape: readonly number[],
  axes: readonly number[],
  options: Options = {},
): OpCase<'mean'> {
  const { keepDims = false, scales = [0.05, 0.03], zeroPoints = [-9, 4] } = options
  const reduced = new Set(axes.map(axis => (axis < 0 ? axis + shape.length : axis)))
  const output = keepDims
    ? shape.map((extent, d) => (reduced.has(d) ? 1 : extent))
    : shape.filter((_, d) => !reduced.has(d))
  return {
    name,
    context: {
      attributes: { kind: 'mean', keepDims },
      inputs: [
        activationTensor(shape, scales[0], zeroPoints[0]),
        int32Constant([axes.length], axes),
      ],
      outputs: [activationTensor(output, scales[1], zeroPoints[1])],
    },
  }
}

export const meanCases: readonly OpCase<'mean'>[] = [
  meanCase('height and width', [1, 4, 5, 7], [1, 2]),
  meanCase('height and width, kept, 2 images', [2, 3, 3, 5], [1, 2], { keepDims: true }),
  meanCase('width and height in that order', [1, 3, 5, 4], [2, 1]),
  meanCase('19 channels', [1, 4, 5, 19], [1, 2]),
  meanCase('19 channels of 2 images', [2, 4, 5, 19], [1, 2]),
  meanCase('256 pixels, 9 channels', [1, 16, 16, 9], [1, 2], { zeroPoints: [-128, -128] }),
  meanCase('300 pixels, 8 channels', [1, 20, 15, 8], [1, 2], { zeroPoints: [127, -128] }),
  meanCase('as a vector of pixels', [2, 40, 12], [1], { scales: [0.05, 0.012] }),
  meanCase('height alone, all columns kept', [1, 6, 3, 5], [1]),
  meanCase('an output 1000 times coarser', [1, 5, 5, 8], [1, 2], { scales: [0.05, 50] }),
  meanCase('height alone', [1, 5, 3, 4], [1]),
  meanCase('width alone, counted from the end', [1, 3, 5, 4], [-2]),
  meanCase('channels', [1, 3, 2, 9], [3], { keepDims: true }),
  meanCase('height and channels', [2, 3, 4, 5], [1, 3]),
  meanCase('the batch', [3, 2, 2, 4], [0]),
  meanCase('everything', [1, 4, 3, 5], [0, 1, 2, 3]),
  meanCase('the middle of three dimensions, as after a transpose', [2, 5, 6], [2]),
  meanCase('every other of six dimensions', [2, 3, 2, 3, 2, 2], [0, 2, 4]),
  meanCase('a repeated axis counts once', [1, 4, 4, 3], [1, 2, -3]),
  meanCase('extents of 1: only the scale changes', [1, 1, 1, 16], [1, 2]),
  meanCase('equal scales and zero points', [1, 4, 4, 6], [1, 2], {
    scales: [0.05, 0.05],
    zeroPoints: [-9, -9],
  }),
  meanCase('zero points -128', [1, 4, 5, 6], [1, 2], { zeroPoints: [-128, -128] }),
  meanCase('zero points 127', [1, 4, 5, 6], [1, 2], { zeroPoints: [127, 127] }),
  meanCase('an output 2^29 times coarser: few bits are left for the count', [1, 5, 5, 4], [1, 2], {
    scales: [2 ** -15, 2 ** 14],
  }),
  meanCase('an output 100 times finer', [1, 6, 6, 4], [1, 2], { scales: [0.05, 0.0005] }),
]
