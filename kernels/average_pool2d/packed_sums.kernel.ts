// Sums over pixels of eight channels at a time, two to a register.

import { sxtab16, sxtab16Ror8 } from '../../runtime/lang/dsp.ts'
import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'

/**
 * Adds `columns` pixels, each `channels` after the other, to the sums of eight channels: 0 and 2, 1 and
 * 3, 4 and 6, 5 and 7. They wrap after more than 256 pixels.
 */
export function addPixels(start: ConstPtr<i8>, columns: i32, channels: i32, sums: Ptr<i32>): void {
  let from: ConstPtr<i8> = start
  let even: i32 = sums[0]
  let odd: i32 = sums[1]
  let even4: i32 = sums[2]
  let odd4: i32 = sums[3]
  for (let left: i32 = columns; left > 0; left--) {
    const word: i32 = from.loadWordUnaligned(0)
    const word4: i32 = from.loadWordUnaligned(4)
    from = from.offset(channels)
    even = sxtab16(even, word)
    odd = sxtab16Ror8(odd, word)
    even4 = sxtab16(even4, word4)
    odd4 = sxtab16Ror8(odd4, word4)
  }
  sums[0] = even
  sums[1] = odd
  sums[2] = even4
  sums[3] = odd4
}
