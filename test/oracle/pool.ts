// Oracles of AVERAGE_POOL_2D, MAX_POOL_2D and SOFTMAX.

import type { OpContext } from '../../kernels/op.ts'
import { expNegative, reciprocalOfOnePlus } from './logistic.ts'
import { boundsOf, clampTo, divideRounded, doublingHigh, factorOf } from './rounding.ts'
import {
  encode,
  inputAt,
  outputInfo,
  positions,
  quantOf,
  valueAt,
  type RawInputs,
} from './tensor.ts'

/** The values under the window of one output position, without the padding. */
function windowValues(
  context: OpContext<'average_pool2d'> | OpContext<'max_pool2d'>,
  inputs: RawInputs,
  [n = 0, oy = 0, ox = 0, c = 0]: readonly number[],
): number[] {
  const a = context.attributes
  const x = inputAt(context, inputs, 0)
  const [, height = 0, width = 0] = x.info.shape
  const origin = (out: number, stride: number, filter: number, size: number): number => {
    if (a.padding === 'valid') return out * stride
    const reach = (Math.ceil(size / stride) - 1) * stride + filter
    return out * stride - Math.floor(Math.max(0, reach - size) / 2)
  }
  const y0 = origin(oy, a.strideH, a.filterH, height)
  const x0 = origin(ox, a.strideW, a.filterW, width)
  return positions([a.filterH, a.filterW])
    .map(([ky = 0, kx = 0]) => [y0 + ky, x0 + kx] as const)
    .filter(([iy, ix]) => iy >= 0 && iy < height && ix >= 0 && ix < width)
    .map(([iy, ix]) => valueAt(x, [n, iy, ix, c]))
}

function pool(
  context: OpContext<'average_pool2d'> | OpContext<'max_pool2d'>,
  inputs: RawInputs,
  reduce: (values: readonly number[]) => bigint,
): Uint8Array {
  const y = outputInfo(context)
  const { scale, zeroPoint } = quantOf(y)
  const [low, high] = boundsOf(context.attributes.activation, scale, zeroPoint)
  const values = positions(y.shape).map(position =>
    clampTo(reduce(windowValues(context, inputs, position)), low, high),
  )
  return encode(y, values)
}

/** The mean of the raw integers, ties away from zero. */
export function averagePoolOracle(
  context: OpContext<'average_pool2d'>,
  inputs: RawInputs,
): Uint8Array {
  return pool(context, inputs, values =>
    divideRounded(BigInt(values.reduce((sum, v) => sum + v, 0)), BigInt(values.length)),
  )
}

export function maxPoolOracle(context: OpContext<'max_pool2d'>, inputs: RawInputs): Uint8Array {
  return pool(context, inputs, values => BigInt(Math.max(...values)))
}

/** Fixed-point softmax: Q5 arguments, sum in Q12, one reciprocal for the row. */
export function softmaxOracle(context: OpContext<'softmax'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const real = context.attributes.beta * quantOf(x.info).scale * 2 ** 26
  const { multiplier, shift } = factorOf(Math.min(real, 2 ** 31 - 1))
  const lowest = -Math.floor((31 * 2 ** 26) / 2 ** shift)
  const depth = x.info.shape.at(-1)!
  const row = (values: readonly number[]): number[] => {
    const largest = Math.max(...values)
    const shares = values.map(v => {
      const difference = v - largest
      if (difference < lowest) return null
      return expNegative(doublingHigh(BigInt(difference) << BigInt(shift), multiplier), 5)
    })
    const sum = shares.reduce<bigint>((s, e) => s + (e === null ? 0n : divideRounded(e, 4096n)), 0n)
    // sum = 2^(bits - 1) * (1 + fraction); 2^19 stands for 1.
    const bits = sum.toString(2).length
    const fraction = (sum << BigInt(32 - bits)) - (1n << 31n)
    const reciprocal = reciprocalOfOnePlus(fraction)
    return shares.map(e =>
      e === null
        ? -128
        : clampTo(
            divideRounded(doublingHigh(reciprocal, e), 1n << BigInt(bits - 20 + 23)) - 128n,
            -128,
            127,
          ),
    )
  }
  const values = Array.from({ length: x.data.length / depth }, (_, r) =>
    row(Array.from({ length: depth }, (_, i) => x.data[r * depth + i]!)),
  )
  return encode(outputInfo(context), values.flat())
}
