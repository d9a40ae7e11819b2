import type { i32 } from '../../../runtime/lang/types.ts'

export function f(a: any, b: unknown, c: object, d: never): i32 {
  return 1
}
