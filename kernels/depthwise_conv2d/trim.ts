// Cuts rows and columns off a depthwise kernel that meet nothing but padding: a 7x7 one on 3x3 pixels.

import type { Convolution } from '../convolution.ts'
import { tapsInside, type WindowAxis } from '../shape.ts'

/** Taps [begin, end) of `axis` that lie inside the image for some output; undilated axes only. */
function usedTaps(axis: WindowAxis, outputs: number): readonly [begin: number, end: number] {
  let [begin, end] = [axis.taps, 0]
  for (let index = 0; index < outputs; index++) {
    const inside = tapsInside(axis, index)
    if (inside.end <= inside.begin) continue
    const origin = index * axis.stride - axis.before
    begin = Math.min(begin, inside.begin - origin)
    end = Math.max(end, inside.end - origin)
  }
  return begin < end ? [begin, end] : [0, axis.taps]
}

/** The same convolution with the taps that are used. A strip stays whole, for all share one table. */
export function trimTaps(c: Convolution): Convolution {
  if (c.places !== undefined) return c
  const [, height, width, channels] = c.weightsShape
  const [top, bottom] = usedTaps(c.vertical, c.output[1])
  const [left, right] = usedTaps(c.horizontal, c.output[2])
  if (bottom - top === height && right - left === width) return c
  const cut = (axis: WindowAxis, begin: number, end: number): WindowAxis => ({
    ...axis,
    taps: end - begin,
    before: axis.before - begin,
  })
  const rows = Array.from({ length: bottom - top }, (_, ky) => {
    const first = ((top + ky) * width + left) * channels
    return Array.from(c.weights.subarray(first, first + (right - left) * channels))
  })
  return {
    ...c,
    weightsShape: [1, bottom - top, right - left, channels],
    weights: Int8Array.from(rows.flat()),
    vertical: cut(c.vertical, top, bottom),
    horizontal: cut(c.horizontal, left, right),
  }
}
