// RESIZE_NEAREST_NEIGHBOR, int8, by unaligned words: which rows and columns repeat comes in tables.

import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'
import { copyWords } from '../copy/words.kernel.ts'
import type { ResizeNearestNeighborParams } from './reference.kernel.ts'

/**
 * Output rows [rowBegin, rowEnd). rows: [output height], columns: [output width]; input, output:
 * [H, W, C] int8, rings of inputRing and outputRing rows.
 */
export function resizeNearestNeighbor(
  input: ConstPtr<i8>,
  rows: ConstPtr<i32>,
  columns: ConstPtr<i32>,
  output: Ptr<i8>,
  p: ResizeNearestNeighborParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const from: ConstPtr<i8> = input.offset((rows[row] % inputRing) * p.inputRowElements)
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let x: i32 = 0; x < p.outputWidth; x++) {
      copyWords(from.offset(columns[x] * p.channels), to, p.channels)
      to = to.offset(p.channels)
    }
  }
}
