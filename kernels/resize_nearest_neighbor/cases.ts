// Shapes every RESIZE_NEAREST_NEIGHBOR variant must pass.

import { activationTensor, int32Constant } from '../case-builder.ts'
import type { OpCase } from '../op.ts'

/** A case of these shapes; tests make random ones with it too. */
export function resizeCase(
  name: string,
  shape: readonly [number, number, number, number],
  size: readonly [height: number, width: number],
  options: { readonly alignCorners?: boolean; readonly halfPixelCenters?: boolean } = {},
): OpCase<'resize_nearest_neighbor'> {
  return {
    name,
    context: {
      attributes: {
        kind: 'resize_nearest_neighbor',
        alignCorners: options.alignCorners ?? false,
        halfPixelCenters: options.halfPixelCenters ?? false,
      },
      inputs: [activationTensor(shape, 0.05, -7), int32Constant([2], size)],
      outputs: [activationTensor([shape[0], ...size, shape[3]], 0.05, -7)],
    },
  }
}

export const resizeNearestNeighborCases: readonly OpCase<'resize_nearest_neighbor'>[] = [
  resizeCase('twice as large', [1, 3, 4, 5], [6, 8]),
  resizeCase('twice as large, 23 channels', [1, 2, 3, 23], [4, 6]),
  resizeCase('half as large', [1, 6, 8, 3], [3, 4]),
  resizeCase('the same size', [1, 3, 3, 4], [3, 3]),
  resizeCase('odd ratios, 2 images', [2, 5, 3, 2], [7, 11]),
  resizeCase('to one pixel', [1, 4, 5, 3], [1, 1]),
  resizeCase('from one pixel', [1, 1, 1, 3], [4, 3]),
  resizeCase('corners aligned', [1, 5, 4, 3], [9, 11], { alignCorners: true }),
  resizeCase('corners aligned, smaller', [1, 9, 8, 2], [4, 5], { alignCorners: true }),
  resizeCase('corners aligned, to one pixel', [1, 4, 5, 3], [1, 1], { alignCorners: true }),
  resizeCase('half-pixel centres', [1, 5, 4, 3], [8, 7], { halfPixelCenters: true }),
  resizeCase('half-pixel centres, smaller', [1, 9, 8, 2], [4, 3], { halfPixelCenters: true }),
  resizeCase('many columns, where float32 decides', [1, 1, 61, 1], [1, 183]),
]
