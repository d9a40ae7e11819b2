// The integer arithmetic of quantised operators in exact numbers, straight from its definitions.

export interface Factor {
  /** Q31. */
  readonly multiplier: bigint
  /** Positive to the left. */
  readonly shift: number
}

/** A finite double as significand * 2^exponent, exactly. */
function decompose(real: number): { significand: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, real)
  const bits = view.getBigUint64(0)
  const field = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & ((1n << 52n) - 1n)
  const magnitude = field === 0 ? fraction : fraction | (1n << 52n)
  return {
    significand: bits >> 63n ? -magnitude : magnitude,
    exponent: Math.max(field, 1) - 1075,
  }
}

/** a / b to the nearest integer, ties away from zero; b > 0. */
export function divideRounded(a: bigint, b: bigint): bigint {
  const magnitude = ((a < 0n ? -a : a) * 2n + b) / (2n * b)
  return a < 0n ? -magnitude : magnitude
}

/** real = multiplier / 2^31 * 2^shift with |multiplier| in [2^30, 2^31); 0 when shift would be below -31. */
export function factorOf(real: number): Factor {
  if (real === 0) return { multiplier: 0n, shift: 0 }
  const { significand, exponent } = decompose(real)
  const length = (significand < 0n ? -significand : significand).toString(2).length
  const shift = length + exponent
  const multiplier =
    length > 31
      ? divideRounded(significand, 1n << BigInt(length - 31))
      : significand << BigInt(31 - length)
  const carried = multiplier === 1n << 31n
  const finalShift = carried ? shift + 1 : shift
  if (finalShift < -31) return { multiplier: 0n, shift: 0 }
  return { multiplier: carried ? 1n << 30n : multiplier, shift: finalShift }
}

/** Half of the product's high word: floor(a * b / 2^31 + 1/2), saturated. */
export function doublingHigh(a: bigint, b: bigint): bigint {
  return saturate((a * b + (1n << 30n)) >> 31n)
}

export function saturate(x: bigint): bigint {
  const limit = (1n << 31n) - 1n
  return x > limit ? limit : x < -limit - 1n ? -limit - 1n : x
}

/** First the doubling high product, then a division that rounds ties away from zero. */
export function rescale(x: bigint, { multiplier, shift }: Factor): bigint {
  const left = BigInt.asIntN(32, x << BigInt(Math.max(shift, 0)))
  return divideRounded(doublingHigh(left, multiplier), 1n << BigInt(Math.max(-shift, 0)))
}

export function clampTo(x: bigint, low: number, high: number): number {
  return Number(x < BigInt(low) ? BigInt(low) : x > BigInt(high) ? BigInt(high) : x)
}

/** Bounds of a fused activation; float32 quotient, nearest, ties away from zero. */
export function boundsOf(
  activation: 'none' | 'relu' | 'relu_n1_to_1' | 'relu6',
  scale: number,
  zeroPoint: number,
): readonly [low: number, high: number] {
  const at = (real: number): number => {
    const steps = Math.fround(real / scale)
    return zeroPoint + Math.sign(steps) * Math.round(Math.abs(steps))
  }
  const lows = { none: -128, relu: at(0), relu6: at(0), relu_n1_to_1: at(-1) }
  const highs = { none: 127, relu: 127, relu6: at(6), relu_n1_to_1: at(1) }
  return [Math.max(-128, lows[activation]), Math.min(127, highs[activation])]
}
