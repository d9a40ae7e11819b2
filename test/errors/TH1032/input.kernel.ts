import { localArray, type Static, type i32, type i8 } from '../../../runtime/lang/types.ts'

export function scratch(n: i32, m: Static<i32>): i32 {
  const a = localArray<i8>(n)
  const b = localArray<i8>(m)
  const c = localArray<i32>(1025)
  const d = localArray<i32>(1024)
  return 0
}
