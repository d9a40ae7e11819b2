import { i8, idiv, localArray, unroll, wrapAdd, type Ptr, type i32 } from '../../../runtime/lang/types.ts'

function add(a: i32, b: i32): i32 {
  return a + b
}
export function f(p: Ptr<i8>): i32 {
  for (const k of unroll(4)) {
  }
  const array = localArray<i32>(4, 4)
  p.storeWord(1)
  return add(1) + add(1, 2, 3) + idiv(1) + wrapAdd() + i8() + p.loadWord() + p.offset(1, 2)[0]
}
