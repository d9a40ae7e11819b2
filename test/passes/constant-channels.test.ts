// Channels that no input can move go, and the values of all others stay.

import t, { type Test } from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import { tensorOf, type Graph } from '../../compiler/graph/graph.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { compile } from '../../compiler/index.ts'
import { defaultOptions } from '../../compiler/options.ts'
import { programOf } from '../../compiler/package/program.ts'
import { dropConstantChannels } from '../../compiler/passes/constant-channels.ts'
import { foldPad } from '../../compiler/passes/fold-pad.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { Random } from '../fuzz/random.ts'
import { evaluateGraph, randomInputs } from '../fuzz/reference.ts'
import { weights } from '../graph/every-operator.ts'
import { sourcesWith } from '../sources.ts'
import { randomChain } from './random-chains.ts'

const image = { scale: 0.05, zeroPoint: 3 }
const wide = { scale: 0.4, zeroPoint: -11 }

interface Shape {
  /** Of 12, those of the convolution that is read whose weights are 0. */
  readonly dead: readonly number[]
  readonly depthwise: boolean
  /** Of the convolution that reads: 1, or 3 with padding. */
  readonly window: number
  /** What the channels come to; 0 is the zero point. */
  readonly bias: number
}

/** 6x5x4 to 12 channels, some of them dead, to 3; with a depthwise convolution in between or without. */
function chain({ dead, depthwise, window, bias }: Shape): Graph {
  const b = new GraphBuilder('chain')
  const biases = Array.from({ length: 12 }, (_, c) => (dead.includes(c) ? bias : 40 * c - 200))
  const killed = (shape: readonly number[], axis: number): ReturnType<typeof weights> => {
    const { data, ...rest } = weights(shape, 12)
    const per = axis === 0 ? data.length / 12 : 1
    const isDead = (at: number): boolean => dead.includes(Math.floor(at / per) % 12)
    return { ...rest, data: Array.from(data, (w, at) => (isDead(at) ? 0 : w)) }
  }
  const x = b.input([1, 6, 5, 4], image)
  const first = depthwise ? weights([12, 1, 1, 4], 12) : killed([12, 1, 1, 4], 0)
  const expanded = b.conv2d(x, { weights: first, bias: biases, output: wide })
  const filter = { weights: killed([1, 3, 3, 12], 3), bias: biases, padding: 'same' } as const
  const read = depthwise ? b.depthwiseConv2d(expanded, { ...filter, output: wide }) : expanded
  const last = { weights: weights([3, window, window, 12], 3), bias: [50, -900, 7] }
  b.output(b.conv2d(read, { ...last, padding: 'same', output: { scale: window, zeroPoint: 5 } }))
  return b.graph()
}

/** Channels between the convolutions after the pass, whose outputs are compared with those before. */
function channelsAfter(t: Test, shape: Shape): readonly number[] {
  const before = chain(shape)
  const after = dropConstantChannels(before)
  t.ok(verifyGraph(after, new DiagnosticBag()))
  const random = new Random(5)
  for (let round = 0; round < 10; round++) {
    const inputs = randomInputs(before, random)
    const whole = evaluateGraph(before, inputs).get(before.outputs[0]!)
    t.same(evaluateGraph(after, inputs).get(after.outputs[0]!), whole)
    t.ok(new Set(whole).size > 2, 'the output says something')
  }
  return after.operators.slice(0, -1).map(({ outputs: [id] }) => tensorOf(after, id!).shape[3]!)
}

t.test('four channels at a time go, with those they are computed from', async t => {
  for (const bias of [0, 700]) {
    const shape = { dead: [0, 3, 4, 7, 11], window: 1, bias }
    t.same(channelsAfter(t, { ...shape, depthwise: true }), [8, 8])
    t.same(channelsAfter(t, { ...shape, depthwise: false }), [8])
  }
})

t.test('channels stay that padding meets, that are few, that something else reads', async t => {
  const dead = [1, 2, 5, 6]
  const three = { dead, depthwise: true, window: 3 }
  t.same(channelsAfter(t, { ...three, bias: 700 }), [12, 12], 'beside the image they are zero')
  t.same(channelsAfter(t, { ...three, bias: 0 }), [8, 8], 'as they are inside')
  const few = { dead: [1, 2, 5], depthwise: true, window: 1, bias: 0 }
  t.same(channelsAfter(t, few), [12, 12])
  const graph = chain({ dead, depthwise: true, window: 1, bias: 0 })
  const [expanded, filtered] = graph.operators.map(({ outputs }) => outputs[0]!)
  for (const seen of [expanded!, filtered!]) {
    const shown = { ...graph, outputs: [...graph.outputs, seen] }
    t.equal(dropConstantChannels(shown), shown)
  }
})

const read = sourcesWith()

/** What a package computes that was compiled without tracing, for a board by turns. */
async function computed(graph: Graph, seed: number, inputs: Uint8Array[]): Promise<Uint8Array[]> {
  const bag = new DiagnosticBag()
  const board = ['host', 'mps2-an386', 'rp2040'][seed % 3]!
  const options = { ...defaultOptions, board, trace: false }
  const compiled = compile(writeTflite(graph), graph.file, options, read, bag)
  if (compiled === null) throw new Error(bag.all.map(({ text }) => text).join())
  const [result] = await createJsRunner(programOf(compiled, false, read)).run([inputs])
  return [...result!.outputs]
}

t.test('random chains keep all outputs, whatever stands between convolutions', async t => {
  let cuts = 0
  for (let seed = 0; seed < 1200; seed++) {
    const random = new Random(seed)
    const chain = randomChain(random)
    const before = foldPad(chain)
    const after = dropConstantChannels(before)
    if (after === before) continue
    cuts++
    if (!verifyGraph(after, new DiagnosticBag())) t.fail(`seed ${seed}: the graph is broken`)
    for (let round = 0; round < 3; round++) {
      const inputs = randomInputs(chain, random)
      const values = evaluateGraph(chain, inputs)
      const expected = chain.outputs.map(id => values.get(id)!)
      const left = evaluateGraph(after, inputs)
      const found = after.outputs.map(id => left.get(id)!)
      if (!equal(found, expected)) t.fail(`seed ${seed}, round ${round}: other outputs`)
      if (round > 0 || cuts % 16 !== 0) continue
      t.ok(equal(await computed(chain, seed, inputs), expected), `seed ${seed} compiled`)
    }
  }
  t.ok(cuts > 150, `channels went out of ${cuts} chains`)
})

function equal(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((bytes, i) => Buffer.compare(bytes, b[i]!) === 0)
}
