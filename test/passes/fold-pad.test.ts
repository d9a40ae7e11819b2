// Folding PAD leaves every sum of every convolution as it was, and keeps the PADs it must keep.

import t, { type Test } from 'tap'
import { noExtraPad, type ConvAttributes, type ExtraPad } from '../../kernels/attributes.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { GraphBuilder, type ConvOptions } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { printGraph } from '../../compiler/graph/print.ts'
import { slidingWindow } from '../../compiler/graph/window.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { foldPad } from '../../compiler/passes/fold-pad.ts'
import { passes, runPasses } from '../../compiler/passes/index.ts'
import { chain, image, weights, wide } from '../graph/every-operator.ts'

type Pads = [number, number][]

const spatial = (top: number, bottom: number, left: number, right: number): Pads => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
]

const conv = (options: Partial<ConvOptions> = {}): ConvOptions => ({
  weights: weights([2, 3, 3, 1], 2),
  output: wide,
  ...options,
})

function kinds(graph: Graph): string[] {
  return graph.operators.map(op => op.attributes.kind)
}

/** A graph made by `build`, checked before and after folding. */
function fold(t: Test, build: (b: GraphBuilder, x: number) => number[]): Graph {
  const b = new GraphBuilder('folded')
  for (const id of build(b, b.input([1, 6, 7, 1], image))) b.output(id)
  const graph = b.graph()
  const before = printGraph(graph)
  const folded = foldPad(graph)
  const bag = new DiagnosticBag()
  t.ok(verifyGraph(graph, bag) && verifyGraph(folded, bag))
  t.same(bag.all, [])
  t.equal(printGraph(graph), before, 'the graph given is not changed')
  return folded
}

/** One channel of an image as rows; outside of it everything is 0 after the zero point is taken off. */
type Image = readonly (readonly number[])[]

function padded(x: Image, pads: ExtraPad): Image {
  const width = (x[0]?.length ?? 0) + pads.left + pads.right
  const blank = (): number[] => new Array<number>(width).fill(0)
  const sides = (n: number): number[] => new Array<number>(n).fill(0)
  return [
    ...Array.from({ length: pads.top }, blank),
    ...x.map(row => [...sides(pads.left), ...row, ...sides(pads.right)]),
    ...Array.from({ length: pads.bottom }, blank),
  ]
}

/** The sums of a 3x3 convolution, straight from the definition, padding and all. */
function sums(x: Image, kernel: readonly number[], a: ConvAttributes): number[][] {
  const { top, left, bottom, right } = a.extraPad
  const height = x.length + top + bottom
  const width = (x[0]?.length ?? 0) + left + right
  const rows = slidingWindow({
    input: height,
    kernel: 3,
    stride: a.strideH,
    dilation: a.dilationH,
    padding: a.padding,
  })
  const columns = slidingWindow({
    input: width,
    kernel: 3,
    stride: a.strideW,
    dilation: a.dilationW,
    padding: a.padding,
  })
  const at = (r: number, c: number): number => x[r - top]?.[c - left] ?? 0
  const indices = (length: number): number[] => Array.from({ length }, (_, i) => i)
  return indices(rows.outputs).map(r =>
    indices(columns.outputs).map(c =>
      kernel.reduce((sum, w, tap) => {
        const row = r * a.strideH - rows.before + Math.floor(tap / 3) * a.dilationH
        const column = c * a.strideW - columns.before + (tap % 3) * a.dilationW
        return sum + w * at(row, column)
      }, 0),
    ),
  )
}

t.test('a convolution that pads on its own computes the same sums', async t => {
  const x = Array.from({ length: 6 }, (_, r) => Array.from({ length: 7 }, (_, c) => r * 17 + c * c))
  const kernel = [1, -2, 3, 5, 7, -11, 13, 17, -19]
  const pads = { top: 1, bottom: 2, left: 0, right: 3 }
  for (const padding of ['same', 'valid'] as const) {
    for (const [strideH, strideW, dilationH, dilationW] of [
      [1, 1, 1, 1],
      [2, 2, 1, 1],
      [2, 3, 1, 2],
      [1, 2, 2, 1],
    ] as const) {
      const common = {
        padding,
        strideH,
        strideW,
        dilationH,
        dilationW,
        activation: 'none',
      } as const
      const explicit = sums(padded(x, pads), kernel, { ...common, extraPad: noExtraPad })
      const b = new GraphBuilder('same')
      const y = b.pad(b.input([1, 6, 7, 1], image), spatial(1, 2, 0, 3))
      const options = conv({
        padding,
        stride: [strideH, strideW],
        dilation: [dilationH, dilationW],
      })
      b.output(b.conv2d(y, options))
      const [operator] = foldPad(b.graph()).operators
      const attributes = operator?.attributes
      if (attributes?.kind !== 'conv2d') throw new Error('the convolution is gone')
      t.same(attributes.extraPad, pads)
      t.same(sums(x, kernel, attributes), explicit, `${padding} stride ${strideH}x${strideW}`)
    }
  }
})

t.test('the chain loses its PAD and says where it went', async t => {
  const graph = chain()
  const after = runPasses(graph)
  t.same(
    passes.map(pass => pass.name),
    ['int8-ends', 'fold-pad', 'constant-channels'],
  )
  t.equal(after.operators.length, graph.operators.length - 1)
  t.same(after.folded, [{ tensor: 2, source: 0, pads: { top: 1, bottom: 0, left: 0, right: 1 } }])
  t.same(after.operators[0]?.inputs, [0, 3, 4])
  t.match(printGraph(after), 'folded %2 = %0 padded 1 0 0 1')
  t.match(printGraph(after), 'valid stride 2x2 pad 1 0 0 1 relu')
})

t.test('a chain of PADs is taken up whole, sources first', async t => {
  const after = fold(t, (b, x) => {
    const y = b.pad(b.pad(x, spatial(1, 0, 2, 0)), spatial(0, 3, 1, 1))
    return [b.conv2d(y, conv())]
  })
  t.same(kinds(after), ['conv2d'])
  t.match(after.operators[0]?.attributes, { extraPad: { top: 1, bottom: 3, left: 3, right: 1 } })
  const folded = after.folded ?? []
  t.same(
    folded.map(f => f.source),
    [0, folded[0]?.tensor],
  )
})

t.test(
  'a PAD with several convolutions behind it goes, with any other reader it stays',
  async t => {
    const both = fold(t, (b, x) => {
      const y = b.pad(x, spatial(1, 1, 1, 1))
      return [
        b.conv2d(y, conv()),
        b.depthwiseConv2d(y, conv({ weights: weights([1, 3, 3, 2], 2) })),
      ]
    })
    t.same(kinds(both), ['conv2d', 'depthwise_conv2d'])
    const mixed = fold(t, (b, x) => {
      const y = b.pad(x, spatial(1, 1, 1, 1))
      return [b.conv2d(y, conv()), b.maxPool2d(y, { filter: 2 })]
    })
    t.same(kinds(mixed), ['pad', 'conv2d', 'max_pool2d'])
    t.equal(mixed.folded, undefined)
  },
)

t.test('a PAD stays when it is an output, has no reader, or pads channels or batch', async t => {
  const keep: readonly ((b: GraphBuilder, x: number) => number[])[] = [
    (b, x) => {
      const y = b.pad(x, spatial(1, 1, 1, 1))
      return [y, b.conv2d(y, conv())]
    },
    (b, x) => {
      b.pad(x, spatial(1, 1, 1, 1))
      return [x]
    },
    (b, x) => {
      const y = b.pad(x, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 1],
      ])
      return [b.conv2d(y, conv({ weights: weights([2, 3, 3, 2], 2) }))]
    },
    (b, x) => [
      b.conv2d(
        b.pad(x, [
          [1, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]),
        conv(),
      ),
    ],
  ]
  for (const build of keep) t.ok(kinds(fold(t, build)).includes('pad'))
})

t.test('PADV2 goes when it fills with the zero point, and stays when it does not', async t => {
  const filled = (value: number) =>
    kinds(fold(t, (b, x) => [b.conv2d(b.padv2(x, spatial(1, 0, 0, 1), value), conv())]))
  t.same(filled(3), ['conv2d'])
  t.same(filled(0), ['padv2', 'conv2d'])
})

t.test('a PAD that changes the quantisation stays', async t => {
  const b = new GraphBuilder('requantising')
  const x = b.input([1, 6, 7, 1], image)
  const paddings = b.tensor({ shape: [4, 2], dtype: 'int32', values: [0, 0, 1, 1, 1, 1, 0, 0] })
  const quantization = { scale: [Math.fround(0.05)], zeroPoint: [4], axis: 0 }
  const y = b.apply({ kind: 'pad' }, [x, paddings], { quantization })
  b.output(b.conv2d(y, conv()))
  const graph = b.graph()
  t.equal(foldPad(graph), graph)
})
