import { twice } from './other.kernel.ts'
import type { i32 } from '../../../runtime/lang/types.ts'

export function once(x: i32): i32 {
  return twice(x)
}
