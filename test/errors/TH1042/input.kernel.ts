import { unroll, type i32 } from '../../../runtime/lang/types.ts'

export function f(n: i32): i32 {
  if (n > 3) break
  for (let i: i32 = 0; i < n; i++) {
    for (const k of unroll(0, 4)) {
      if (k > i) continue
      while (true) {
        break
      }
    }
  }
  return n
}
