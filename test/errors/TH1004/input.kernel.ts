import { clamp as limit, klamp } from '../../../runtime/lang/math.ts'
import type { i33, i32 } from '../../../runtime/lang/types.ts'

// What could not be imported is not reported again where it is used.
export function f(x: i33): i32 {
  return klamp(x) + limit(x, 0, 1)
}
