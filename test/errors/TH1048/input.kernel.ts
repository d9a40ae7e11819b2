import type { Ptr, i32 } from '../../../runtime/lang/types.ts'

function next(p: Ptr<i32>): i32 {
  p[0] += 1
  return p[0]
}
function pair(a: i32, b: i32): i32 {
  return a - b
}
export function f(p: Ptr<i32>): i32 {
  const a: i32 = next(p) + p[0]
  const b: i32 = next(p) - next(p)
  p[p[0]] = next(p)
  const c: i32 = pair(next(p), p[0])
  const fine: i32 = next(p) * 2 + a
  if (next(p) > 1 && next(p) < 9) return b
  return next(p.offset(p[0]))
}
