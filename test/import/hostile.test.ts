// Truncated and altered files: the importer answers with diagnostics, never with a throw or a wrong graph.

import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { printGraph } from '../../compiler/graph/print.ts'
import { checkSupported } from '../../compiler/graph/supported.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { importTflite } from '../../compiler/import/tflite/graph.ts'
import { runPasses } from '../../compiler/passes/index.ts'
import { chain, everyOperator } from '../graph/every-operator.ts'
import { encode } from './raw.ts'
import { changed, operator, parts, small } from './small-model.ts'

/** Uniform integers below a bound, the same for the same seed (xorshift32). */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/**
 * Runs the front of the compiler on bytes nobody vouches for. What the importer lets through has to be
 * a graph on which everything that follows works as well.
 */
function survives(bytes: Uint8Array): 'graph' | 'refused' {
  const bag = new DiagnosticBag()
  const graph = importTflite(bytes, 'hostile.tflite', bag)
  if (graph === null) {
    if (!bag.hasErrors) throw new Error('refused without a reason')
    return 'refused'
  }
  if (bag.hasErrors) throw new Error('a graph and an error')
  const check = new DiagnosticBag()
  if (!verifyGraph(graph, check)) throw new Error(check.all[0]?.text ?? 'not verified')
  printGraph(graph)
  if (!checkSupported(graph, check)) return 'graph'
  if (!verifyGraph(runPasses(graph), check)) throw new Error('a pass broke the graph')
  const again = importTflite(writeTflite(graph), 'hostile.tflite', check)
  if (again === null) throw new Error(`the writer spoilt the graph: ${check.all[0]?.text ?? ''}`)
  return 'graph'
}

t.test('a model cut off after any number of bytes is refused', async t => {
  for (const bytes of [writeTflite(chain()), encode(small(parts()))]) {
    t.equal(survives(bytes), 'graph')
    for (let length = 0; length < bytes.length; length++) {
      // The writer puts the first buffer last; only its padding may be missed.
      const outcome = survives(bytes.slice(0, length))
      if (outcome !== 'refused') t.fail(`cut off after ${length} of ${bytes.length}: ${outcome}`)
    }
  }
})

t.test('altered bytes never make the importer throw or pass on a broken graph', async t => {
  const originals = [...everyOperator().map(graph => writeTflite(graph)), encode(small(parts()))]
  const random = generator(20240607)
  const outcomes = { graph: 0, refused: 0 }
  for (let round = 0; round < 12000; round++) {
    const bytes = Uint8Array.from(originals[round % originals.length]!)
    for (let flips = 1 + random(3); flips > 0; flips--) bytes[random(bytes.length)] = random(256)
    outcomes[survives(bytes)] += 1
  }
  t.ok(outcomes.graph > 1000, `${outcomes.graph} altered models were still models`)
  t.ok(outcomes.refused > 1000, `${outcomes.refused} were refused`)
})

t.test('altered words of the structure never make the importer throw', async t => {
  const original = encode(small(parts()))
  const random = generator(77)
  const words = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 0x10000, 4, 0x40000000]
  let refused = 0
  for (let at = 0; at + 4 <= original.length; at += 2) {
    for (const word of [...words, random(2 ** 31)]) {
      const bytes = original.slice()
      new DataView(bytes.buffer).setUint32(at, word, true)
      if (survives(bytes) === 'refused') refused += 1
    }
  }
  t.ok(refused > 1000, `${refused} were refused`)
})

t.test('a large file full of faults is refused with a short list', async t => {
  const root = changed(model => {
    model.operators = Array.from({ length: 50000 }, () => operator(9, [1, 2, 3], [77]))
  })
  const bag = new DiagnosticBag()
  t.equal(importTflite(encode(root), 'hostile.tflite', bag), null)
  t.ok(bag.all.length < 30, `${bag.all.length} diagnostics`)
  t.equal(bag.all.at(-1)?.code, 'TH2006')
})

t.test('noise is no model', async t => {
  const random = generator(5)
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: random(400) }, () => random(256))
    bytes.set(
      [0x54, 0x46, 0x4c, 0x33].slice(0, Math.max(0, bytes.length - 4)),
      4 % (bytes.length + 1),
    )
    t.equal(survives(bytes), 'refused')
  }
})
