// The cost model against measured networks that it was not fitted to; as JSON with --out.
//
//   npx tsx bench/cost.ts --core cortex-m4 [--networks 20] [--operators] [--out FILE]
//
// Shared models are looked for in THIMBLE_SHARED. Networks run resident, and every third one streamed, too.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { boards, coreOf } from '../boards/index.ts'
import { comparePrediction, type Prediction } from '../cli/bench/predict.ts'
import { profileModel } from '../cli/bench/profile.ts'
import { projectRoot, readSource } from '../cli/sources.ts'
import { costModel } from '../compiler/cost/index.ts'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import type { Graph } from '../compiler/graph/graph.ts'
import { compileGraph, importModel } from '../compiler/index.ts'
import { defaultOptions } from '../compiler/options.ts'
import { programOf } from '../compiler/package/program.ts'
import { isMissing } from '../runtime/hosts/host-error.ts'
import { isArmCore, type ArmCore } from '../runtime/hosts/targets.ts'
import { randomMobileNet } from '../zoo/random-networks.ts'

interface Row extends Omit<Prediction, 'operators'> {
  readonly network: string
  readonly sramBytes: number
  readonly calls: number
}

const shared = process.env['THIMBLE_SHARED'] ?? join(projectRoot, '../shared')
const { values } = parseArgs({
  options: {
    core: { type: 'string', default: 'cortex-m4' },
    networks: { type: 'string', default: '20' },
    models: { type: 'boolean', default: true },
    operators: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
  allowNegative: true,
})

/** Files with the limit of memory at which they stream. */
const models = [
  ['models/vww_96_int8.tflite', 31_500],
  ['models/kws_ref_model.tflite', 10_500],
  ['models/ad01_int8.tflite', null],
  ['models/mcunet_vww.tflite', 24_500],
  ['models/mcunet-in3.tflite', 106_000],
] as const

function read(path: string): Graph {
  const bag = new DiagnosticBag()
  const graph = importModel(readFileSync(path), basename(path), bag)
  if (graph === null) throw new Error(JSON.stringify(bag.all))
  return graph
}

async function predict(graph: Graph, core: ArmCore, sram: number | null): Promise<Row | null> {
  const known = [...boards.values()].filter(each => each.core === core)
  const board = known.find(each => each.qemu !== null) ?? known[0]
  if (board === undefined) throw new Error(`no board has a ${core}`)
  const bag = new DiagnosticBag()
  const options = { ...defaultOptions, io: 'int8' as const, board: board.name, sram }
  const compiled = compileGraph(graph, board, options, readSource, bag)
  if (compiled === null) return null
  const program = programOf(compiled, false, readSource)
  const profile = await profileModel(compiled, program, core, { lines: false })
  if (isMissing(profile)) throw new Error(JSON.stringify(profile))
  const model = costModel(coreOf(board))
  const { operators, ...all } = comparePrediction(compiled.schedule, profile, model)
  if (values.operators) {
    for (const each of operators) {
      const error = (100 * (each.predicted / each.measured - 1)).toFixed(1)
      process.stdout.write(`    ${JSON.stringify(each)} ${error} %\n`)
    }
  }
  const calls = compiled.schedule.segments.reduce((sum, { runs }) => sum + runs.length, 0)
  return { network: graph.name, sramBytes: compiled.candidate.figures.sramBytes, calls, ...all }
}

const { core } = values
if (!isArmCore(core)) throw new Error(`${core} is no core`)
const rows: Row[] = []
async function add(graph: Graph, sram: number | null): Promise<Row | null> {
  const row = await predict(graph, core as ArmCore, sram)
  // A network of which no plan is that small.
  if (row === null) return null
  rows.push(row)
  process.stdout.write(`${JSON.stringify(row)}\n`)
  return row
}

for (let seed = 1; seed <= Number(values.networks); seed++) {
  const resolution = [48, 56, 64, 72, 80, 50, 65][seed % 7]!
  const graph = randomMobileNet(7000 + seed, {
    resolution,
    blocks: 4 + (seed % 5),
    width: 8 + 8 * (seed % 2),
  })
  const row = await add(graph, null)
  if (row !== null && seed % 3 === 0) await add(graph, Math.ceil(row.sramBytes * 0.6))
}
if (values.models) {
  await add(read(join(projectRoot, 'zoo/spoken-digits/spoken_digits.tflite')), null)
  for (const [name, sram] of models) {
    const path = join(shared, name)
    if (!existsSync(path)) continue
    await add(read(path), null)
    if (sram !== null) await add(read(path), sram)
  }
}
const errors = rows.map(({ error }) => Math.abs(error))
const figures = {
  core,
  networks: rows.length,
  meanError: errors.reduce((sum, error) => sum + error, 0) / errors.length,
  worstError: Math.max(...errors),
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
if (values.out !== undefined)
  writeFileSync(values.out, `${JSON.stringify({ ...figures, rows }, null, 1)}\n`)
