import type { ConstPtr, i32, i8 } from '../../../runtime/lang/types.ts'

export interface P {
  readonly size: i32
}
export function f(p: ConstPtr<i8>, q: P): i32 {
  missing += 1
  return unknown + Math.abs(1) + NaN + eval(1) + arguments + p.load(1) + q.length
}
