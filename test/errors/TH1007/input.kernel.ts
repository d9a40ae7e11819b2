import type { i32 } from '../../../runtime/lang/types.ts'

function hidden(x: i32): i32 {
  return x
}
