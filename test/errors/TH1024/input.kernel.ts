import type { i32 } from '../../../runtime/lang/types.ts'

export function f(x: i32): i32 {
  if (x < 0) throw x
  try {
    return x
  } finally {
  }
}
