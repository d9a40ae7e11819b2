import { idiv, irem, type Static, type i32 } from '../../../runtime/lang/types.ts'

export function divide(x: i32, n: Static<i32>): i32 {
  return idiv(x, n - 4) + irem(x, 0) + idiv(x, n)
}
