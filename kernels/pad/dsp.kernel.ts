// PAD and PADV2 of rows by unaligned words: height, width and channels of an NHWC tensor.

import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'
import { copyWords, fillWords } from '../copy/words.kernel.ts'
import type { PadParams } from './reference.kernel.ts'

/** Output rows [rowBegin, rowEnd); input, output: int8, rings of inputRing and outputRing rows. */
export function padRows(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: PadParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    const out: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    const inputRow: i32 = row - p.padTop
    let done: i32 = 0
    // A strip may lie in the padding alone.
    if (p.runElements > 0 && inputRow >= 0 && inputRow < p.inputHeight) {
      let from: ConstPtr<i8> = input.offset((inputRow % inputRing) * p.inputRowElements)
      for (let run: i32 = 0; run < p.runs; run++) {
        const start: i32 = p.runStart + run * p.runPitch
        fillWords(out.offset(done), start - done, p.value)
        copyWords(from, out.offset(start), p.runElements)
        from = from.offset(p.runElements)
        done = start + p.runElements
      }
    }
    fillWords(out.offset(done), p.outputElements - done, p.value)
  }
}
