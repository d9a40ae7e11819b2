import type { bool, i32 } from '../../../runtime/lang/types.ts'

export function f(x: i32, y: i32): bool {
  return x == y || x != 1
}
