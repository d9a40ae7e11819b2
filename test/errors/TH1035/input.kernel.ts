import { i8, type Static, type i32, type i64 } from '../../../runtime/lang/types.ts'

export function constants(n: Static<i32>, x: i32): i32 {
  const a: i32 = 2147483647 + n
  const b: i32 = 65536 * 65536
  const c: i8 = i8(n + 127)
  const d: i32 = -(-2147483647 - n)
  const e: i32 = 3 << 30
  return n > 5 ? 2147483647 + 1 : x
}
