import { unroll, type Static, type i32 } from '../../../runtime/lang/types.ts'

export function sum(n: i32, m: Static<i32>): i32 {
  let total: i32 = 0
  for (const k of unroll(0, n)) {
    total += k
  }
  for (const k of unroll(n - n, m)) {
    total += k
  }
  return total
}
