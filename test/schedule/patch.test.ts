// Column patches: strips of segments compute the same bytes, in memory that replay has checked.
import t, { type Test } from 'tap'
import { boards, coreOf } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { emitInvoke } from '../../compiler/emit/model/invoke.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { tensorBytes, type Graph } from '../../compiler/graph/graph.ts'
import { planMemory } from '../../compiler/memory/plan.ts'
import { provePlan } from '../../compiler/memory/prove.ts'
import { programOf } from '../../compiler/package/program.ts'
import { layerByLayer, wholeSegment } from '../../compiler/schedule/layer-by-layer.ts'
import { patchSteps, type Patch } from '../../compiler/schedule/patch.ts'
import type { Schedule, Segment } from '../../compiler/schedule/schedule.ts'
import { buildSteps, type Steps } from '../../compiler/schedule/steps.ts'
import { streamSegment } from '../../compiler/schedule/stream.ts'
import { selectKernels } from '../../compiler/select/select.ts'
import { lineReader } from '../../compiler/sources.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { randomGraph } from '../fuzz/graphs.ts'
import { Random } from '../fuzz/random.ts'
import { evaluateGraph, randomInputs } from '../fuzz/reference.ts'
import { randomMobileNet } from '../../zoo/random-networks.ts'
import { randomWideNet } from '../planner/wide-networks.ts'
import { sourcesWith } from '../sources.ts'

t.setTimeout(300_000)

const read = sourcesWith()

/** The graph as it is, without passes: every tensor of it can be compared. */
function stepsOf(graph: Graph): Steps | null {
  const bag = new DiagnosticBag()
  const selected = selectKernels(graph, coreOf(boards.get('mps2-an386')!), bag)
  return selected === null ? null : buildSteps(graph, selected.roomy)
}

/** Patches at random places that are possible, as many as are found. */
function randomPatches(steps: Steps, random: Random): readonly Patch[] {
  const patches: Patch[] = []
  for (let first = 0; first < steps.steps.length;) {
    const end = Math.min(steps.steps.length, first + random.int(1, 6))
    const patch = { first, end, strips: random.int(2, 6) }
    const possible = patchSteps(steps, [patch]) !== null
    if (possible) patches.push(patch)
    first = possible ? end : first + 1
  }
  return patches
}

/** Each strip a segment; the other steps one after the other. */
function patchedSchedule(steps: Steps, patches: readonly Patch[], random: Random): Schedule {
  const patched = patchSteps(steps, patches)
  if (patched === null) throw new Error('patches are possible one by one, not together')
  const { steps: all, positions } = patched
  const segments: Segment[] = []
  let next = 0
  const copyTo = (end: number): void => {
    for (; next < end; next++) segments.push(wholeSegment(all.steps[next]!, next))
  }
  for (const { first, end, strips } of patches) {
    copyTo(positions[first]!)
    const band = random.pick([1, 1, 2, 3])
    const descending = random.chance(0.3)
    for (let strip = 0; strip < strips; strip++) {
      segments.push(streamSegment(all, next, next + end - first, band, descending))
      next += end - first
    }
  }
  copyTo(all.steps.length)
  const { graph, storages, storageOf, resident } = all
  return { graph, storages, storageOf, resident, steps: all.steps, segments }
}

/** Plans, proves and runs a schedule; the first difference from the oracle, or null. */
async function problemOf(schedule: Schedule, random: Random): Promise<string | null> {
  const plan = planMemory(schedule, { effort: 2e4 })
  const bag = new DiagnosticBag()
  const kernels = new KernelProgram(read, bag)
  const model = emitInvoke({ schedule, plan, kernels, lineOf: lineReader(read), trace: true }, bag)
  if (model === null) return formatDiagnostics(bag.all)
  try {
    provePlan(schedule, plan, model)
  } catch (error) {
    return String(error).slice(0, 600)
  }
  const program = programOf({ schedule, plan, model, files: new Map() }, true, read)
  const inputs = randomInputs(schedule.graph, random)
  const expected = evaluateGraph(schedule.graph, inputs)
  const [result] = await createJsRunner(program).run([inputs])
  const bySource = new Map(schedule.graph.tensors.map(x => [x.sourceIndex, expected.get(x.id)!]))
  const found = [
    ...program.tensors.map((tensor, i) => ({ tensor, bytes: result!.trace[i]! })),
    ...program.outputs.map((tensor, i) => ({ tensor, bytes: result!.outputs[i]! })),
  ]
  const wrong = found.find(
    ({ tensor, bytes }) => Buffer.compare(bytes, bySource.get(tensor.index)!) !== 0,
  )
  return wrong === undefined ? null : `tensor ${wrong.tensor.index} (${wrong.tensor.name}) differs`
}

async function checkGraphs(
  t: Test,
  count: number,
  graphOf: (seed: number) => Graph,
): Promise<number> {
  let patched = 0
  const problems: string[] = []
  for (let seed = 0; seed < count; seed++) {
    const random = new Random(seed)
    const steps = stepsOf(graphOf(seed))
    if (steps === null) continue
    const patches = randomPatches(steps, random)
    if (patches.length === 0) continue
    patched++
    const problem = await problemOf(patchedSchedule(steps, patches, random), random)
    if (problem !== null) problems.push(`seed ${seed}, ${JSON.stringify(patches)}: ${problem}`)
  }
  t.same(problems, [])
  return patched
}

t.test('random graphs in patches: replayed, and every tensor as the oracle has it', async t => {
  const patched = await checkGraphs(t, 100, seed => randomGraph(seed, 14))
  t.ok(patched >= 15, `${patched} of 100 graphs have patches`)
})

t.test('random networks in patches, residual ones too', async t => {
  const shape = { resolution: 18, blocks: 4, width: 8 }
  const patched = await checkGraphs(t, 4, seed => randomMobileNet(seed, shape))
  t.equal(patched, 4)
  t.equal(await checkGraphs(t, 12, seed => randomWideNet(seed)), 12)
})

t.test('tensors inside a patch are narrow, halos are computed twice', async t => {
  const shape = { height: 6, width: 200, input: 2, channels: 4, layers: 3 }
  const steps = stepsOf(randomWideNet(3, shape))!
  const count = steps.steps.length
  const patched = patchSteps(steps, [{ first: 0, end: count, strips: 4 }])!.steps
  const macs = ({ steps: all }: Pick<Steps, 'steps'>): number =>
    all
      .flatMap(({ work }) => (work.kind === 'calls' ? work.calls : []))
      .reduce((sum, call) => sum + call.macs, 0)
  t.equal(patched.steps.length, 4 * count)
  t.ok(macs(patched) > macs(steps), 'halo')
  t.ok(macs(patched) < 1.3 * macs(steps), 'no more than that')
  const inner = patched.storages.filter(({ strip }) => strip !== undefined)
  t.equal(inner.length, 4 * (count - 1))
  for (const { tensor, rows, rowBytes, strip } of inner) {
    const { shape } = steps.graph.tensors[tensor]!
    t.equal(rows, shape[1])
    t.ok(rowBytes < 0.45 * strip!.rowBytes, 'a quarter and its halo')
    t.ok(strip!.begin + rowBytes <= strip!.rowBytes)
    t.equal(strip!.rowBytes * rows, tensorBytes(steps.graph.tensors[tensor]!))
  }
})

t.test('what cannot be cut is refused', async t => {
  const steps = stepsOf(randomWideNet(1))!
  const last = steps.steps.length
  t.equal(patchSteps(steps, [{ first: 0, end: last, strips: 10_000 }]), null, 'too narrow')
  const none: Steps = { ...steps, cuts: new Map() }
  t.equal(patchSteps(none, [{ first: 0, end: last, strips: 2 }]), null, 'no operator can be cut')
  t.same(layerByLayer(patchSteps(steps, [])!.steps).segments.length, last, 'no patches')
})
