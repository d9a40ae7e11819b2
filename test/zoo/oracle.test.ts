// The oracle against tensors of TensorFlow Lite Micro, and the bundled model's golden against it.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { importTflite } from '../../compiler/import/tflite/graph.ts'
import { evaluate } from '../../zoo/oracle/evaluate.ts'

const root = join(import.meta.dirname, '../..')
const shared = process.env['THIMBLE_SHARED'] ?? join(root, '../shared')

interface Slot {
  readonly file: string
  readonly offset: number
  readonly bytes: number
}

interface Manifest {
  readonly cases: readonly {
    readonly id: string
    readonly inputs: readonly Slot[]
    readonly outputs: readonly Slot[]
  }[]
}

interface Checksums {
  readonly crc32: readonly { readonly index: number; readonly cases: readonly string[] }[]
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

function readGraph(test: Test, path: string): Graph {
  const bag = new DiagnosticBag()
  const graph = importTflite(readFileSync(path), path, bag)
  if (graph === null) throw new Error(test.name + ': the model is refused')
  return graph
}

/** Compares the checksum of every tensor of the first `most` cases; returns how many were compared. */
function compareTensors(test: Test, model: string, folder: string, most: number): number {
  const graph = readGraph(test, model)
  const { cases } = readJson(join(folder, 'manifest.json')) as Manifest
  const expected = (readJson(join(folder, 'layer_crc.json')) as Checksums).crc32
  let compared = 0
  cases.slice(0, most).forEach((one, n) => {
    const read = (s: Slot): Buffer =>
      readFileSync(join(folder, s.file)).subarray(s.offset, s.offset + s.bytes)
    const values = evaluate(graph, one.inputs.map(read))
    graph.outputs.forEach((id, o) => {
      const stored = Int8Array.from(read(one.outputs[o]!))
      test.same(Array.from(values.get(id)!.elements), Array.from(stored), `${one.id}: output ${o}`)
    })
    for (const { index, cases: checksums } of expected) {
      const tensor = graph.tensors.find(candidate => candidate.sourceIndex === index)
      const elements = tensor && values.get(tensor.id)?.elements
      if (elements === undefined) throw new Error(`${one.id}: tensor ${index} is not computed`)
      const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
      const sum = crc32(bytes).toString(16).padStart(8, '0')
      compared++
      if (sum !== checksums[n]) test.fail(`${one.id}: tensor ${index} (${tensor!.name}) differs`)
    }
  })
  return compared
}

for (const [model, most] of [
  ['kws_ref_model', 16],
  ['ad01_int8', 16],
  ['vww_96_int8', 1],
] as const) {
  const folder = join(shared, 'golden', model)
  const skip = existsSync(folder) ? false : 'no shared goldens'
  t.test(`the oracle gives every tensor of ${model} as TFLite Micro does`, { skip }, async test => {
    const path = join(shared, 'models', `${model}.tflite`)
    test.ok(compareTensors(test, path, folder, most) >= 10)
  })
}

t.test(
  'the stored golden of the bundled model is what the oracle gives for its file',
  async test => {
    const folder = join(root, 'zoo/spoken-digits')
    const path = join(folder, 'spoken_digits.tflite')
    test.equal(compareTensors(test, path, join(folder, 'clips'), 10), 140)
  },
)
