import type { i32 } from '../../../runtime/lang/types.ts'

export function heap(x: i32): i32 {
  const object: i32 = { x }
  const list: i32 = [x, x]
  const made: i32 = new Thing(x)
  return x
}
