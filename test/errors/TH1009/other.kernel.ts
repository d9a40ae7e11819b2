import { once } from './input.kernel.ts'
import type { i32 } from '../../../runtime/lang/types.ts'

export function twice(x: i32): i32 {
  return once(x) + once(x)
}
