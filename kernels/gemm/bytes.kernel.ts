// Copies and fills short runs of bytes, a word at a time where there is a whole one.

import type { ConstPtr, Ptr, i32, i8 } from '../../runtime/lang/types.ts'

/** to[0, count) = from[0, count); they do not overlap. */
export function copyBytes(from: ConstPtr<i8>, to: Ptr<i8>, count: i32): void {
  let i: i32 = 0
  while (i + 4 <= count) {
    to.storeWordUnaligned(i, from.loadWordUnaligned(i))
    i += 4
  }
  while (i < count) {
    to[i] = from[i]
    i += 1
  }
}

/** to[0, count) = value. */
export function fillBytes(to: Ptr<i8>, value: i8, count: i32): void {
  for (let i: i32 = 0; i < count; i++) to[i] = value
}
