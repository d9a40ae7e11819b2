import type { i32 } from '../../../runtime/lang/types.ts'

function one(): i32 {
  return 1
}
const A: i32 = 2 + one()
const B: i32 = 1 + 2 * 3
const C: i32 = 1 % 0
const D: i32 = 65536 * 65536
export function f(): i32 {
  return A + B
}
