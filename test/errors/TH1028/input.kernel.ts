import type { ConstPtr, i32, i8 } from '../../../runtime/lang/types.ts'

export function f(p: ConstPtr<i8>, x: i8): void {
  p[0] = x
  p.storeWord(0, 1)
  p.storeWordUnaligned(1, 1)
  p.offset(1).reinterpret<i32>()[0] += 1
}
