import { localArray, unroll, type Ptr, type i32, type i8 } from '../../../runtime/lang/types.ts'

export function statements(p: Ptr<i8>, x: i32): i32 {
  let unset: i32
  switch (x) {
    case 1:
      break
  }
  do {
    x
  } while (x > 0)
  outer: while (true) {
    break outer
  }
  for (const element of p) {
  }
  for (const key in p) {
  }
  for (;;) {
  }
  let j: i32 = 0
  for (let i: i32 = 0; i < 4; j++) {
  }
  debugger
  x + 1
  return x
}
