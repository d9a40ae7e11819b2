// Column patches in the search: taken where whole rows do not fit, and only there; the same bytes.
import t from 'tap'
import { boards } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { countGraph } from '../../compiler/graph/counts.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { compileGraph, planGraph, type Compiled } from '../../compiler/index.ts'
import { defaultOptions, type CompileOptions } from '../../compiler/options.ts'
import { programOf } from '../../compiler/package/program.ts'
import type { Candidate, PlanSearch } from '../../compiler/planner/candidate.ts'
import { smallestPlan } from '../../compiler/planner/choose.ts'
import { planLines } from '../../compiler/report/plan-summary.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import type { Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { Random } from '../fuzz/random.ts'
import { evaluateGraph, randomInputs } from '../fuzz/reference.ts'
import { sourcesWith } from '../sources.ts'
import { randomWideNet, wideNet } from './wide-networks.ts'

t.setTimeout(300_000)

const read = sourcesWith()
const board = boards.get('mps2-an386')!
const options = (given: Partial<CompileOptions>): CompileOptions => ({
  ...defaultOptions,
  board: board.name,
  trace: true,
  ...given,
})

function searchOf(graph: Graph, given: Partial<CompileOptions>): PlanSearch {
  const bag = new DiagnosticBag()
  const planned = planGraph(graph, board, options(given), bag)
  if (planned === null) throw new Error(formatDiagnostics(bag.all))
  return planned.search
}

/** Null: no plan of that size was found. */
function compiled(graph: Graph, sram: number): Compiled | null {
  const bag = new DiagnosticBag()
  const result = compileGraph(graph, board, options({ sram }), read, bag)
  const others = bag.errors.filter(({ code }) => code !== 'TH4003')
  if (others.length > 0) throw new Error(formatDiagnostics(bag.all))
  return result
}

const isPatched = ({ schedule }: Candidate): boolean =>
  schedule.steps.some(({ part }) => part !== undefined)

type Host = (program: Program) => Promise<Runner | Missing>

/** For each host the first tensor that differs from the oracle; null for none, or no such host. */
async function wrongTensors(
  result: Compiled,
  seed: number,
  hosts: readonly Host[] = [async program => createJsRunner(program)],
): Promise<readonly (string | null)[]> {
  const inputs = randomInputs(result.graph, new Random(seed))
  const expected = evaluateGraph(result.graph, inputs)
  const program = programOf(result, true, read)
  const ids = new Map(result.graph.tensors.map(tensor => [tensor.sourceIndex, tensor.id]))
  const wrong: (string | null)[] = []
  for (const host of hosts) {
    const runner = await host(program)
    if (isMissing(runner)) {
      wrong.push(null)
      continue
    }
    const [found] = await runner.run([inputs])
    await runner.close()
    const differing = [
      ...program.tensors.map(({ index }, i) => ({ index, bytes: found!.trace[i]! })),
      ...program.outputs.map(({ index }, i) => ({ index, bytes: found!.outputs[i]! })),
    ].find(({ index, bytes }) => Buffer.compare(bytes, expected.get(ids.get(index)!)!) !== 0)
    wrong.push(differing === undefined ? null : `tensor ${differing.index}`)
  }
  return wrong
}

t.test('a wide image with many early channels fits half of what its rows need', async t => {
  const graph = wideNet({ height: 32, width: 256 })
  const byRows = searchOf(graph, { sram: null })
  const rows = smallestPlan(byRows).figures.sramBytes
  const limit = Math.floor(rows / 2)
  t.ok(byRows.lowerBoundBytes > limit, 'no rows of whole images can do that')
  const result = compiled(graph, limit)!
  t.ok(isPatched(result.candidate))
  t.ok(result.report.sramBytes <= limit, `${result.report.sramBytes} of ${limit} (rows: ${rows})`)
  t.ok(result.search.lowerBoundBytes <= result.report.sramBytes, 'the bound knows of patches')
  const macs = countGraph(graph).macs
  t.ok(result.report.macs > macs, 'columns computed twice are counted')
  t.ok(result.report.macs < 1.7 * macs)
  const fastest = Math.min(...result.search.front.map(({ figures }) => figures.cycles))
  t.ok(result.candidate.figures.cycles > fastest, 'and cost cycles')
  const layers = result.report.layers.map(({ op }) => op)
  t.equal(layers.length, graph.operators.length, 'a layer of the report is an operator')
  t.match(planLines(result.search, result.candidate).join('\n'), /in \d+ strips of columns/)
  const sanitized: Host = p => createNativeRunner(p, { sanitize: true })
  const hosts: readonly Host[] = [async p => createJsRunner(p), createAsRunner, sanitized]
  t.same(await wrongTensors(result, 1, hosts), [null, null, null], 'js, AssemblyScript, native')
  const limits = { rows, bound: byRows.lowerBoundBytes, limit, ...result.candidate.figures }
  t.comment(JSON.stringify({ ...limits, macs, computed: result.report.macs }))
})

t.test('random wide networks: patches for limits below those of rows, never above', async t => {
  let patched = 0
  const wrong: string[] = []
  for (let seed = 0; seed < 10; seed++) {
    const shape = { height: 8, width: 96, input: 1, channels: 8, layers: 4 }
    const graph = randomWideNet(seed, shape)
    const byRows = smallestPlan(searchOf(graph, { sram: null })).figures.sramBytes
    if (searchOf(graph, { sram: byRows }).front.some(isPatched)) wrong.push(`${seed}: for nothing`)
    const limit = Math.floor(byRows * 0.85)
    const result = compiled(graph, limit)
    if (result === null) continue
    patched++
    if (!isPatched(result.candidate)) wrong.push(`${seed}: not patched`)
    const [differing] = await wrongTensors(result, seed)
    if (differing !== null) wrong.push(`${seed}: ${differing}`)
    if (result.report.sramBytes > limit) wrong.push(`${seed}: ${result.report.sramBytes}`)
  }
  t.same(wrong, [])
  t.ok(patched >= 3, `${patched} of 10`)
})

t.test('ends that come by rows are not cut', async t => {
  const search = searchOf(wideNet({ height: 16, width: 128 }), { inputs: 'rows', sram: 1 })
  for (const { schedule } of search.front) {
    const moved = schedule.steps.filter(({ work }) => work.kind !== 'calls')
    t.equal(moved.length, 1)
    t.equal(moved[0]!.part, undefined)
  }
})
