// Functions of the kernel subset beside the kernels: rounding, fixed point, windows, rings.

import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { checkedJsOf } from '../../compiler/package/program.ts'
import { loadChecked } from '../../runtime/hosts/checked/load.ts'
import { readSource } from '../kernels/checked-calls.ts'
import { randomNumbers } from '../kernels/inputs.ts'
import { expNegative, reciprocalOfOnePlus } from '../oracle/logistic.ts'
import { divideRounded, doublingHigh, rescale } from '../oracle/rounding.ts'

type I32Function = (...args: readonly number[]) => number

const files: Readonly<Record<string, readonly string[]>> = {
  'runtime/lang/math.ts': ['min', 'max', 'clamp', 'countLeadingZeros'],
  'runtime/lang/window.ts': ['firstTap', 'endTap', 'ringNext'],
  'runtime/lang/requantize.ts': [
    'saturatingRoundingDoublingHighMul',
    'roundingDivideByPowerOfTwo',
    'multiplyByQuantizedMultiplier',
    'requantize',
  ],
  'runtime/lang/fixed_point.ts': ['expOnNegativeValues', 'oneOverOnePlusX', 'logisticOf'],
}

function load(): ReadonlyMap<string, I32Function> {
  const bag = new DiagnosticBag()
  const program = new KernelProgram(readSource, bag)
  const signatures = Object.entries(files).flatMap(([path, names]) =>
    names.map(name => [name, program.entry(path, name)?.name ?? ''] as const),
  )
  const module = program.module('lang')
  if (bag.hasErrors) throw new Error(formatDiagnostics(bag.errors))
  const functions = loadChecked(checkedJsOf(module, readSource), 'lang')
  return new Map(
    signatures.map(([name, symbol]) => [name, functions.get(symbol) as unknown as I32Function]),
  )
}

const functions = load()
const call = (name: string, ...args: readonly number[]): number => functions.get(name)!(...args)

const random = randomNumbers(11)
const edges = [0, 1, -1, 2, -2, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 2]
/** Integers of every magnitude. */
const anyI32 = (): number => Math.trunc((random() * 2 - 1) * 2 ** (random() * 31)) | 0
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))

/** Arguments for which `f` and `expected` differ. */
function differing(
  name: string,
  cases: readonly (readonly number[])[],
  expected: (...args: readonly number[]) => number | bigint,
): unknown[] {
  return cases.filter(args => BigInt(call(name, ...args)) !== BigInt(expected(...args)))
}

const pairs = edges
  .flatMap(a => edges.map(b => [a, b]))
  .concat(Array.from({ length: 10000 }, () => [anyI32(), anyI32()]))

t.test('doubling high product and rounding division are exact', async t => {
  t.same(
    differing('saturatingRoundingDoublingHighMul', pairs, (a = 0, b = 0) =>
      doublingHigh(BigInt(a), BigInt(b)),
    ),
    [],
  )
  const shifts = edges
    .flatMap(x => Array.from({ length: 32 }, (_, n) => [x, n]))
    .concat(Array.from({ length: 10000 }, () => [anyI32(), between(0, 31)]))
  t.same(
    differing('roundingDivideByPowerOfTwo', shifts, (x = 0, n = 0) =>
      divideRounded(BigInt(x), 1n << BigInt(n)),
    ),
    [],
  )
})

t.test('requantisation equals exact arithmetic, and wraps where TFLite wraps', async t => {
  const cases = Array.from({ length: 20000 }, () => [
    anyI32(),
    between(2 ** 30, 2 ** 31 - 1),
    between(-31, 30),
  ])
  const exact = (x: number, multiplier: number, shift: number): bigint =>
    rescale(BigInt(x), { multiplier: BigInt(multiplier), shift })
  t.same(
    differing('multiplyByQuantizedMultiplier', cases, (x = 0, m = 0, s = 0) => exact(x, m, s)),
    [],
  )
  const clamped = cases.map(args => [...args, between(-128, 127), -128, between(-20, 127)])
  t.same(
    differing('requantize', clamped, (x = 0, m = 0, s = 0, zeroPoint = 0, low = 0, high = 0) => {
      const moved = Number(BigInt.asIntN(32, exact(x, m, s) + BigInt(zeroPoint)))
      return Math.min(Math.max(moved, low), high)
    }),
    [],
  )
})

t.test('the exponential is that of gemmlowp, and near the real one', async t => {
  const cases = [1, 2, 3, 4, 5].flatMap(bits =>
    [0, -1, -2, -(2 ** 31), -(2 ** 31) + 1, -(2 ** (29 - bits))]
      .concat(Array.from({ length: 3000 }, () => -Math.abs(anyI32())))
      .map(a => [a, bits]),
  )
  t.same(
    differing('expOnNegativeValues', cases, (a = 0, bits = 0) => expNegative(BigInt(a), bits)),
    [],
  )
  // The polynomial of degree 4 leaves out (1/8)^5 / 120.
  const far = cases.filter(([a = 0, bits = 0]) => {
    const real = Math.exp(a / 2 ** (31 - bits))
    return Math.abs(call('expOnNegativeValues', a, bits) / 2 ** 31 - real) > 3e-7
  })
  t.same(far, [])
})

t.test('reciprocal and logistic are those of gemmlowp, and near the real ones', async t => {
  const fractions = [0, 1, 2 ** 31 - 1].concat(
    Array.from({ length: 5000 }, () => between(0, 2 ** 31 - 1)),
  )
  const cases = fractions.map(x => [x])
  t.same(
    differing('oneOverOnePlusX', cases, (x = 0) => reciprocalOfOnePlus(BigInt(x))),
    [],
  )
  const far = fractions.filter(
    x => Math.abs(call('oneOverOnePlusX', x) / 2 ** 31 - 1 / (1 + x / 2 ** 31)) > 1e-8,
  )
  t.same(far, [])
  const arguments4 = edges.filter(z => z > -(2 ** 31)).concat(Array.from({ length: 5000 }, anyI32))
  const farLogistic = arguments4.filter(z => {
    const real = 1 / (1 + Math.exp(-z / 2 ** 27))
    return Math.abs(call('logisticOf', z, 4) / 2 ** 31 - real) > 3e-7
  })
  t.same(farLogistic, [])
})

t.test('small functions', async t => {
  const positive = edges.concat(Array.from({ length: 2000 }, anyI32)).filter(x => x >= 0)
  t.same(
    differing(
      'countLeadingZeros',
      positive.map(x => [x]),
      (x = 0) => Math.clz32(x),
    ),
    [],
  )
  t.same(
    differing('min', pairs, (a = 0, b = 0) => Math.min(a, b)),
    [],
  )
  t.same(
    differing('max', pairs, (a = 0, b = 0) => Math.max(a, b)),
    [],
  )
  t.same(
    [-5, 0, 9].map(x => call('clamp', x, -2, 3)),
    [-2, 0, 3],
  )
})

t.test('a window keeps exactly the taps inside the image', async t => {
  const wrong: unknown[] = []
  for (let origin = -9; origin < 9; origin++) {
    for (const dilation of [1, 2, 3]) {
      for (const taps of [1, 2, 5]) {
        for (const size of [1, 4, 6]) {
          const first = call('firstTap', origin, dilation)
          const end = call('endTap', origin, dilation, taps, size)
          const kept = Array.from({ length: taps }, (_, k) => k).filter(k => k >= first && k < end)
          const inside = Array.from({ length: taps }, (_, k) => k).filter(
            k => origin + k * dilation >= 0 && origin + k * dilation < size,
          )
          if (kept.join() !== inside.join()) wrong.push({ origin, dilation, taps, size })
        }
      }
    }
  }
  t.same(wrong, [])
})

t.test('a ring goes round', async t => {
  const wrong: unknown[] = []
  for (let ring = 1; ring < 8; ring++) {
    for (let slot = 0; slot < ring; slot++) {
      for (let step = 0; step < ring; step++) {
        if (call('ringNext', slot, step, ring) !== (slot + step) % ring) {
          wrong.push({ ring, slot, step })
        }
      }
    }
  }
  t.same(wrong, [])
})
