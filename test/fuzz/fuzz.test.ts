// Random models, always the same ones: every tensor on checked JavaScript equals the exact oracles.

import t from 'tap'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import { tensorOf } from '../../compiler/graph/graph.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { evaluate as evaluateAgain } from '../../zoo/oracle/evaluate.ts'
import { build, firstDifference, type Built } from './check.ts'
import { randomGraph } from './graphs.ts'
import { operators } from './operators.ts'
import { Random } from './random.ts'
import { evaluateGraph, randomInputs } from './reference.ts'

/** What TFLite refuses as well; the generator does not keep away from the borders. */
const refusals = /TH3011|TH3012/
/** The second oracle, of another hand, knows only these. */
const known = new Set(
  'conv2d depthwise_conv2d fully_connected average_pool2d softmax reshape'.split(' '),
)

t.setTimeout(300_000)

function model(seed: number, size: number, kind?: string): Built | string {
  const graph = randomGraph(seed, size, kind)
  return build(writeTflite(graph), graph.file)
}

for (const [index, kind] of Object.keys(operators).entries()) {
  t.test(`models that begin with ${kind} compute what the oracles say`, async t => {
    let refused = 0
    for (let seed = 0; seed < 4; seed++) {
      const built = model(1000 * index + seed, seed < 2 ? 1 : 4, kind)
      if (typeof built === 'string') {
        t.match(built, refusals, `seed ${seed} is refused for a reason`)
        refused++
        continue
      }
      const inputs = randomInputs(built.graph, new Random(seed))
      const expected = evaluateGraph(built.graph, inputs)
      const difference = await firstDifference(
        built,
        createJsRunner(built.program),
        inputs,
        expected,
      )
      t.equal(difference, null, `seed ${seed}`)
    }
    t.ok(refused < 3, 'few of them are refused')
  })
}

t.test('a model of many operators computes the same in WebAssembly', async t => {
  const built = model(31, 12)
  if (typeof built === 'string') throw new Error(built)
  const inputs = randomInputs(built.graph, new Random(1))
  const expected = evaluateGraph(built.graph, inputs)
  t.equal(await firstDifference(built, await createAsRunner(built.program), inputs, expected), null)
})

t.test('the oracles agree with one of another hand', async t => {
  let compared = 0
  for (let seed = 0; seed < 30; seed++) {
    const graph = randomGraph(seed, 1, ['conv2d', 'depthwise', 'connect', 'averagePool'][seed % 4])
    const positive = graph.tensors.every(
      tensor => tensor.data === null || tensor.quantization?.scale.every(s => s > 0) !== false,
    )
    if (!positive || !graph.operators.every(op => known.has(op.attributes.kind))) continue
    const inputs = randomInputs(graph, new Random(seed))
    const [ours, theirs] = [evaluateGraph(graph, inputs), evaluateAgain(graph, inputs)]
    for (const id of graph.outputs) {
      const { elements } = theirs.get(id)!
      t.same([...new Int8Array(ours.get(id)!.buffer)], [...elements], tensorOf(graph, id).name)
      compared++
    }
  }
  t.ok(compared > 15, `${compared} tensors compared`)
})

t.test('the same model gives the same file and the same package', async t => {
  const bytes = [writeTflite(randomGraph(77, 8)), writeTflite(randomGraph(77, 8))] as const
  t.same(bytes[0], bytes[1])
  const [first, second] = bytes.map(b => build(b, 'twice.tflite'))
  if (typeof first !== 'object' || typeof second !== 'object') throw new Error('refused')
  t.same([...first.compiled.files], [...second.compiled.files])
})

t.test('a model of two gigabytes is refused at once', async t => {
  const b = new GraphBuilder('huge')
  b.output(b.resizeNearestNeighbor(b.input([1, 2, 2, 1], { scale: 1 }), [40_000, 50_000]))
  const start = performance.now()
  t.match(build(writeTflite(b.graph()), 'huge.tflite'), /TH4001/)
  t.ok(performance.now() - start < 15_000)
})
