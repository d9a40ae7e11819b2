// Copies that other operators are made of: whole tensors, strided blocks and parts of rows, as bytes.

import { wrapI8, type ConstPtr, type Ptr, type i32, type i8 } from '../../runtime/lang/types.ts'

/** `count` bytes. */
export function copyBytes(input: ConstPtr<i8>, output: Ptr<i8>, count: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    output[i] = input[i]
  }
}

/** `count` bytes of one value. */
export function fillBytes(output: Ptr<i8>, count: i32, value: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    output[i] = wrapI8(value)
  }
}

/** Six nested loops, outermost first, and how far input and output move per step of each, in bytes. */
export interface CopyStridedParams {
  readonly extent0: i32
  readonly extent1: i32
  readonly extent2: i32
  readonly extent3: i32
  readonly extent4: i32
  readonly extent5: i32
  readonly inputStride0: i32
  readonly inputStride1: i32
  readonly inputStride2: i32
  readonly inputStride3: i32
  readonly inputStride4: i32
  readonly inputStride5: i32
  readonly outputStride0: i32
  readonly outputStride1: i32
  readonly outputStride2: i32
  readonly outputStride3: i32
  readonly outputStride4: i32
  readonly outputStride5: i32
}

/** A block of up to six dimensions from one layout to another. */
export function copyStrided(input: ConstPtr<i8>, output: Ptr<i8>, p: CopyStridedParams): void {
  for (let i0: i32 = 0; i0 < p.extent0; i0++) {
    for (let i1: i32 = 0; i1 < p.extent1; i1++) {
      for (let i2: i32 = 0; i2 < p.extent2; i2++) {
        for (let i3: i32 = 0; i3 < p.extent3; i3++) {
          const outerFrom: i32 =
            i0 * p.inputStride0 + i1 * p.inputStride1 + i2 * p.inputStride2 + i3 * p.inputStride3
          const outerTo: i32 =
            i0 * p.outputStride0 +
            i1 * p.outputStride1 +
            i2 * p.outputStride2 +
            i3 * p.outputStride3
          for (let i4: i32 = 0; i4 < p.extent4; i4++) {
            let from: i32 = outerFrom + i4 * p.inputStride4
            let to: i32 = outerTo + i4 * p.outputStride4
            for (let i5: i32 = 0; i5 < p.extent5; i5++) {
              output[to] = input[from]
              from += p.inputStride5
              to += p.outputStride5
            }
          }
        }
      }
    }
  }
}

export interface CopyRowsParams {
  /** The output row on which input row 0 lands, and how many rows there are. */
  readonly firstRow: i32
  readonly inputHeight: i32
  readonly inputRowBytes: i32
  readonly outputRowBytes: i32
  /** A row is `runs` runs of `runBytes`, `outputPitch` bytes apart in the output. */
  readonly runs: i32
  readonly runBytes: i32
  readonly outputPitch: i32
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
      const from: ConstPtr<i8> = input.offset((inputRow % inputRing) * p.inputRowBytes)
      const to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowBytes)
      for (let run: i32 = 0; run < p.runs; run++) {
        const source: ConstPtr<i8> = from.offset(run * p.runBytes)
        const target: Ptr<i8> = to.offset(run * p.outputPitch)
        for (let i: i32 = 0; i < p.runBytes; i++) {
          target[i] = source[i]
        }
      }
    }
  }
}
