// Fast kernels whose operands have few values, on all of those: as the oracles have it.

import t from 'tap'
import { addCase } from '../../kernels/add/cases.ts'
import { lineOf } from '../../kernels/add/op.ts'
import { activationTensor } from '../../kernels/case-builder.ts'
import type { OpContext, OpDefinition, TensorInfo } from '../../kernels/op.ts'
import { poolCase } from '../../kernels/pool-cases.ts'
import { opDefinition } from '../../kernels/registry.ts'
import { softmaxCase } from '../../kernels/softmax/cases.ts'
import { evaluate } from '../oracle/index.ts'
import { runCalls, wholeVariants } from './checked-calls.ts'
import { randomNumbers } from './inputs.ts'

t.setTimeout(600_000)

const random = randomNumbers(4)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const zeroPoint = (): number => between(-128, 127)

function variantsOf(context: OpContext): OpDefinition['variants'] {
  const definition: OpDefinition = opDefinition(context.attributes.kind)
  return wholeVariants(definition, context)
}

/** Variants, of those named, that differ from the oracle; all of them must take the operator. */
function differing(
  context: OpContext,
  inputs: readonly Uint8Array[],
  names: readonly string[],
): readonly string[] {
  const variants = variantsOf(context)
  const expected = evaluate(context, inputs)
  return names.filter(name => {
    const variant = variants.find(each => each.name === name)
    if (variant === undefined) return true
    return Buffer.compare(runCalls(variant.lower(context), context, inputs), expected) !== 0
  })
}

const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)

t.test('ADD: all pairs of operands, lines and short forms', async t => {
  const first = Uint8Array.from({ length: 65536 }, (_, i) => i >> 8)
  const second = Uint8Array.from({ length: 65536 }, (_, i) => i)
  const shape = [256, 256]
  let lines = 0
  const fixed = [
    [0.05, 0.05, 0.05],
    [0.25, 0.5, 1],
    [0.25, 1 / 6, 0.5],
    [0.1, 0.1, 0.0125],
  ] as const
  for (let i = 0; i < 16; i++) {
    const output = 2 ** (random() * 4 - 6)
    const ratio = (): number => output * 2 ** (random() * 4 - 2.5)
    const scales = fixed[i] ?? ([ratio(), ratio(), output] as const)
    const zeroPoints = [zeroPoint(), zeroPoint(), zeroPoint()] as const
    const { context } = addCase('', [shape, shape, shape], { scales, zeroPoints })
    const hasLine = lineOf(context) !== null
    if (hasLine) lines++
    const names = hasLine ? ['portable', 'dsp'] : ['dsp']
    t.same(differing(context, [first, second], names), [], `${scales.join()} ${zeroPoints.join()}`)
  }
  t.ok(lines >= 12, `${lines} of 16 are lines`)
})

function byteTensor(dtype: 'int8' | 'uint8', scale: number): TensorInfo {
  const at = zeroPoint()
  return { ...activationTensor([256], scale, dtype === 'int8' ? at : at + 128), dtype }
}

t.test('QUANTIZE of 8 bits: all inputs, lines and tables', async t => {
  let lines = 0
  for (let i = 0; i < 60; i++) {
    const types = [
      ['int8', 'int8'],
      ['uint8', 'int8'],
      ['int8', 'uint8'],
    ] as const
    const [from, to] = types[i % 3]!
    const context: OpContext<'quantize'> = {
      attributes: { kind: 'quantize' },
      inputs: [byteTensor(from, 2 ** (random() * 12 - 6))],
      outputs: [byteTensor(to, 2 ** (random() * 4 - 2))],
    }
    const hasLine = variantsOf(context).some(variant => variant.name === 'portable')
    if (hasLine) lines++
    t.same(differing(context, [bytes], hasLine ? ['portable', 'table'] : ['table']), [], `${i}`)
  }
  t.ok(lines > 10, `${lines} of 60 are lines`)
})

t.test('LOGISTIC and SOFTMAX: all inputs of their tables', async t => {
  for (let i = 0; i < 40; i++) {
    const scale = 2 ** (random() * 16 - 12)
    const logistic: OpContext<'logistic'> = {
      attributes: { kind: 'logistic' },
      inputs: [activationTensor([256], scale, zeroPoint())],
      outputs: [activationTensor([256], 1 / 256, -128)],
    }
    t.same(differing(logistic, [bytes], ['table']), [], `logistic ${scale}`)
    const { context } = softmaxCase('', [1, 256], scale, { beta: i % 2 === 0 ? 1 : 0.7 })
    t.same(differing(context, [bytes], ['table']), [], `softmax ${scale}`)
  }
})

/** Values of `count` pixels, one channel after the other, that add up to the sums. */
function pixelsOf(sums: readonly number[], count: number): Uint8Array {
  const values = new Int8Array(sums.length * count)
  sums.forEach((sum, channel) => {
    const least = Math.floor(sum / count)
    for (let pixel = 0; pixel < count; pixel++) {
      const value = pixel < sum - least * count ? least + 1 : least
      values[pixel * sums.length + channel] = value
    }
  })
  return new Uint8Array(values.buffer)
}

/** Sums about each tie between two averages, and the largest. */
function decidingSums(count: number): readonly number[] {
  const sums = new Set([-128 * count, 127 * count, 0])
  for (let whole = -128; whole < 127; whole++) {
    const tie = Math.floor(count * (whole + 0.5))
    for (const sum of [tie - 1, tie, tie + 1]) {
      if (sum >= -128 * count && sum <= 127 * count) sums.add(sum)
    }
  }
  return [...sums]
}

t.test('AVERAGE_POOL_2D: sums on both sides of every average, and just between two', async t => {
  for (const count of [1, 2, 3, 4, 9, 25, 49, 64, 125, 179, 180, 181, 182, 255, 256]) {
    const sums = decidingSums(count)
    const { context } = poolCase('average_pool2d', '', {
      input: [1, count, 1, sums.length],
      filter: [count, 1],
      padding: 'valid',
    })
    t.same(differing(context, [pixelsOf(sums, count)], ['dsp', 'portable']), [], `of ${count}`)
  }
})
