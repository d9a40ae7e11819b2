// Requantisation without 64-bit products, in halves and thirds, equals exact arithmetic.

import t from 'tap'
import { portableForms } from '../../kernels/pairs/forms.ts'
import { rescale } from '../oracle/rounding.ts'
import { randomNumbers } from './inputs.ts'
import { loadProbe } from './probe.ts'

const path = 'kernels/pairs/probe.kernel.ts'
const shortForms = [1, 2] as const
const signs = [0, 1] as const

/** A scalar function for each pair of forms: no pointers to make for them. */
const probe = `
import { localArray, type i32 } from '../../runtime/lang/types.ts'
import { requantizePortable } from './requantize.kernel.ts'
${shortForms
  .flatMap(form =>
    signs.map(
      isSigned => `
export function probe${form}${isSigned}(acc: i32, a: i32, b: i32, c: i32, d: i32, e: i32, low: i32, high: i32): i32 {
  const q = localArray<i32>(5)
  q[0] = a
  q[1] = b
  q[2] = c
  q[3] = d
  q[4] = e
  return requantizePortable(acc, q, low, high, ${form}, ${isSigned}, 1)
}`,
    ),
  )
  .join('\n')}
`

const functions = loadProbe(
  path,
  probe,
  shortForms.flatMap(form => signs.map(isSigned => `probe${form}${isSigned}`)),
)
const random = randomNumbers(23)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const oneOf = (choices: readonly number[]): number => choices[between(0, choices.length - 1)]!

interface Rescaling {
  readonly multiplier: number
  readonly shift: number
  readonly zeroPoint: number
  readonly bound: number
  readonly low: number
  readonly high: number
}

function anyRescaling(): Rescaling {
  const size = between(2 ** 30, 2 ** 31 - 1)
  const multiplier = oneOf([size, size, size, -size, 2 ** 30, 2 ** 30 + 1, 2 ** 31 - 1, -(2 ** 30)])
  const zeroPoint = oneOf([-128, 127, 0, between(-128, 127)])
  return {
    multiplier,
    shift: -between(1, 22),
    zeroPoint,
    bound: Math.floor(2 ** (random() * 29)),
    low: oneOf([-128, zeroPoint, between(-128, zeroPoint)]),
    high: oneOf([127, between(zeroPoint, 127)]),
  }
}

/** Both ends, the middle, the neighbours of ties, and others. */
function sums({ multiplier, shift, bound }: Rescaling): readonly number[] {
  const step = 2 ** (31 - shift) / multiplier
  const ties = Array.from({ length: 12 }, () => Math.round((between(-130, 130) + 0.5) * step))
  const around = [...ties, 0, bound - 1, 1 - bound].flatMap(x => [-2, -1, 0, 1, 2].map(d => x + d))
  const others = Array.from({ length: 12 }, () => between(-bound, bound))
  return [...around, ...others].filter(x => Math.abs(x) <= bound)
}

t.test('sums of every size, with multipliers of both signs', async t => {
  const seen = new Map<string, number>()
  const wrong: unknown[] = []
  for (let i = 0; i < 4000; i++) {
    const r = anyRescaling()
    const { multiplier, shift, zeroPoint, low, high } = r
    // No weights: the bias alone is the bound.
    const product = { channels: 1, depth: 1, inputZeroPoint: 0 }
    const { channels, form, isSigned } = portableForms(
      { ...product, weights: new Int8Array(1), bias: Int32Array.of(r.bound) },
      {
        multipliers: [{ multiplier, shift }],
        outputZeroPoint: zeroPoint,
        activation: { min: low, max: high },
      },
    )
    const { constants, isConstant } = channels[0]!
    const name = `probe${form}${isSigned}`
    seen.set(name, (seen.get(name) ?? 0) + 1)
    if (form === 0) continue
    for (const sum of sums(r)) {
      const exact = rescale(BigInt(sum), { multiplier: BigInt(multiplier), shift })
      const expected = Math.min(high, Math.max(low, Number(exact) + zeroPoint))
      const actual = functions.get(name)!(isConstant ? 0 : sum, ...constants, low, high)
      if (actual !== expected) wrong.push({ ...r, sum, actual, expected, name })
    }
  }
  t.same(wrong.slice(0, 5), [])
  for (const name of functions.keys()) t.ok((seen.get(name) ?? 0) > 100, `${name} is tested`)
})
