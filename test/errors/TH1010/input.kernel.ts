import { localArray, type ConstPtr, type i32, type i8 } from '../../../runtime/lang/types.ts'

const SIZE = 5
export function f(x, y: i32) {
  return x
}
export function g(p: ConstPtr<i8>): i32 {
  let sum = 0
  const scratch = localArray(4)
  const word = p.reinterpret()
  return sum
}
