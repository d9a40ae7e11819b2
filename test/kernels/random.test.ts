// Random operators against the oracles, in checked JavaScript; the seed is fixed.

import t from 'tap'
import type { Activation } from '../../kernels/attributes.ts'
import { addCase } from '../../kernels/add/cases.ts'
import type { WeightedOptions } from '../../kernels/case-builder.ts'
import { concatenationCase } from '../../kernels/concatenation/cases.ts'
import { conv2dCase } from '../../kernels/conv2d/cases.ts'
import { depthwiseCase } from '../../kernels/depthwise_conv2d/cases.ts'
import { fullyConnectedCase } from '../../kernels/fully_connected/cases.ts'
import { meanCase } from '../../kernels/mean/cases.ts'
import { mulCase } from '../../kernels/mul/cases.ts'
import type { OpCase, OpDefinition } from '../../kernels/op.ts'
import { padCase } from '../../kernels/pad/cases.ts'
import { poolCase } from '../../kernels/pool-cases.ts'
import { opDefinition } from '../../kernels/registry.ts'
import { resizeBilinearCase } from '../../kernels/resize_bilinear/cases.ts'
import { resizeCase } from '../../kernels/resize_nearest_neighbor/cases.ts'
import { softmaxCase } from '../../kernels/softmax/cases.ts'
import { transposeCase } from '../../kernels/transpose/cases.ts'
import { transposeConvCase } from '../../kernels/transpose_conv/cases.ts'
import { evaluate } from '../oracle/index.ts'
import { runCalls, wholeVariants } from './checked-calls.ts'
import { inputBytes, randomNumbers } from './inputs.ts'

// All variants, on a busy machine.
t.setTimeout(600_000)

const random = randomNumbers(2024)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const oneOf = <T>(choices: readonly T[]): T => choices[between(0, choices.length - 1)]!
const chance = (p: number): boolean => random() < p
const anyScale = (): number => 2 ** (random() * 8 - 8)
const zeroPoint = (): number => oneOf([between(-128, 127), -128, 127, 0])
const activation = (): Activation => oneOf(['none', 'relu', 'relu6', 'relu_n1_to_1'])
const shapeOf = (rank: number, most: number): number[] =>
  Array.from({ length: rank }, () => between(1, most))

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map(item => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

function weighted(): WeightedOptions {
  return {
    activation: activation(),
    inputZeroPoint: zeroPoint(),
    outputZeroPoint: zeroPoint(),
    perChannel: chance(0.7),
    bias: oneOf(['random', 'random', 'none', 'large']),
    ...(chance(0.3) ? { factor: 2 ** (random() * 16 - 14), weightRange: between(1, 127) } : {}),
  }
}

/** A window that fits: 'valid' only where the image is large enough. */
function windowed() {
  const size = [between(1, 9), between(1, 9)] as const
  const taps = [between(1, 5), between(1, 5)] as const
  const stride = [between(1, 3), between(1, 3)] as const
  const dilation = chance(0.3) ? ([between(1, 3), between(1, 3)] as const) : ([1, 1] as const)
  const pad = (): number => (chance(0.3) ? between(0, 3) : 0)
  const extraPad = { top: pad(), bottom: pad(), left: pad(), right: pad() }
  const fits =
    (taps[0] - 1) * dilation[0] < size[0] + extraPad.top + extraPad.bottom &&
    (taps[1] - 1) * dilation[1] < size[1] + extraPad.left + extraPad.right
  const padding = fits && chance(0.5) ? 'valid' : 'same'
  return { size, taps, options: { stride, dilation, padding, extraPad } as const }
}

function pooled(kind: 'average_pool2d' | 'max_pool2d', name: string): OpCase {
  const { size, taps, options } = windowed()
  const padding = taps[0] <= size[0] && taps[1] <= size[1] ? options.padding : 'same'
  return poolCase(kind, name, {
    input: [between(1, 2), ...size, between(1, 5)],
    filter: taps,
    stride: options.stride,
    padding,
    activation: activation(),
    zeroPoint: zeroPoint(),
  })
}

/** Two operands of up to 5 dimensions, each broadcast along some, one of lower rank at times. */
function broadcast(): [number[], number[], number[]] {
  const output = shapeOf(between(1, 5), 3)
  const operand = (): number[] => {
    const shape = output.map(extent => (chance(0.3) ? 1 : extent))
    return chance(0.2) ? shape.slice(between(0, shape.length)) : shape
  }
  const [a, b] = [operand(), operand()]
  const aligned = (shape: number[], d: number): number =>
    shape[d - output.length + shape.length] ?? 1
  return [a, b, output.map((_, d) => Math.max(aligned(a, d), aligned(b, d)))]
}

const threeScales = (): [number, number, number] => [anyScale(), anyScale(), anyScale() / 2]
const threeZeroPoints = (): [number, number, number] => [zeroPoint(), zeroPoint(), zeroPoint()]
const elementwise = () => ({
  scales: threeScales(),
  zeroPoints: threeZeroPoints(),
  activation: activation(),
})

const makers: Readonly<Record<string, (name: string) => OpCase>> = {
  conv2d: name => {
    const { size, taps, options } = windowed()
    const groups = oneOf([1, 1, 2, 3])
    const [perGroup, outputs] = [between(1, 5), groups * between(1, 4)]
    return conv2dCase(name, {
      input: [between(1, 2), ...size, groups * perGroup],
      kernel: taps,
      outputs,
      groups,
      ...options,
      ...weighted(),
    })
  },
  'depthwise conv2d': name => {
    const { size, taps, options } = windowed()
    return depthwiseCase(name, {
      input: [between(1, 2), ...size, between(1, 5)],
      kernel: taps,
      multiplier: oneOf([1, 1, 2, 3]),
      ...options,
      ...weighted(),
    })
  },
  'transpose conv': name => {
    const kernel = [between(1, 5), between(1, 5)] as const
    const stride = [between(1, 4), between(1, 4)] as const
    return transposeConvCase(name, {
      input: [between(1, 2), between(1, 5), between(1, 5), between(1, 5)],
      kernel,
      outputs: between(1, 5),
      stride,
      padding: oneOf(['same', 'valid']),
      extra: [between(0, stride[0] - 1), between(0, stride[1] - 1)],
      ...weighted(),
    })
  },
  'fully connected': name => {
    const depth = between(1, 40)
    const input = [between(1, 3), depth]
    return fullyConnectedCase(name, { input, depth, units: between(1, 9), ...weighted() })
  },
  add: name => addCase(name, broadcast(), elementwise()),
  mul: name => mulCase(name, broadcast(), elementwise()),
  'average pool': name => pooled('average_pool2d', name),
  'max pool': name => pooled('max_pool2d', name),
  mean: name => {
    const shape = shapeOf(between(1, 6), 4)
    const axes = shape.map((_, d) => d).filter(() => chance(0.5))
    return meanCase(name, shape, axes.length === 0 ? [0] : shuffled(axes), {
      keepDims: chance(0.5),
      scales: [anyScale(), anyScale()],
      zeroPoints: [zeroPoint(), zeroPoint()],
    })
  },
  pad: name => {
    const shape = shapeOf(between(1, 5), 4)
    const side = (): number => (chance(0.5) ? 0 : between(1, 3))
    return padCase(
      name,
      shape,
      shape.map(() => [side(), side()] as const),
      zeroPoint(),
    )
  },
  concatenation: name => {
    const shape = shapeOf(between(1, 5), 4)
    const axis = between(0, shape.length - 1)
    const parts = Array.from({ length: between(1, 4) }, () => shape.with(axis, between(1, 4)))
    return concatenationCase(name, axis, parts)
  },
  transpose: name => {
    const shape = shapeOf(between(1, 6), 3)
    return transposeCase(name, shape, shuffled(shape.map((_, d) => d)))
  },
  softmax: name =>
    softmaxCase(name, [between(1, 3), between(1, 40)], 2 ** (random() * 16 - 12), {
      beta: oneOf([1, 0.5, 2.3]),
      zeroPoint: zeroPoint(),
    }),
  'resize nearest': name => {
    const [h, w, c] = [between(1, 9), between(1, 9), between(1, 3)]
    const mode = oneOf([{}, { alignCorners: true }, { halfPixelCenters: true }])
    return resizeCase(name, [between(1, 2), h, w, c], [between(1, 20), between(1, 20)], mode)
  },
  'resize bilinear': name => {
    const shape = [between(1, 2), between(1, 9), between(1, 9), between(1, 3)] as const
    const mode = oneOf([{}, { alignCorners: true }, { halfPixelCenters: true }])
    return resizeBilinearCase(name, shape, [between(1, 30), between(1, 30)], mode)
  },
}

for (const [what, make] of Object.entries(makers)) {
  t.test(`${what}: 60 random operators equal the oracle`, async t => {
    const differing: unknown[] = []
    for (let i = 0; i < 60; i++) {
      const { context } = make(`random ${i}`)
      const definition: OpDefinition = opDefinition(context.attributes.kind)
      const problem = definition.problem(context)
      const inputs = inputBytes(context, 'random', i)
      const expected = evaluate(context, inputs)
      for (const { name, lower } of wholeVariants(definition, context)) {
        const actual = problem ?? runCalls(lower(context), context, inputs)
        if (typeof actual === 'string' || Buffer.compare(actual, expected) !== 0) {
          const shapes = context.inputs.map(info => info?.shape)
          differing.push({ name, attributes: context.attributes, shapes, problem })
        }
      }
    }
    t.same(differing, [])
  })
}
