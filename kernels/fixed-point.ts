// gemmlowp's fixed-point functions on integers of any size: what runtime/lang/fixed_point.ts computes,
// for tables that are made when a model is compiled.

const ONE = 2n ** 31n - 1n

/** x * y / 2^31, rounded, without saturation: no operands here need it. */
export function doublingHighMul(x: bigint, y: bigint): bigint {
  return (x * y + (1n << 30n)) >> 31n
}

/** x / 2^bits, half away from zero. */
export function roundingShift(x: bigint, bits: bigint): bigint {
  if (bits === 0n) return x
  const half = 1n << (bits - 1n)
  return x < 0n ? -((-x + half) >> bits) : (x + half) >> bits
}

/** exp(a) in Q0 for a in [-1/4, 0) in Q0. */
function expOfSmall(a: bigint): bigint {
  const x = a + (1n << 28n)
  const x2 = doublingHighMul(x, x)
  const x3 = doublingHighMul(x2, x)
  const x4 = doublingHighMul(x2, x2)
  const cubic = doublingHighMul(roundingShift(x4, 2n) + x3, 715827883n)
  const tail = roundingShift(cubic + x2, 1n)
  return 1895147668n + doublingHighMul(1895147668n, x + tail)
}

/** exp of minus 2^-2, 2^-1, 1, 2, 4, 8 and 16 in Q0. */
const powers = [1672461947n, 1302514674n, 790015084n, 290630308n, 39332535n, 720401n, 242n]

/** exp(a) in Q0 for a <= 0 in Q`integerBits`, 1 to 5. (gemmlowp exp_on_negative_values.) */
export function expOnNegativeValues(a: bigint, integerBits: number): bigint {
  if (a === 0n) return ONE
  const quarter = 1n << BigInt(29 - integerBits)
  const small = (a & (quarter - 1n)) - quarter
  const rest = small - a
  return powers
    .slice(0, integerBits + 2)
    .reduce(
      (product, power, i) =>
        (rest & (quarter << BigInt(i))) === 0n ? product : doublingHighMul(product, power),
      expOfSmall(small << BigInt(integerBits)),
    )
}

function saturated(x: bigint): bigint {
  return x > ONE ? ONE : x < -ONE - 1n ? -ONE - 1n : x
}

/** 1 / (1 + x) in Q0 for x in [0, 1] in Q0. (gemmlowp one_over_one_plus_x_for_x_in_0_1.) */
export function oneOverOnePlusX(x: bigint): bigint {
  const half = (x + (1n << 31n)) >> 1n
  let estimate = 1515870810n + doublingHighMul(half, -1010580540n)
  for (let step = 0; step < 3; step++) {
    const error = (1n << 29n) - doublingHighMul(half, estimate)
    estimate += saturated(doublingHighMul(estimate, error) << 2n)
  }
  return saturated(estimate << 1n)
}

/** 1 / (1 + exp(-z)) in Q0 for z in Q`integerBits`. (gemmlowp logistic.) */
export function logisticOf(z: bigint, integerBits: number): bigint {
  if (z === 0n) return 1n << 30n
  const positive = oneOverOnePlusX(expOnNegativeValues(z > 0n ? -z : z, integerBits))
  return z > 0n ? positive : ONE - positive
}
