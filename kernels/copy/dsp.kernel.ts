// Copies that other operators are made of, by unaligned words: whole tensors, blocks and parts of rows.

import type { ConstPtr, Ptr, Static, bool, i32, i8 } from '../../runtime/lang/types.ts'
import type { CopyRowsParams, CopyStridedParams } from './reference.kernel.ts'
import { copyWords, fillWords } from './words.kernel.ts'

/** `count` bytes. */
export function copyBytes(input: ConstPtr<i8>, output: Ptr<i8>, count: i32): void {
  copyWords(input, output, count)
}

/** `count` bytes of one value. */
export function fillBytes(output: Ptr<i8>, count: i32, value: i32): void {
  fillWords(output, count, value)
}

/** `count` bytes that lie apart, four at a time. */
function copyApart(
  from: ConstPtr<i8>,
  to: Ptr<i8>,
  count: i32,
  fromStride: i32,
  toStride: i32,
): void {
  let source: ConstPtr<i8> = from
  let target: Ptr<i8> = to
  for (let left: i32 = count >> 2; left > 0; left--) {
    const byte0: i8 = source[0]
    const byte1: i8 = source[fromStride]
    const byte2: i8 = source[2 * fromStride]
    const byte3: i8 = source[3 * fromStride]
    source = source.offset(4 * fromStride)
    target[0] = byte0
    target[toStride] = byte1
    target[2 * toStride] = byte2
    target[3 * toStride] = byte3
    target = target.offset(4 * toStride)
  }
  for (let i: i32 = 0; i < (count & 3); i++) target[i * toStride] = source[i * fromStride]
}

/** A block of up to six dimensions from one layout to another; isRun: both strides of the last are 1. */
export function copyStrided(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: CopyStridedParams,
  isRun: Static<bool>,
): void {
  for (let i0: i32 = 0; i0 < p.extent0; i0++) {
    for (let i1: i32 = 0; i1 < p.extent1; i1++) {
      for (let i2: i32 = 0; i2 < p.extent2; i2++) {
        for (let i3: i32 = 0; i3 < p.extent3; i3++) {
          let from: i32 =
            i0 * p.inputStride0 + i1 * p.inputStride1 + i2 * p.inputStride2 + i3 * p.inputStride3
          let to: i32 =
            i0 * p.outputStride0 +
            i1 * p.outputStride1 +
            i2 * p.outputStride2 +
            i3 * p.outputStride3
          for (let i4: i32 = 0; i4 < p.extent4; i4++) {
            const source: ConstPtr<i8> = input.offset(from)
            const target: Ptr<i8> = output.offset(to)
            if (isRun) copyWords(source, target, p.extent5)
            else copyApart(source, target, p.extent5, p.inputStride5, p.outputStride5)
            from += p.inputStride4
            to += p.outputStride4
          }
        }
      }
    }
  }
}

/**
 * The part of output rows [rowBegin, rowEnd) that comes from this input; the bytes between its runs
 * stay as they are. input, output: rings of inputRing and outputRing rows.
 */
export function copyRows(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: CopyRowsParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const inputRow: i32 = row - p.firstRow
    if (inputRow >= 0 && inputRow < p.inputHeight) {
      let from: ConstPtr<i8> = input.offset((inputRow % inputRing) * p.inputRowBytes)
      let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowBytes)
      for (let run: i32 = 0; run < p.runs; run++) {
        copyWords(from, to, p.runBytes)
        from = from.offset(p.runBytes)
        to = to.offset(p.outputPitch)
      }
    }
  }
}
