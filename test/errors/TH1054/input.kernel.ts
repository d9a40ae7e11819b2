import type { Ptr, i32, i8 } from '../../../runtime/lang/types.ts'

export interface Empty {}
export interface Generic<T> {
  readonly size: i32
}
export interface Extended extends Empty {
  readonly size: i32
}
export interface Members {
  size: i32
  readonly maybe?: i32
  readonly data: Ptr<i8>
  method(): i32
  readonly [index: number]: i32
}
