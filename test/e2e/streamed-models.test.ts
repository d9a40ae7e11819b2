// Published networks in little memory: streamed by rows within the bars, every tensor as the goldens.
import { join } from 'node:path'
import t from 'tap'
import { goldenCases, goldenFor } from '../../cli/commands/verify.ts'
import { buildModel, loadModel } from '../../cli/model.ts'
import { defaultForm } from '../../cli/options.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { shared, skipOn, verifyOn } from './on-host.ts'

t.setTimeout(900_000)

/** Bytes of static RAM: within the bars of docs/status.md, or less where a plan is found. */
const plans = [
  { model: 'kws_ref_model', inputs: 'resident', sram: 10_000 },
  { model: 'kws_ref_model', inputs: 'rows', sram: 10_500 },
  { model: 'vww_96_int8', inputs: 'resident', sram: 31_500 },
  { model: 'vww_96_int8', inputs: 'rows', sram: 14_000 },
  { model: 'mcunet_vww', inputs: 'rows', sram: 17_500 },
  { model: 'mcunet-in3', inputs: 'resident', sram: 100_000 },
  { model: 'mcunet-in3', inputs: 'rows', sram: 67_000 },
] as const
const hosts = ['js', 'as', 'emcc', 'native', 'qemu:mps2-an386', 'qemu:mps2-an500']

for (const { model, inputs, sram } of plans) {
  const file = join(shared, 'models', `${model}.tflite`)
  const golden = join(shared, 'golden', model)
  for (const host of hosts) {
    const skip = skipOn(host, file, join(golden, 'manifest.json'))
    const title = `${model} in ${sram} bytes, input ${inputs}: every tensor on ${host}`
    t.test(title, { skip }, async t => {
      const cases = host === 'js' && model.startsWith('mcunet') ? 1 : 2
      await verifyOn(t, host, file, golden, { cases, form: { inputs, outputs: 'resident', sram } })
    })
  }
}

const file = join(shared, 'models/mcunet_vww.tflite')

t.test(
  'with int8 ends the caller quantises, and the rest is the same',
  { skip: skipOn('as', file) },
  async t => {
    const bag = new DiagnosticBag()
    const loaded = loadModel(file, bag)
    const golden = loaded && goldenFor(loaded, join(shared, 'golden/mcunet_vww'), true, bag)
    const build = (io: 'model' | 'int8', sram: number | null) =>
      loaded && buildModel(loaded.graph, 'host', true, bag, { ...defaultForm, io, sram })
    const [whole, inner] = [build('model', null), build('int8', 24_500)]
    if (!loaded || !golden || !whole || !inner) throw new Error(JSON.stringify(bag.all))
    t.ok(inner.compiled.report.sramBytes <= 24_500)
    t.same([inner.program.inputs[0]!.dtype, inner.program.inputs[0]!.bytes], ['int8', 19_200])
    const outer = await createAsRunner(whole.program)
    const int8 = await createAsRunner(inner.program)
    for (const { inference } of goldenCases(golden).slice(0, 3)) {
      const [first] = await outer.run([inference])
      const tensor = (index: number): Uint8Array =>
        first!.trace[whole.program.tensors.findIndex(other => other.index === index)]!
      const { inputs: from, outputs: to } = inner.program
      const [result] = await int8.run([[tensor(from[0]!.index)]])
      t.same(result!.outputs[0], tensor(to[0]!.index))
    }
    await outer.close()
    await int8.close()
  },
)
