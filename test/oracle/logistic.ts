// Oracle of LOGISTIC: gemmlowp's fixed-point functions in exact integers.

import type { OpContext } from '../../kernels/op.ts'
import { clampTo, divideRounded, doublingHigh, factorOf, rescale, saturate } from './rounding.ts'
import { encode, inputAt, outputInfo, quantOf, type RawInputs } from './tensor.ts'

const one = (1n << 31n) - 1n

/** exp(x) for x in [-1/4, 0), Q31: Taylor around -1/8. */
function expNearZero(x: bigint): bigint {
  const centre = 1895147668n
  const t = x + (1n << 28n)
  const t2 = doublingHigh(t, t)
  const t3 = doublingHigh(t2, t)
  const t4 = doublingHigh(t2, t2)
  const inner = doublingHigh(divideRounded(t4, 4n) + t3, 715827883n) + t2
  return centre + doublingHigh(centre, t + divideRounded(inner, 2n))
}

/** exp(-2^k) in Q31 for k = -2, -1, 0, 1, ... */
const powers = [1672461947n, 1302514674n, 790015084n, 290630308n, 39332535n, 720401n, 242n]

/** exp(x), x <= 0 with `integerBits` integer bits. */
export function expNegative(x: bigint, integerBits: number): bigint {
  if (x === 0n) return one
  const quarter = 1n << BigInt(29 - integerBits)
  // x = small - steps * quarter with small in [-quarter, 0).
  const modulo = ((x % quarter) + quarter) % quarter
  const small = modulo - quarter
  const steps = (small - x) / quarter
  let result = expNearZero(small << BigInt(integerBits))
  powers.slice(0, integerBits + 2).forEach((power, k) => {
    if ((steps >> BigInt(k)) & 1n) result = doublingHigh(result, power)
  })
  return result
}

/** 1 / (1 + x) in Q31 for x in [0, 1). */
export function reciprocalOfOnePlus(x: bigint): bigint {
  const half = divideRounded(x + one, 2n)
  let y = 1515870810n + doublingHigh(half, -1010580540n)
  for (let i = 0; i < 3; i++) {
    y += saturate(doublingHigh(y, (1n << 29n) - doublingHigh(half, y)) * 4n)
  }
  return saturate(y * 2n)
}

export function logisticOracle(context: OpContext<'logistic'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const { scale, zeroPoint } = quantOf(x.info)
  const factor = factorOf(scale * 2 ** 27)
  const radius = Math.floor((15 * 2 ** 27) / 2 ** factor.shift)
  const values = Array.from(x.data, q => {
    const centred = q - zeroPoint
    if (centred <= -radius) return -128
    if (centred >= radius) return 127
    const z = rescale(BigInt(centred), factor)
    const positive = reciprocalOfOnePlus(expNegative(z < 0n ? z : -z, 4))
    const p = z === 0n ? 1n << 30n : z > 0n ? positive : one - positive
    return clampTo(divideRounded(p, 1n << 23n) - 128n, -128, 127)
  })
  return encode(outputInfo(context), values)
}
