import type { i32 } from '../../../runtime/lang/types.ts'

export function outer(x: i32): i32 {
  function inner(y: i32): i32 {
    return y
  }
  const arrow: i32 = (y: i32): i32 => y
  const old: i32 = function () {}
  return x
}
