// Requantisation in a few instructions of the DSP extension equals exact arithmetic.

import t from 'tap'
import { shortForm } from '../../kernels/requantization.ts'
import { rescale } from '../oracle/rounding.ts'
import { randomNumbers } from './inputs.ts'
import { loadProbe } from './probe.ts'

const path = 'kernels/gemm/probe.kernel.ts'
const flags = [0, 1] as const

/** A scalar function for each static form. */
const probe = `
import { requantizeDoubled } from '../../runtime/lang/requantize.ts'
import type { i32 } from '../../runtime/lang/types.ts'
${flags
  .flatMap(isSigned =>
    flags.map(
      isClamped => `
export function own${isSigned}${isClamped}(sum: i32, factor: i32, shift: i32, rounding: i32, low: i32, high: i32): i32 {
  return requantizeDoubled(sum, factor, shift, rounding, low, high, ${isSigned}, ${isClamped})
}`,
    ),
  )
  .join('\n')}
`

const functions = loadProbe(
  path,
  probe,
  flags.flatMap(isSigned => flags.map(isClamped => `own${isSigned}${isClamped}`)),
)
const random = randomNumbers(41)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const oneOf = (choices: readonly number[]): number => choices[between(0, choices.length - 1)]!

interface Channel {
  readonly multiplier: number
  readonly shift: number
  readonly low: number
  readonly high: number
}

/** Sums between bounds that may lie on one side of 0, as biases make them. */
function anyChannel(shift: number): Channel {
  const multiplier = oneOf([between(2 ** 30, 2 ** 31 - 1), 2 ** 30, 2 ** 31 - 1])
  const bounds = [0, 1].map(() => Math.round(oneOf([-1, 1]) * 2 ** (random() * 29)))
  return { multiplier, shift: -shift, low: Math.min(...bounds), high: Math.max(...bounds) }
}

/** Both ends, the neighbours of ties, and others, as far as they are among a channel's sums. */
function sums({ multiplier, shift, low, high }: Channel): readonly number[] {
  const step = 2 ** (31 - shift) / multiplier
  const ties = Array.from({ length: 12 }, () => Math.round((between(-130, 130) + 0.5) * step))
  const around = [...ties, 0, low, high].flatMap(x => [-2, -1, 0, 1, 2].map(d => x + d))
  const others = Array.from({ length: 12 }, () => between(low, high))
  return [...around, ...others].filter(x => x >= low && x <= high)
}

t.test('channels with shifts of their own', async t => {
  const seen = new Map<string, number>()
  const wrong: unknown[] = []
  for (let i = 0; i < 6000; i++) {
    const zeroPoint = oneOf([-128, 127, 0, between(-128, 127)])
    const activation = {
      min: oneOf([-128, zeroPoint, zeroPoint, between(-128, zeroPoint)]),
      max: oneOf([127, between(zeroPoint, 127)]),
    }
    const about = between(1, 18)
    const channels = Array.from({ length: between(1, 5) }, () => anyChannel(about + between(0, 4)))
    const c = { multipliers: channels, outputZeroPoint: zeroPoint, activation }
    const form = shortForm(c, channels)
    if (form === null) continue
    const own = `own${form.isSigned}${form.isClamped}`
    seen.set(own, (seen.get(own) ?? 0) + 1)
    channels.forEach((channel, at) => {
      const short = form.channels[at]!
      const clamp = (x: number): number => Math.min(activation.max, Math.max(activation.min, x))
      for (const sum of sums(channel)) {
        const factor = { multiplier: BigInt(channel.multiplier), shift: channel.shift }
        const expected = clamp(Number(rescale(BigInt(sum), factor)) + zeroPoint)
        const { multiplier, shift, constantBias } = short
        const doubled = 2 * (constantBias ?? sum)
        const actual = functions.get(own)!(
          doubled,
          multiplier,
          shift - 1,
          2 * zeroPoint + 1,
          activation.min,
          activation.max,
        )
        if (actual !== expected)
          wrong.push({ channel, zeroPoint, activation, sum, actual, expected })
      }
    })
  }
  t.same(wrong.slice(0, 5), [])
  for (const name of ['own00', 'own01', 'own10', 'own11'])
    t.ok((seen.get(name) ?? 0) > 40, `${name} is tested ${seen.get(name) ?? 0} times`)
})
