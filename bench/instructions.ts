// What streaming costs: instructions and code of streamed plans against layer by layer, as JSON.
//
//   npx tsx bench/instructions.ts [--out bench/instructions.json]
//
// Instructions between the marks of the measuring firmware, counted exactly by the profiler. The models are
// looked for in THIMBLE_SHARED.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { profileModel } from '../cli/bench/profile.ts'
import { measure as measureBuilt } from '../cli/measure.ts'
import { buildModel, loadModel } from '../cli/model.ts'
import { defaultForm } from '../cli/options.ts'
import { projectRoot } from '../cli/sources.ts'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { isMissing } from '../runtime/hosts/host-error.ts'

const shared = process.env['THIMBLE_SHARED'] ?? join(projectRoot, '../shared')
const board = 'mps2-an386'

interface Measured {
  readonly sramBytes: number
  readonly instructions: number
  readonly codeBytes: number | null
  readonly constantBytes: number
  readonly output: string
}

/** The fastest plan within `sram`; null: no plan is that small. */
async function measure(
  model: string,
  inputs: 'resident' | 'rows',
  sram: number,
): Promise<Measured | null> {
  const bag = new DiagnosticBag()
  const loaded = loadModel(join(shared, 'models', `${model}.tflite`), bag)
  const form = { ...defaultForm, io: 'int8', inputs, sram } as const
  const built = loaded && buildModel(loaded.graph, board, false, bag, form)
  if (!built) {
    if (bag.errors.some(({ code }) => code === 'TH4003')) return null
    throw new Error(JSON.stringify(bag.all))
  }
  const profile = await profileModel(built.compiled, built.program, 'cortex-m4')
  if (isMissing(profile)) throw new Error(`${profile.tool} is missing`)
  const { report } = await measureBuilt(built)
  return {
    sramBytes: report.sramBytes,
    instructions: profile.instructions,
    codeBytes: report.flash.code,
    constantBytes: report.flash.constants,
    output: profile.output ?? '',
  }
}

/** More than any model here takes: its operators run one after the other. */
const plenty = 4 << 20

const plans = [
  ['kws_ref_model', 'resident', 5_400],
  ['kws_ref_model', 'resident', 10_500],
  ['vww_96_int8', 'resident', 29_000],
  ['vww_96_int8', 'resident', 31_500],
  ['vww_96_int8', 'rows', 14_000],
  ['mcunet_vww', 'resident', 24_500],
  ['mcunet_vww', 'rows', 17_500],
  ['mcunet-in3', 'resident', 106_000],
  ['mcunet-in3', 'rows', 67_000],
] as const

const { values } = parseArgs({ options: { out: { type: 'string' } } })
const rows = []
const percent = (part: number, whole: number): number =>
  Number((100 * (part / whole - 1)).toFixed(3))
for (const [model, inputs, sram] of plans) {
  if (!existsSync(join(shared, 'models', `${model}.tflite`))) continue
  const layered = await measure(model, inputs, plenty)
  const streamed = await measure(model, inputs, sram)
  if (layered === null || streamed === null) {
    process.stdout.write(`${model}, ${inputs}: no plan of ${sram} bytes\n`)
    continue
  }
  if (layered.output !== streamed.output) throw new Error(`${model}: outputs differ`)
  const moreInstructions = percent(streamed.instructions, layered.instructions)
  const moreCode = percent(streamed.codeBytes ?? NaN, layered.codeBytes ?? NaN)
  const row = { model, inputs, moreInstructions, moreCode, layered, streamed }
  rows.push(row)
  process.stdout.write(`${JSON.stringify(row)}\n`)
}
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(rows, null, 1)}\n`)
