// The pipeline's own refusals and the C package: sizes, names, versions, what fits a board.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { boards } from '../../boards/index.ts'
import type { Board } from '../../boards/schema.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { compileGraph, findBoard, type Compiled } from '../../compiler/index.ts'
import { programOf } from '../../compiler/package/program.ts'
import { defaultOptions } from '../../compiler/options.ts'
import { version } from '../../compiler/version.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { sourcesWith } from '../sources.ts'

const readSource = sourcesWith()
const host = boards.get('host')!
const quantization = { scale: 0.1, zeroPoint: 2 }

function compiled(graph: Graph, board: Board = host): Compiled {
  const bag = new DiagnosticBag()
  const result = compileGraph(
    graph,
    board,
    { ...defaultOptions, board: board.name },
    readSource,
    bag,
  )
  if (result === null) throw new Error(bag.all.map(d => d.text).join('; '))
  return result
}

/** y = relu(x) as an ADD with a constant-free second use of x; 1x4x4x3. */
function smallGraph(name: string): Graph {
  const b = new GraphBuilder(name)
  const x = b.input([1, 4, 4, 3], quantization)
  b.output(b.add(x, x, { output: { scale: 0.25, zeroPoint: -3 }, activation: 'relu' }))
  return b.graph()
}

t.test('emitted files name the version of package.json', async t => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.equal(version, manifest.version)
  for (const [path, text] of compiled(smallGraph('small')).files) {
    if (/\.(c|h|md)$/.test(path) && path !== 'thimble_intrinsics.h') t.match(text, version, path)
  }
})

t.test('an unknown board is refused with the list of those there are', async t => {
  const bag = new DiagnosticBag()
  t.equal(findBoard('esp8266', bag), null)
  t.match(bag.all, [{ code: 'TH6001', text: /esp8266/, hint: /mps2-an386/ }])
})

t.test('what does not fit a board is refused by how much and where', async t => {
  const bank = (name: string, kind: 'sram' | 'flash', bytes: number) => ({ name, kind, bytes })
  const tiny = { ...host, memory: [bank('ram', 'sram', 40), bank('rom', 'flash', 8)] }
  const bag = new DiagnosticBag()
  const options = defaultOptions
  t.equal(compileGraph(smallGraph('small'), tiny, options, readSource, bag), null)
  t.match(
    bag.all.map(({ code, text }) => `${code} ${text}`),
    [
      /TH4001 needs \d+ bytes of SRAM, host has 40: \d+ too many; the peak is at op 0 ADD/,
      /TH4002/,
    ],
  )
})

t.test('two compilations of one graph give the same bytes', async t => {
  const [a, b] = [compiled(smallGraph('small')), compiled(smallGraph('small'))]
  t.same([...a.files], [...b.files])
})

t.test('a kernel that cannot be read is a diagnostic, not a crash', async t => {
  const bag = new DiagnosticBag()
  const options = defaultOptions
  t.equal(
    compileGraph(smallGraph('small'), host, options, () => undefined, bag),
    null,
  )
  t.match(bag.all, [{ code: 'TH1008', text: /kernels\/add\/\w+\.kernel\.ts/ }])
})

t.test('names from hostile models stay inside their comments', async t => {
  const b = new GraphBuilder('names')
  const x = b.input([1, 2], quantization, '*/ #error "x" /* ??/ \\')
  b.output(b.logistic(x))
  const result = compiled(b.graph())
  const runner = await createNativeRunner(programOf(result, false, readSource), { strict: true })
  if (isMissing(runner)) {
    t.pass('cannot run here', { skip: 'no gcc' })
    return
  }
  const [given] = await runner.run([[new Uint8Array([2, 2])]])
  await runner.close()
  // sigmoid(0) = 0.5 = 128/256, zero point -128.
  t.same(given?.outputs, [new Uint8Array([0, 0])])
})

t.test('a model without operators returns its input', async t => {
  const b = new GraphBuilder('empty')
  b.output(b.input([1, 5], quantization))
  const program = programOf(compiled(b.graph()), false, readSource)
  const input = new Uint8Array([1, 2, 3, 4, 250])
  const [given] = await createJsRunner(program).run([[input]])
  t.same(given?.outputs, [input])
})
