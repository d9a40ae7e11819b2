// Sliding windows clipped to the image, and rings of rows, in the kernel subset.

import { idiv, type i32 } from './types.ts'

/**
 * First tap of a window that lies inside the image. `origin` is the coordinate of tap 0, negative in
 * the padding; tap k lies at origin + k * dilation.
 */
export function firstTap(origin: i32, dilation: i32): i32 {
  return origin < 0 ? idiv(dilation - 1 - origin, dilation) : 0
}

/** One past the last tap inside an image of `size`; not above `firstTap` when none is. */
export function endTap(origin: i32, dilation: i32, taps: i32, size: i32): i32 {
  if (origin >= size) return 0
  const fitting: i32 = idiv(size - 1 - origin, dilation) + 1
  return fitting < taps ? fitting : taps
}

/**
 * The slot `step` rows after `slot` in a ring of `ring` rows, with step < ring: walking a window costs
 * one division per output row instead of one per tap.
 *
 * @inline
 */
export function ringNext(slot: i32, step: i32, ring: i32): i32 {
  return slot + step < ring ? slot + step : slot + step - ring
}
