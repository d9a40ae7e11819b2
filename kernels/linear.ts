// Integer lines that give an operator's exact results: found and proven when a model is compiled.

import type { QuantizedMultiplier, Range } from './quantize.ts'

/**
 * output = clamp((a * aFactor + b * bFactor + offset) >> shift), where a and b are int8 as stored, zero
 * points included. No partial sum leaves int32, in whatever order it is taken.
 */
export interface Line {
  readonly aFactor: number
  readonly bFactor: number
  readonly offset: number
  readonly shift: number
}

/** The function a line has to equal, on operands from `low` to `high`. */
export interface Plane {
  readonly a: Axis
  readonly b: Axis
  /** Its value before rounding, at a = b = 0. */
  readonly origin: number
  readonly range: Range
  /** Its exact value, clamped to `range`. */
  readonly at: (a: number, b: number) => number
}

export interface Axis {
  readonly low: number
  readonly high: number
  /** How much the value grows per step, before rounding. */
  readonly slope: number
}

/** Every int8. */
export function int8Axis(slope: number): Axis {
  return { low: -128, high: 127, slope }
}

/** For a plane of one operand: the other is 0. */
export const noAxis: Axis = { low: 0, high: 0, slope: 0 }

/**
 * Tried in this order: 22 bits leave 10 for the value, four times the range of int8; most operators get
 * along with that and share one instance.
 */
const shifts = [22, 23, 21, 20, 18, 16, 14, 12, 10, 8]

/** Steps that a factor may lie beside the nearest one. */
const reach = 6

/** Distance from a rounding tie, in steps of the output, below which a point decides about a line. */
const critical = 2 ** -7

/** Wanted result at a point: least and most of value * 2^shift. */
interface Point {
  readonly a: number
  readonly b: number
  readonly value: number
}

/** null: no line was found whose results all are those of the plane. */
export function fitLine(plane: Plane): Line | null {
  const points = criticalPoints(plane)
  for (const shift of shifts) {
    const line = fitAt(plane, points, shift)
    if (line !== null && fitsInt32(plane, line) && equals(plane, line)) return line
  }
  return null
}

/** Points near a tie, where rounding decides, before and behind. */
function criticalPoints({ a, b, origin, at }: Plane): readonly Point[] {
  const points: Point[] = []
  for (let x = a.low; x <= a.high; x++) {
    for (let y = b.low; y <= b.high; y++) {
      const real = origin + x * a.slope + y * b.slope + 0.5
      if (Math.abs(real - Math.round(real)) >= critical) continue
      points.push({ a: x, b: y, value: at(x, y) })
    }
  }
  return points
}

/** Factors nearest to the slopes first, then others by distance. */
function fitAt(plane: Plane, points: readonly Point[], shift: number): Line | null {
  const [aBase, bBase] = [plane.a, plane.b].map(({ slope }) => Math.round(slope * 2 ** shift))
  for (let distance = 0; distance <= reach; distance++) {
    for (let i = -distance; i <= distance; i++) {
      for (let j = -distance; j <= distance; j++) {
        if (Math.max(Math.abs(i), Math.abs(j)) !== distance) continue
        const factors = { aFactor: aBase! + i, bFactor: bBase! + j, shift }
        const offset = offsetOf(plane, points, factors)
        if (offset !== null) return { ...factors, offset }
      }
    }
  }
  return null
}

/** The middle of the offsets with which all points come out right, or null. */
function offsetOf(
  { range, origin }: Plane,
  points: readonly Point[],
  { aFactor, bFactor, shift }: Omit<Line, 'offset'>,
): number | null {
  const one = 2 ** shift
  const nearest = (origin + 0.5) * one
  let [least, most] = [Math.ceil(nearest - one * critical), Math.floor(nearest + one * critical)]
  for (const { a, b, value } of points) {
    const sum = a * aFactor + b * bFactor
    if (value > range.min) least = Math.max(least, value * one - sum)
    if (value < range.max) most = Math.min(most, (value + 1) * one - 1 - sum)
    if (least > most) return null
  }
  return Math.floor((least + most) / 2)
}

function fitsInt32({ a, b }: Plane, { aFactor, bFactor, offset }: Line): boolean {
  const largest = (axis: Axis): number => Math.max(-axis.low, axis.high)
  const bound = Math.abs(aFactor) * largest(a) + Math.abs(bFactor) * largest(b) + Math.abs(offset)
  return bound < 2 ** 31
}

/** All points, one by one. */
function equals({ a, b, range, at }: Plane, line: Line): boolean {
  for (let x = a.low; x <= a.high; x++) {
    for (let y = b.low; y <= b.high; y++) {
      const value = (x * line.aFactor + y * line.bFactor + line.offset) >> line.shift
      if (Math.min(Math.max(value, range.min), range.max) !== at(x, y)) return false
    }
  }
  return true
}

/** floor((x * multiplier + 2^30) / 2^31) for |x| < 2^31, 0 <= multiplier < 2^31. */
function doublingHighMul(x: number, multiplier: number): number {
  // In two parts, as the product does not fit a double.
  const high = x * Math.floor(multiplier / 2 ** 15)
  const low = x * (multiplier % 2 ** 15)
  const whole = Math.floor(high / 2 ** 16)
  return whole + Math.floor(((high - whole * 2 ** 16) * 2 ** 15 + low + 2 ** 30) / 2 ** 31)
}

/**
 * x times the factor, rounded twice, as the kernels' multiplyByQuantizedMultiplier does it.
 * |x| * 2^shift < 2^31.
 */
export function rescale(x: number, { multiplier, shift }: QuantizedMultiplier): number {
  const product = doublingHighMul(shift > 0 ? x * 2 ** shift : x, multiplier)
  if (shift > 0) return product
  // Half away from zero.
  const scaled = product / 2 ** -shift
  return product < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5)
}
