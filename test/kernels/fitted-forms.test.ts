// Fitted requantisation, one shift for all channels with factors and addends of its own, equals exact arithmetic.

import t from 'tap'
import { climbs, fittedForm, type FittedChannel } from '../../kernels/fitted-requantization.ts'
import { shortForm, type ShortForm, type SumRange } from '../../kernels/requantization.ts'
import { stairsOf } from '../../kernels/stairs.ts'
import { rescale } from '../oracle/rounding.ts'
import { randomNumbers } from './inputs.ts'
import { loadProbe } from './probe.ts'

const shifts = [10, 13, 7, 16]

/** What kernels compute of z, as `storeFitted2` (kernels/gemm/outputs.kernel.ts) does. */
const probe = `
import { smmla } from '../../runtime/lang/dsp.ts'
import { clampShifted } from '../../runtime/lang/requantize.ts'
import { wrapSub, type i32 } from '../../runtime/lang/types.ts'
${shifts
  .map(
    shift => `
export function fitted${shift}(z: i32, factor: i32, addend: i32, nudge: i32): i32 {
  return clampShifted(smmla(wrapSub(z, nudge & (z >> 31)), factor, addend), ${shift})
}`,
  )
  .join('\n')}
`
const functions = loadProbe(
  'kernels/gemm/probe.kernel.ts',
  probe,
  shifts.map(shift => `fitted${shift}`),
)
const random = randomNumbers(43)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const oneOf = <T>(choices: readonly T[]): T => choices[between(0, choices.length - 1)]!

interface Factor {
  readonly multiplier: number
  readonly shift: number
}

interface Layer {
  readonly multipliers: readonly Factor[]
  readonly ranges: readonly SumRange[]
  readonly outputZeroPoint: number
  readonly activation: { readonly min: number; readonly max: number }
}

function anyLayer(channels: number): Layer {
  const isUnsigned = random() < 0.5
  const outputZeroPoint = isUnsigned ? -128 : oneOf([127, 0, -128, between(-128, 127)])
  const about = between(1, 12)
  const multipliers = Array.from({ length: channels }, () => ({
    multiplier: oneOf([between(2 ** 30, 2 ** 31 - 1), 2 ** 30, 2 ** 31 - 1, 2 ** 30 + 1]),
    shift: -(about + between(0, 3)),
  }))
  const ranges = multipliers.map(({ shift }) => {
    // From a few outputs to many times as many as int8 has.
    const width = 2 ** (-shift + between(1, 10))
    const bounds = [0, 1].map(() => Math.round((random() * 2 - 1) * Math.min(width, 2 ** 22)))
    return { low: Math.min(...bounds), high: Math.max(...bounds) }
  })
  const activation = {
    min: oneOf([-128, -128, outputZeroPoint, between(-128, outputZeroPoint)]),
    max: oneOf([127, 127, between(outputZeroPoint, 127)]),
  }
  return { multipliers, ranges, outputZeroPoint, activation }
}

/** TFLite's output in exact numbers. */
function outputOf({ outputZeroPoint, activation }: Layer, factor: Factor, sum: number): number {
  const exact = rescale(BigInt(sum), { ...factor, multiplier: BigInt(factor.multiplier) })
  return Math.min(activation.max, Math.max(activation.min, Number(exact) + outputZeroPoint))
}

/** Both ends, both sides of every change of the output as bisection finds them, and others. */
function sumsOf(layer: Layer, factor: Factor, { low, high }: SumRange): readonly number[] {
  const sums = [low, high]
  const search = (from: number, to: number): void => {
    if (outputOf(layer, factor, from) === outputOf(layer, factor, to)) return
    if (to - from === 1) sums.push(from, to)
    else {
      const middle = Math.floor((from + to) / 2)
      search(from, middle)
      search(middle, to)
    }
  }
  search(low, high)
  return [...sums, ...Array.from({ length: 12 }, () => between(low, high))]
}

function fittedOutput(
  { factor, bias, nudge }: FittedChannel,
  addend: number,
  shift: number,
  start: number,
): number {
  return functions.get(`fitted${shift}`)!(start + bias, factor, addend, nudge)
}

t.test('layers of random channels', async t => {
  const seen = new Map<string, number>()
  const wrong: unknown[] = []
  for (let i = 0; i < 240; i++) {
    const layer = anyLayer(between(1, 9))
    const form = shortForm(layer, layer.ranges)
    if (form === null) continue
    const [scale, together] = oneOf([
      [256, 4],
      [2, 1],
      [256, 1],
      [1, 1],
    ] as const)
    const fitted = fittedForm(layer, form, layer.ranges, { scale, shifts, together })
    const clamps = form.isClamped === 1 ? ' clamped' : ''
    const name = `${form.isSigned === 1 ? 'signed' : 'unsigned'} ${scale}${clamps}`
    const key = fitted === null ? `${name} null` : name
    seen.set(key, (seen.get(key) ?? 0) + 1)
    if (fitted === null) continue
    layer.multipliers.forEach((factor, at) => {
      const channel = fitted.channels[at]!
      const addend = fitted.addends[Math.floor(at / together)]!
      const isConstant = form.channels[at]!.constantBias !== null
      for (const sum of sumsOf(layer, factor, layer.ranges[at]!)) {
        const expected = outputOf(layer, factor, sum)
        const byte = fittedOutput(channel, addend, fitted.shift, isConstant ? 0 : scale * sum)
        const { min, max } = layer.activation
        const actual = Math.min(max, Math.max(min, byte))
        if (actual !== expected) wrong.push({ layer, at, sum, actual, expected, channel, addend })
      }
      if (form.isSigned === 0 && channel.nudge !== 0) wrong.push({ layer, at, channel })
    })
  }
  t.same(wrong.slice(0, 3), [])
  for (const name of ['signed 256', 'unsigned 256', 'unsigned 2', 'signed 256 clamped'])
    t.ok((seen.get(name) ?? 0) > 8, `${name} is tested ${seen.get(name) ?? 0} times`)
})

/** One channel of a layer with zero point -128 whose lower clamp is there, or with zero point 0. */
function oneChannel(factor: Factor, range: SumRange, isSigned: boolean): [Layer, ShortForm] {
  const outputZeroPoint = isSigned ? 0 : -128
  const activation = { min: -128, max: 127 }
  const layer = { multipliers: [factor], ranges: [range], outputZeroPoint, activation }
  return [layer, shortForm(layer, [range])!]
}

t.test(
  'a form is verified: whatever is changed in it is found out, or does not matter',
  async t => {
    const counts = { same: 0, different: 0 }
    for (let i = 0; i < 400; i++) {
      const isSigned = i % 2 === 1
      const factor = { multiplier: between(2 ** 30, 2 ** 31 - 1), shift: -between(1, 5) }
      const range = { low: -between(0, 400), high: between(30, 3000) }
      const [layer, form] = oneChannel(factor, range, isSigned)
      const fitting = { scale: 256, shifts: [7], together: 1 }
      const fitted = fittedForm(layer, form, layer.ranges, fitting)
      const stairs = stairsOf(form.channels[0]!, range, layer)
      if (fitted === null || stairs === null || stairs.constant !== null) continue
      const far = oneOf([0, 1, 1, 2, 8, 64])
      const [own] = fitted.channels as [FittedChannel]
      const planted = oneOf([
        { ...own, factor: own.factor + oneOf([-1, 1]) * far * 2 ** between(0, 20) },
        { ...own, bias: own.bias + oneOf([-1, 1]) * far },
        { ...own, nudge: isSigned ? Math.max(0, own.nudge + oneOf([-1, 1]) * far) : 0 },
      ])
      const addend = fitted.addends[0]!
      let isSame = true
      for (let sum = range.low; sum <= range.high; sum++) {
        const actual = fittedOutput(planted, addend, 7, 256 * sum)
        if (actual !== outputOf(layer, factor, sum)) isSame = false
      }
      counts[isSame ? 'same' : 'different']++
      const found = climbs(stairs, planted, addend - layer.outputZeroPoint * 2 ** 7, 256, 7)
      if (found !== isSame) t.same({ found, planted, factor, range, isSigned }, { found: isSame })
    }
    t.ok(counts.same > 20 && counts.different > 20, JSON.stringify(counts))
  },
)

t.test('channels with but one output, and layers that no shift suits', async t => {
  const factor = { multiplier: 1_500_000_000, shift: -6 }
  for (const output of [-128, -127, 0, 127]) {
    const sum = Math.round(((output + 128) * 2 ** 37) / factor.multiplier)
    const [layer, form] = oneChannel(factor, { low: sum, high: sum }, false)
    const fitted = fittedForm(layer, form, layer.ranges, { scale: 256, shifts, together: 4 })!
    t.equal(fittedOutput(fitted.channels[0]!, fitted.addends[0]!, fitted.shift, 0), output)
  }
  const fit = (range: SumRange, own: Factor, scale: number, shift: number): unknown => {
    const [layer, form] = oneChannel(own, range, false)
    return fittedForm(layer, form, layer.ranges, { scale, shifts: [shift], together: 1 })
  }
  t.not(fit({ low: 0, high: 9000 }, factor, 256, 10), null)
  t.equal(fit({ low: 0, high: 9000 }, factor, 256, 16), null, 'factors of 2^31 and more')
  t.equal(fit({ low: 0, high: 2 ** 24 }, factor, 256, 10), null, 'sums of 2^31 and more')
  const coarse = { multiplier: 1_500_000_001, shift: -20 }
  t.equal(fit({ low: 0, high: 2 ** 28 }, coarse, 2, 7), null, 'too few digits for 255 steps')
})
