import type { i32 } from '../../../runtime/lang/types.ts'

export function text(name: string, x: i32): i32 {
  const a: i32 = 'a'
  const b: i32 = `${x}`
  const c: i32 = tag`x`
  return x
}
