// Published networks against tensors of TensorFlow Lite Micro; bench/exactness.ts does all of it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildModel, loadModel } from '../../cli/model.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { shared, skipOn, verifyOn } from './on-host.ts'

t.setTimeout(900_000)

/** At most so many cases of a model on each host; absent hosts are left to bench/exactness.ts. */
const plan: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  hello_world_int8: { js: 2, as: 256, emcc: 256, native: 256, 'qemu:mps2-an386': 256 },
  kws_ref_model: { js: 2, as: 16, emcc: 16, native: 16, 'qemu:mps2-an500': 16 },
  ad01_int8: { js: 2, as: 16, native: 16, 'qemu:mps2-an386': 16 },
  vww_96_int8: { js: 1, as: 16, native: 16, 'qemu:mps2-an500': 2 },
  mcunet_vww: { as: 16, native: 16, 'qemu:mps2-an386': 2 },
  'mcunet-in3': { as: 2, native: 6 },
}

for (const [model, hosts] of Object.entries(plan)) {
  const file = join(shared, 'models', `${model}.tflite`)
  const golden = join(shared, 'golden', model)
  for (const [host, cases] of Object.entries(hosts)) {
    const skip = skipOn(host, file, join(golden, 'manifest.json'))
    t.test(`${model}: every tensor of ${cases} cases on ${host}`, { skip }, async t => {
      const verdict = await verifyOn(t, host, file, golden, cases)
      if (model.startsWith('mcunet')) t.ok(verdict.rebuilt > 0, 'folded PADs are rebuilt')
    })
  }
}

const samples = join(shared, 'datasets/kws01/test_features.i8')
const keywords = join(shared, 'models/kws_ref_model.tflite')

t.test(
  'keyword samples give what real boards gave',
  { skip: skipOn('as', samples, keywords) },
  async t => {
    const bag = new DiagnosticBag()
    const loaded = loadModel(keywords, bag)
    const built = loaded === null ? null : buildModel(loaded.graph, 'host', false, bag)
    if (built === null) throw new Error(JSON.stringify(bag.all))
    const features = readFileSync(samples)
    const expected = readFileSync(join(shared, 'datasets/kws01/expected_outputs.i8'))
    const count = features.length / 490
    t.equal(count, expected.length / 12)
    const runner = await createAsRunner(built.program)
    const inferences = Array.from({ length: count }, (_, n) => [
      features.subarray(n * 490, (n + 1) * 490),
    ])
    const results = await runner.run(inferences)
    await runner.close()
    const actual = Buffer.concat(results.map(result => result.outputs[0]!))
    t.same(actual, expected)
  },
)
