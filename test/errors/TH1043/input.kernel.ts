import { unroll, type i32 } from '../../../runtime/lang/types.ts'

export function f(x: i32): i32 {
  var y: i32 = x
  using z: i32 = x
  for (var i: i32 = 0; i < 4; i++) {
  }
  for (var k of unroll(0, 4)) {
  }
  return y
}
