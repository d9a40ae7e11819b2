import { localArray, unroll, wrapI32, type Ptr, type i32, type i8 } from '../../../runtime/lang/types.ts'

export interface P {
  readonly size: i32
}
function one(x: i32): i32 {
  return x
}
export function expressions(p: Ptr<i8>, q: P, x: i32): i32 {
  const a: i32 = p?.[0]
  const b: i32 = expressions?.(p, q, x)
  const c: i32 = x as i32
  const d: i32 = x!
  const e: i32 = typeof x
  const f: i32 = /x/
  const g: i32 = this
  const h: i32 = null
  const i: i32 = one(...p)
  const j: i32 = 5n
  const k: i32 = p.length
  const l: i32 = x(1)
  const m: i32 = wrapI32<i8>(x)
  const n: P = q
  const { size } = q
  const o: i32 = unroll(0, 4)
  return p[localArray<i8>(4)]
}
