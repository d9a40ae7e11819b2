import { localArray, type Ptr, type i32, type i8 } from '../../../runtime/lang/types.ts'

function tail(p: Ptr<i8>): Ptr<i8> {
  return p.offset(1)
}
export function f(): Ptr<i8> {
  const a = localArray<i8>(4)
  return tail(a.offset(1))
}
export function g(p: Ptr<i8>): i32 {
  let q: Ptr<i8> = p
  const outer = localArray<i8>(4)
  q = outer
  for (let i: i32 = 0; i < 2; i++) {
    const inner = localArray<i8>(4)
    q = inner
  }
  return q[0]
}
