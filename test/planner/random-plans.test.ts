// Random models, cut and streamed at random: the emitted rows are proved by replay, run on checked
// JavaScript from any fill of the arena, and give the bytes of the oracles.
import t from 'tap'
import { estimate } from '../../compiler/cost/estimate.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { emitInvoke } from '../../compiler/emit/model/invoke.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { planMemory, type MemoryPlan } from '../../compiler/memory/plan.ts'
import { provePlan } from '../../compiler/memory/prove.ts'
import { verifyPlan } from '../../compiler/memory/verify.ts'
import { programOf } from '../../compiler/package/program.ts'
import { searchPlans } from '../../compiler/planner/search.ts'
import { layerByLayer } from '../../compiler/schedule/layer-by-layer.ts'
import type { Schedule } from '../../compiler/schedule/schedule.ts'
import { lineReader } from '../../compiler/sources.ts'
import type { Program } from '../../runtime/hosts/host.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { randomGraph } from '../fuzz/graphs.ts'
import { Random } from '../fuzz/random.ts'
import { evaluateGraph, randomInputs } from '../fuzz/reference.ts'
import { randomCuts, scheduleOfCuts, stepsOf } from '../schedule/random-steps.ts'
import { sourcesWith } from '../sources.ts'
import { randomMobileNet } from '../../zoo/random-networks.ts'

t.setTimeout(1_500_000)

/** More by hand: THIMBLE_SEEDS=5000. */
const seeds = Number(process.env['THIMBLE_SEEDS'] ?? 2000)
const read = sourcesWith()
const bag = new DiagnosticBag()
const kernels = new KernelProgram(read, bag)

/** Emits and proves a plan; throws when the proof fails. */
function programFor(schedule: Schedule, plan: MemoryPlan): Program {
  const trace = false
  const model = emitInvoke({ schedule, plan, kernels, lineOf: lineReader(read), trace }, bag)
  if (model === null) throw new Error(formatDiagnostics(bag.all))
  provePlan(schedule, plan, model)
  return programOf({ schedule, plan, model, files: new Map() }, trace, read)
}

/** A small network whose spatial operators can be streamed, or any model at all. */
function model(seed: number, random: Random): Graph {
  if (seed % 5 !== 0) return randomGraph(seed, random.int(1, 14))
  const shape = { resolution: random.int(7, 16), blocks: random.int(1, 3), width: 8 }
  return randomMobileNet(seed, shape)
}

t.test(`${seeds} random plans`, async t => {
  const wrong: string[] = []
  let [planned, streamed, rowEnds] = [0, 0, 0]
  for (let seed = 1; seed <= seeds; seed++) {
    const random = new Random(seed)
    const graph = model(seed, random)
    const ends = { inputs: random.chance(0.3), outputs: random.chance(0.3) }
    const steps = stepsOf(graph, ends, random.chance(0.5) ? 'tight' : 'roomy')
    if (steps === null) continue
    const schedule = scheduleOfCuts(steps, randomCuts(steps, random))
    const plan = planMemory(schedule, { effort: random.pick([0, 2000, 20_000]) })
    const problems = verifyPlan(schedule, plan)
    if (problems.length > 0) wrong.push(`seed ${seed}: ${problems[0]}`)
    const program = programFor(schedule, plan)
    const inputs = randomInputs(graph, random)
    const expected = evaluateGraph(graph, inputs)
    const runner = createJsRunner(program, { fill: [0x00, 0xa5, 0xff] })
    for (const [index, { outputs }] of (await runner.run([inputs, inputs, inputs])).entries()) {
      graph.outputs.forEach((id, i) => {
        if (Buffer.compare(outputs[i]!, expected.get(id)!) === 0) return
        wrong.push(`seed ${seed}, run ${index}: output ${i} differs`)
      })
    }
    planned++
    streamed += Number(schedule.segments.some(({ runs }) => runs.length > 1))
    rowEnds += Number(steps.steps.some(({ work }) => work.kind !== 'calls'))
  }
  t.same(wrong, [])
  t.ok(planned > 0.9 * seeds, `${planned} were planned`)
  t.ok(streamed > seeds / 3, `${streamed} have interleaved runs`)
  t.ok(rowEnds > seeds / 10, `${rowEnds} take or give rows`)
})

t.test('the search is never worse than one operator after the other in place', t => {
  const worse: string[] = []
  let better = 0
  for (let seed = 1; seed <= seeds / 4; seed++) {
    const random = new Random(seed)
    const steps = stepsOf(randomGraph(seed, random.int(1, 20)))
    if (steps === null) continue
    const { front, lowerBoundBytes } = searchPlans(steps, estimate)
    const { arenaBytes } = planMemory(layerByLayer(steps))
    const least = front[0]!.memory.arenaBytes
    if (least > arenaBytes) worse.push(`seed ${seed}: ${least} > ${arenaBytes}`)
    if (lowerBoundBytes > least) worse.push(`seed ${seed}: bound ${lowerBoundBytes} > ${least}`)
    better += Number(least < arenaBytes)
    for (const { schedule, memory } of front) {
      const problems = verifyPlan(schedule, memory)
      if (problems.length > 0) worse.push(`seed ${seed}: ${problems[0]}`)
    }
  }
  t.same(worse, [])
  t.ok(better > seeds / 40, `${better} become smaller`)
  t.end()
})

t.test('tall images are planned in time, and the tallest as one row', t => {
  for (const [height, rows] of [
    [4000, 4000],
    [1_000_000, 1],
  ] as const) {
    const b = new GraphBuilder('tall')
    let x = b.input([1, height, 1, 4], { scale: 0.05 })
    for (let i = 0; i < 6; i++) {
      const data = Array.from({ length: 48 }, (_, k) => (k % 7) - 3)
      const weights = { shape: [4, 3, 1, 4], data, scale: 0.01 }
      x = b.conv2d(x, { weights, padding: 'same', output: { scale: 0.05 } })
    }
    b.output(x)
    const steps = stepsOf(b.graph(), { inputs: true, outputs: true })!
    const { front } = searchPlans(steps, estimate)
    const { schedule, memory } = front[0]!
    t.same(
      schedule.storages.map(storage => storage.rows),
      Array.from({ length: 7 }, () => rows),
    )
    t.ok(rows === 1 || memory.arenaBytes < 400, `${memory.arenaBytes} bytes for ${height} rows`)
  }
  t.end()
})
