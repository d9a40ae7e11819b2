import { wrapShl, type i32, type i64, type u32 } from '../../../runtime/lang/types.ts'

export function shifts(x: i32, y: u32, z: i64): i32 {
  const a: i32 = x << 32
  const b: u32 = y >>> -1
  const c: i64 = z << 63
  const d: i64 = z >> 64
  return x >> 31
}
