// Models compiled in other forms give the same results: ends of int8, ends by rows, less memory.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { Random } from '../fuzz/random.ts'
import { evaluateGraph, randomInputs } from '../fuzz/reference.ts'
import { weights } from '../graph/every-operator.ts'
import { thimble, thimbleJson } from './call.ts'

t.setTimeout(300_000)

const folder = t.testdir({})
const at = (name: string): string => join(folder, name)

const quant = { scale: 0.05, zeroPoint: 3 }
const narrow = { scale: 0.4, zeroPoint: -11 }

/** float32 in, an image and a vector of float32 out. */
function floatEnds(): Graph {
  const b = new GraphBuilder('ends')
  const x = b.quantize(b.input([1, 12, 8, 2], null), { output: quant })
  const options = { weights: weights([4, 3, 3, 2], 4), padding: 'same', output: narrow } as const
  const y = b.conv2d(x, options)
  b.output(b.dequantize(b.maxPool2d(y, { filter: 2 })))
  b.output(b.dequantize(b.logistic(y)))
  return b.graph()
}

const graph = floatEnds()
const model = at('ends.tflite')
writeFileSync(model, writeTflite(graph))
const inputs = randomInputs(graph, new Random(11))
const tensors = evaluateGraph(graph, inputs)
writeFileSync(at('float.bin'), inputs[0]!)
writeFileSync(at('int8.bin'), tensors.get(graph.operators[0]!.outputs[0]!)!)

async function run(input: string, ...form: readonly string[]): Promise<Buffer> {
  const output = at('out.bin')
  const words = ['run', model, '--input', at(input), '--output', output, '--host', 'js']
  const { code, err } = await thimble(...words, ...form)
  t.equal(code, 0, err)
  return readFileSync(output)
}

const outputs = Buffer.concat(graph.outputs.map(id => tensors.get(id)!))
/** What the last DEQUANTIZEs read. */
const int8Outputs = Buffer.concat(
  graph.outputs.map(id => {
    const producer = graph.operators.find(operator => operator.outputs.includes(id))
    return tensors.get(producer!.inputs[0]!)!
  }),
)

t.test('a model of float ends keeps them, or leaves the conversions to the caller', async t => {
  t.same(await run('float.bin'), outputs)
  t.same(await run('int8.bin', '--io', 'int8'), int8Outputs)
  const short = ['--output', at('out.bin'), '--host', 'js', '--io', 'int8']
  const { err } = await thimble('run', model, '--input', at('float.bin'), ...short)
  t.equal(err, '', 'four bytes are as good as four inferences')
  interface Ends {
    readonly io: string
    readonly chosen: { readonly sramBytes: number }
  }
  const plan = (io: string): Promise<Ends> => thimbleJson<Ends>('plan', model, '--io', io)
  const [own, int8] = [await plan('model'), await plan('int8')]
  t.same([own.io, int8.io], ['model', 'int8'])
  t.ok(int8.chosen.sramBytes * 3 < own.chosen.sramBytes, 'float tensors take four times the room')
})

t.test('hosts are compared with int8 ends, too', async t => {
  interface Verified {
    readonly io: string
    readonly equal: boolean
    readonly hosts: readonly { readonly compared: number; readonly differences: number }[]
  }
  for (const [io, tensors] of [
    ['model', 7],
    ['int8', 4],
  ] as const) {
    const words = ['verify', model, '--hosts', 'js,as', '--layers', '--cases', '6', '--io', io]
    const verdict = await thimbleJson<Verified>(...words)
    t.match(verdict, { io, equal: true })
    // Input, QUANTIZE, convolution, pool, logistic, two DEQUANTIZE; the outputs count once more.
    const compared = 6 * (tensors + 2)
    t.match(verdict.hosts, [{ compared }, { compared, differences: 0 }], `${io}: ${compared}`)
  }
})

t.test('images by rows and less memory change no byte', async t => {
  for (const [input, io, expected] of [
    ['float.bin', 'model', outputs],
    ['int8.bin', 'int8', int8Outputs],
  ] as const) {
    for (const ends of [['--input-form'], ['--output-form'], ['--input-form', '--output-form']]) {
      const form = ['--io', io, ...ends.flatMap(flag => [flag, 'rows'])]
      const words = ends.flatMap(flag => [flag.replace('-form', ''), 'rows'])
      const { chosen } = await thimbleJson<{ chosen: { sramBytes: number } }>(
        ...['plan', model, '--io', io, ...words],
      )
      const limit = ['--sram', String(chosen.sramBytes)]
      t.same(await run(input, ...form), expected, form.join(' '))
      t.same(await run(input, ...form, ...limit), expected, [...form, ...limit].join(' '))
    }
  }
})
