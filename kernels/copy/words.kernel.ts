// Copies and fills runs of bytes by unaligned words, four at a time, or with little ado where they are short.

import {
  wrapI8,
  wrapMul,
  type ConstPtr,
  type Ptr,
  type i32,
  type i8,
} from '../../runtime/lang/types.ts'

/** to[0, count) = from[0, count), in rising order; `to` may lie at or below `from`. */
export function copyWords(from: ConstPtr<i8>, to: Ptr<i8>, count: i32): void {
  let source: ConstPtr<i8> = from
  let target: Ptr<i8> = to
  for (let left: i32 = count >> 4; left > 0; left--) {
    const word0: i32 = source.loadWordUnaligned(0)
    const word1: i32 = source.loadWordUnaligned(4)
    const word2: i32 = source.loadWordUnaligned(8)
    const word3: i32 = source.loadWordUnaligned(12)
    source = source.offset(16)
    target.storeWordUnaligned(0, word0)
    target.storeWordUnaligned(4, word1)
    target.storeWordUnaligned(8, word2)
    target.storeWordUnaligned(12, word3)
    target = target.offset(16)
  }
  for (let left: i32 = (count >> 2) & 3; left > 0; left--) {
    target.storeWordUnaligned(0, source.loadWordUnaligned(0))
    source = source.offset(4)
    target = target.offset(4)
  }
  for (let i: i32 = 0; i < (count & 3); i++) target[i] = source[i]
}

/** to[0, count) = value. */
export function fillWords(to: Ptr<i8>, count: i32, value: i32): void {
  const word: i32 = wrapMul(value & 255, 16843009)
  let target: Ptr<i8> = to
  for (let left: i32 = count >> 4; left > 0; left--) {
    target.storeWordUnaligned(0, word)
    target.storeWordUnaligned(4, word)
    target.storeWordUnaligned(8, word)
    target.storeWordUnaligned(12, word)
    target = target.offset(16)
  }
  for (let left: i32 = (count >> 2) & 3; left > 0; left--) {
    target.storeWordUnaligned(0, word)
    target = target.offset(4)
  }
  for (let i: i32 = 0; i < (count & 3); i++) target[i] = wrapI8(word)
}

/** The same as `copyWords` for runs of a few bytes, to which the loops over four words would only add. */
export function copyShort(from: ConstPtr<i8>, to: Ptr<i8>, count: i32): void {
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

/** The same as `fillWords` for runs of a few bytes. */
export function fillShort(to: Ptr<i8>, count: i32, value: i8): void {
  for (let i: i32 = 0; i < count; i++) to[i] = value
}
