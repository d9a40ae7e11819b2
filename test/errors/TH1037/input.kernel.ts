import type { i32 } from '../../../runtime/lang/types.ts'

export function sometimes(x: i32): i32 {
  if (x > 0) return 1
}
export function left(x: i32): i32 {
  while (true) {
    if (x > 0) break
  }
}
export function bare(x: i32): i32 {
  return
}
export function endless(x: i32): i32 {
  while (true) {
    if (x > 0) return 1
  }
}
