// QUANTIZE between int8 and uint8 of one scale, whose zero points lie 128 apart: bits flip, by words.

import { wrapI8, type ConstPtr, type Ptr, type i32, type i8 } from '../../runtime/lang/types.ts'

export interface FlipParams {
  readonly rowElements: i32
  readonly inputRowElements: i32
  readonly outputRowElements: i32
}

/** The highest bit of each byte. */
const SIGNS: i32 = -2139062144

/** Output rows [rowBegin, rowEnd); input, output: bytes, rings of inputRing and outputRing rows. */
export function flipSigns(
  input: ConstPtr<i8>,
  output: Ptr<i8>,
  p: FlipParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let from: ConstPtr<i8> = input.offset((row % inputRing) * p.inputRowElements)
    let to: Ptr<i8> = output.offset((row % outputRing) * p.outputRowElements)
    for (let left: i32 = p.rowElements >> 3; left > 0; left--) {
      const word0: i32 = from.loadWordUnaligned(0)
      const word1: i32 = from.loadWordUnaligned(4)
      from = from.offset(8)
      to.storeWordUnaligned(0, word0 ^ SIGNS)
      to.storeWordUnaligned(4, word1 ^ SIGNS)
      to = to.offset(8)
    }
    for (let i: i32 = 0; i < (p.rowElements & 7); i++) to[i] = wrapI8(from[i] ^ SIGNS)
  }
}
