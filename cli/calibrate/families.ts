// The families of samples: for each operator, shapes drawn at random.

import { addCase } from '../../kernels/add/cases.ts'
import { conv2dCase } from '../../kernels/conv2d/cases.ts'
import { depthwiseCase } from '../../kernels/depthwise_conv2d/cases.ts'
import { fullyConnectedCase } from '../../kernels/fully_connected/cases.ts'
import { meanCase } from '../../kernels/mean/cases.ts'
import type { OpCase } from '../../kernels/op.ts'
import { poolCase } from '../../kernels/pool-cases.ts'
import { softmaxCase } from '../../kernels/softmax/cases.ts'
import { ends, heightWithin, paddings, type Choices, type Family } from './space.ts'

type Size = readonly [number, number]

function pointwise(choose: Choices, name: string): OpCase {
  const [channels, outputs] = [choose.channels(1, 480), choose.channels(1, 320)]
  const width = choose.spread(1, 96)
  const height = heightWithin(
    choose.spread(1, 24),
    width * channels * outputs,
    width * Math.max(channels, outputs),
  )
  const stride: Size = choose.chance(0.1) ? [2, 2] : [1, 1]
  const spec = { input: [1, height, width, channels], kernel: [1, 1], outputs, stride } as const
  return conv2dCase(name, { ...spec, ...ends(choose) })
}

function windows(choose: Choices, name: string): OpCase {
  const side = choose.of([3, 3, 3, 5, 7, 2])
  const kernel: Size = choose.chance(0.8)
    ? [side, side]
    : [choose.between(1, 10), choose.between(2, 7)]
  const [channels, outputs] = [choose.channels(1, 64), choose.channels(4, 64)]
  return convolution(choose, name, kernel, channels, outputs)
}

/** First layers: few channels in, strided. */
function stems(choose: Choices, name: string): OpCase {
  const side = choose.of([3, 3, 3, 5, 7])
  return convolution(
    choose,
    name,
    [side, side],
    choose.of([1, 2, 3, 3, 3, 4]),
    choose.channels(4, 48),
  )
}

function convolution(
  choose: Choices,
  name: string,
  kernel: Size,
  channels: number,
  outputs: number,
): OpCase {
  const stride = choose.of<Size>([
    [1, 1],
    [2, 2],
  ])
  const width = Math.max(choose.spread(4, 96), kernel[1])
  const rowMacs = ((width / stride[1]) * kernel[0] * kernel[1] * channels * outputs) / stride[0]
  const wanted = choose.spread(2, 48)
  const height = Math.max(
    heightWithin(wanted, rowMacs, width * Math.max(channels, outputs / 4)),
    kernel[0],
  )
  const spec = { input: [1, height, width, channels], kernel, outputs, stride } as const
  return conv2dCase(name, { ...spec, padding: choose.of(paddings), ...ends(choose) })
}

function depthwise(kernel: (choose: Choices) => Size, strides: readonly Size[]) {
  return (choose: Choices, name: string): OpCase => {
    const size = kernel(choose)
    const channels = choose.channels(1, 480)
    const multiplier = channels <= 8 && choose.chance(0.1) ? choose.of([2, 8]) : 1
    const width = choose.spread(1, 96)
    const rowMacs = width * size[0] * size[1] * channels * multiplier
    const height = heightWithin(choose.spread(1, 48), rowMacs, width * channels * multiplier)
    const input = [1, height, width, channels] as const
    const spec = { input, kernel: size, multiplier, stride: choose.of(strides) }
    return depthwiseCase(name, { ...spec, ...ends(choose) })
  }
}

const squares = (side: number) => (): Size => [side, side]
const anySize = (choose: Choices): Size => [choose.between(1, 11), choose.between(1, 9)]

function pool(kind: 'average_pool2d' | 'max_pool2d') {
  return (choose: Choices, name: string): OpCase => {
    const [width, channels] = [choose.spread(1, 40), choose.channels(1, 320)]
    const height = heightWithin(choose.spread(1, 40), 1, width * channels)
    const input = [1, height, width, channels] as const
    const { activation } = ends(choose)
    if (choose.chance(0.5))
      return poolCase(kind, name, { input, filter: [height, width], padding: 'valid', activation })
    const side = choose.of([2, 2, 3])
    const stride = choose.of<Size>([
      [1, 1],
      [2, 2],
    ])
    return poolCase(kind, name, { input, filter: [side, side], stride, activation })
  }
}

/** Depthwise kernels are instances of their own by window and stride: enough samples of each. */
const depthwiseFamilies: readonly Family[] = [3, 5, 7].flatMap(side =>
  [1, 2].map((stride): Family => {
    const make = depthwise(squares(side), [[stride, stride]])
    return { kind: 'depthwise_conv2d', weight: 2, make }
  }),
)

export const families: readonly Family[] = [
  { kind: 'conv2d', variants: ['pointwise', 'portable'], weight: 3, make: pointwise },
  { kind: 'conv2d', variants: ['im2col', 'lines', 'portable'], weight: 1.5, make: windows },
  { kind: 'conv2d', variants: ['im2col', 'lines', 'portable'], weight: 2, make: stems },
  ...depthwiseFamilies,
  {
    kind: 'depthwise_conv2d',
    weight: 1,
    make: depthwise(anySize, [
      [1, 1],
      [2, 2],
      [1, 2],
      [2, 1],
      [3, 1],
    ]),
  },
  {
    kind: 'fully_connected',
    weight: 0.7,
    make: (choose, name) => {
      const [depth, units] = [choose.channels(1, 800), choose.channels(1, 256)]
      const vectors = choose.of([1, 1, 1, 2, 3])
      return fullyConnectedCase(name, { input: [vectors, depth], depth, units, ...ends(choose) })
    },
  },
  { kind: 'average_pool2d', weight: 1, make: pool('average_pool2d') },
  { kind: 'max_pool2d', weight: 0.7, make: pool('max_pool2d') },
  {
    kind: 'mean',
    weight: 0.7,
    make: (choose, name) => {
      const [width, channels] = [choose.spread(1, 20), choose.channels(1, 480)]
      const height = heightWithin(choose.spread(1, 20), 1, width * channels)
      return meanCase(name, [1, height, width, channels], [1, 2], { keepDims: choose.chance(0.5) })
    },
  },
  {
    kind: 'add',
    weight: 0.7,
    make: (choose, name) => {
      const [width, channels] = [choose.spread(1, 64), choose.channels(1, 160)]
      const height = heightWithin(choose.spread(1, 40), 1, width * channels)
      const shape = [1, height, width, channels]
      return addCase(name, [shape, shape, shape], { activation: ends(choose).activation })
    },
  },
  {
    kind: 'softmax',
    weight: 0.3,
    make: (choose, name) =>
      softmaxCase(name, [1, choose.spread(2, 1000)], 0.05 + 0.01 * choose.between(0, 15)),
  },
]
