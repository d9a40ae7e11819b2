import { unroll, type Static, type i32 } from '../../../runtime/lang/types.ts'

export function sum(n: Static<i32>): i32 {
  let total: i32 = 0
  for (const k of unroll(0, n)) {
    total += k
  }
  for (const i of unroll(0, 32)) {
    for (const j of unroll(0, 32)) {
      total += i * j
    }
  }
  return total
}
