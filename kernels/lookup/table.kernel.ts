// Functions of one 8-bit element, whose 256 results come in a table.

import type { ConstPtr, Ptr, i32, u8 } from '../../runtime/lang/types.ts'

export interface LookUpParams {
  readonly rowElements: i32
  readonly inputRowElements: i32
  readonly outputRowElements: i32
}

/**
 * Output rows [rowBegin, rowEnd). table: [256], by the bits of an element as a number from 0 to 255;
 * input, output: 8-bit elements of any sign, rings of inputRing and outputRing rows.
 */
export function lookUp(
  input: ConstPtr<u8>,
  table: ConstPtr<u8>,
  output: Ptr<u8>,
  p: LookUpParams,
  inputRing: i32,
  outputRing: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  for (let row: i32 = rowBegin; row < rowEnd; row++) {
    let from: ConstPtr<u8> = input.offset((row % inputRing) * p.inputRowElements)
    let to: Ptr<u8> = output.offset((row % outputRing) * p.outputRowElements)
    const elements: i32 = p.rowElements
    for (let left: i32 = elements >> 2; left > 0; left--) {
      const x0: i32 = from[0]
      const x1: i32 = from[1]
      const x2: i32 = from[2]
      const x3: i32 = from[3]
      from = from.offset(4)
      const y0: u8 = table[x0]
      const y1: u8 = table[x1]
      const y2: u8 = table[x2]
      const y3: u8 = table[x3]
      to[0] = y0
      to[1] = y1
      to[2] = y2
      to[3] = y3
      to = to.offset(4)
    }
    for (let i: i32 = 0; i < (elements & 3); i++) to[i] = table[from[i]]
  }
}
