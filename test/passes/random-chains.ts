// Random chains of convolutions, many of whose channels have one value, with all that may stand in the way.

import { GraphBuilder, type ConvOptions, type Quant } from '../../compiler/graph/build.ts'
import { tensorOf, type Graph, type TensorId } from '../../compiler/graph/graph.ts'
import type { Random } from '../fuzz/random.ts'

/** What a tensor is used for besides the next convolution, and what lies between. */
const turns = [
  'none',
  'none',
  'none',
  'pad',
  'padv2',
  'output',
  'add',
  'pool',
  'concat',
  'twin',
] as const

/** Two to five convolutions of 6 to 16 channels, dense, depthwise or grouped. */
export function randomChain(random: Random): Graph {
  const b = new GraphBuilder('chain')
  let quant: Quant = randomQuant(random)
  let x = b.input([random.int(1, 2), random.int(3, 7), random.int(3, 7), random.int(1, 5)], quant)
  const shapeOf = (id: TensorId): readonly number[] => tensorOf(b.graph(), id).shape
  const steps = random.int(2, 5)
  for (let step = 0; step < steps; step++) {
    const output = randomQuant(random)
    const channels = shapeOf(x)[3]!
    const kind = random.pick(['dense', 'dense', 'depthwise', 'depthwise', 'grouped'])
    if (kind === 'depthwise') {
      const multiplier = random.pick([1, 1, 1, 2])
      x = b.depthwiseConv2d(x, options(random, shapeOf(x), channels * multiplier, 3, quant, output))
    } else {
      const groups = kind === 'grouped' && channels % 2 === 0 ? 2 : 1
      const count = groups * random.int(Math.ceil(6 / groups), Math.floor(16 / groups))
      const shape = [...shapeOf(x).slice(0, 3), channels / groups]
      x = b.conv2d(x, options(random, shape, count, 0, quant, output))
    }
    quant = output
    x = turned(b, x, quant, random, step === steps - 1)
  }
  b.output(x)
  return b.graph()
}

function turned(
  b: GraphBuilder,
  x: TensorId,
  quant: Quant,
  random: Random,
  isLast: boolean,
): TensorId {
  const pads = [
    [0, 0],
    [random.int(0, 2), random.int(0, 2)],
    [random.int(0, 2), random.int(0, 2)],
    [0, 0],
  ] as const
  switch (isLast ? 'none' : random.pick(turns)) {
    case 'none':
      return x
    case 'pad':
      return b.pad(x, pads)
    case 'padv2':
      return b.padv2(x, pads, random.chance(0.5) ? Number(quant.zeroPoint) : random.int(-128, 127))
    case 'output':
      b.output(x)
      return x
    case 'add':
      return b.add(x, x, { output: quant })
    case 'pool':
      return b.averagePool2d(x, { filter: 2, stride: 1, padding: 'same' })
    case 'concat':
      return b.concatenation([x, x], 3)
    case 'twin':
      // A second reader of the same tensor.
      b.output(b.maxPool2d(x, { filter: 2, stride: 1, padding: 'same' }))
      return x
  }
}

function randomQuant(random: Random): Quant {
  const zeroPoint = random.pick([0, 3, -128, 127, random.int(-128, 127)])
  return { scale: random.logarithmic(0.02, 0.5), zeroPoint }
}

/** `input`: [N, H, W, channels that each weight sums over]; `axis` of the weights' output channels. */
function options(
  random: Random,
  input: readonly number[],
  channels: number,
  axis: 0 | 3,
  from: Quant,
  output: Quant,
): ConvOptions {
  const side = (size: number): number => Math.min(random.pick([1, 1, 2, 3]), size)
  const [height, width] = [side(input[1]!), side(input[2]!)]
  const shape = axis === 0 ? [channels, height, width, input[3]!] : [1, height, width, channels]
  const per = shape.reduce((product, size) => product * size) / channels
  const deaths = random.pick([0.3, 0.6, 0.9])
  const fates = random.list(channels, () => (random.chance(deaths) ? randomDeath(random) : 'lives'))
  const channelOf = (at: number): number => (axis === 0 ? Math.floor(at / per) : at % channels)
  const data = random.list(per * channels, at =>
    fates[channelOf(at)] === 'zero' ? 0 : random.int(-127, 127),
  )
  const perChannel = random.chance(0.8)
  const plain = Number(output.scale) / (Number(from.scale) * 60 * Math.sqrt(per))
  const scales = fates.map(fate => (fate === 'tiny' ? plain * random.pick([1e-4, 1e-12]) : plain))
  const biases = fates.map(fate => {
    const far = fate === 'far' || (fate === 'zero' && random.chance(0.5))
    return far ? random.pick([-1, 1]) * random.int(1e3, 1e8) : random.int(-900, 900)
  })
  const padding = random.pick(['same', 'valid', 'valid'] as const)
  const dilation = padding === 'same' && random.chance(0.2) ? 2 : 1
  return {
    weights: { shape, data, scale: perChannel ? scales : plain },
    ...(random.chance(0.9) ? { bias: biases } : {}),
    ...{ padding, dilation, output },
    stride: dilation === 1 ? random.pick([1, 2]) : 1,
    activation: random.pick(['none', 'relu', 'relu6']),
  }
}

/** No weights, a factor next to nothing, or a bias that no input outweighs. */
function randomDeath(random: Random): 'zero' | 'tiny' | 'far' {
  return random.pick(['zero', 'tiny', 'far'])
}
