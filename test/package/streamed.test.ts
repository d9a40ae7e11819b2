// Streamed schedules as packages: the same bytes as layer by layer, in outputs and in every traced tensor.

import t, { type Test } from 'tap'
import { coreOf, boards } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { emitInvoke } from '../../compiler/emit/model/invoke.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { planMemory, type MemoryPlan } from '../../compiler/memory/plan.ts'
import { provePlan } from '../../compiler/memory/prove.ts'
import { packageFiles } from '../../compiler/package/files.ts'
import { endsOf, hasStreams } from '../../compiler/package/io.ts'
import { programOf } from '../../compiler/package/program.ts'
import { traceOf } from '../../compiler/package/trace.ts'
import { makeReport } from '../../compiler/report/report.ts'
import { layerByLayer } from '../../compiler/schedule/layer-by-layer.ts'
import { allRuns, type Schedule } from '../../compiler/schedule/schedule.ts'
import { stepOf } from '../../compiler/schedule/segment-peak.ts'
import { buildSteps, residentEnds, type RowEnds } from '../../compiler/schedule/steps.ts'
import { streamSegment } from '../../compiler/schedule/stream.ts'
import { selectKernels } from '../../compiler/select/select.ts'
import { lineReader } from '../../compiler/sources.ts'
import { seededCases } from '../../cli/verify/seeded.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import type { InferenceResult, Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { findTool } from '../../runtime/hosts/toolchain.ts'
import { random } from '../random.ts'
import { sourcesWith } from '../sources.ts'

t.setTimeout(300_000)

const read = sourcesWith()
const rowEnds: RowEnds = { inputs: true, outputs: true }

/** Weights of a deterministic mess. */
function weights(shape: readonly number[], seed: number) {
  const numbers = random(seed)
  const count = shape.reduce((a, b) => a * b, 1)
  return {
    shape,
    data: Array.from({ length: count }, () => numbers.below(200) - 100),
    scale: 0.01,
  }
}

const quant = { scale: 0.1, zeroPoint: 3 }

/** An image goes through a residual block; its rows, a map of its means and a flat copy come out. */
function network(): Graph {
  const b = new GraphBuilder('streamed')
  const x = b.input([1, 13, 9, 3], quant, 'picture')
  const bias = b.input([1, 1, 1, 8], quant, 'bias')
  const y = b.conv2d(x, {
    weights: weights([8, 3, 3, 3], 1),
    padding: 'same',
    stride: 2,
    output: quant,
  })
  const z = b.depthwiseConv2d(y, {
    weights: weights([1, 3, 3, 8], 2),
    padding: 'same',
    output: quant,
  })
  const sum = b.add(z, y, { output: { scale: 0.2, zeroPoint: -7 } })
  const moved = b.add(sum, bias, { output: quant, activation: 'relu' })
  const up = b.resizeNearestNeighbor(moved, [14, 10])
  b.output(up)
  const flat = b.reshape(moved, [1, 7 * 5 * 8])
  b.output(
    b.fullyConnected(flat, { weights: weights([4, 280], 3), output: { scale: 1, zeroPoint: 0 } }),
  )
  return b.graph()
}

interface Way {
  readonly ends: RowEnds
  /** Rows per run of streamed segments; 0: one operator after the other. */
  readonly band: number
  /** Steps of a segment at most. */
  readonly length: number
}

function scheduleOf(graph: Graph, { ends, band, length }: Way): Schedule {
  const bag = new DiagnosticBag()
  const selected = selectKernels(graph, coreOf(boards.get('host')!), bag)
  if (selected === null) throw new Error(formatDiagnostics(bag.all))
  const steps = buildSteps(graph, selected.roomy, ends)
  if (band === 0) return layerByLayer(steps)
  const chosen = steps.steps.map((_, index) => stepOf(steps, index, true))
  const segments = []
  for (let first = 0; first < chosen.length; first += length) {
    const end = Math.min(first + length, chosen.length)
    segments.push(streamSegment({ ...steps, steps: chosen }, first, end, band, false))
  }
  return { ...steps, steps: chosen, segments }
}

interface Built {
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly program: Program
}

function build(graph: Graph, way: Way): Built {
  const bag = new DiagnosticBag()
  const schedule = scheduleOf(graph, way)
  const plan = planMemory(schedule)
  const kernels = new KernelProgram(read, bag)
  const trace = true
  const model = emitInvoke({ schedule, plan, kernels, lineOf: lineReader(read), trace }, bag)
  if (model === null) throw new Error(formatDiagnostics(bag.all))
  provePlan(schedule, plan, model)
  const report = makeReport(schedule, plan, model.module, 'host')
  const files = packageFiles({ schedule, plan, model, report, trace })
  return { schedule, plan, program: programOf({ schedule, plan, model, files }, trace, read) }
}

async function results(
  runner: Runner | Missing,
  graph: Graph,
): Promise<readonly InferenceResult[]> {
  if (isMissing(runner)) throw new Error(runner.tool)
  const cases = seededCases(graph, 4).map(({ inference }) => inference)
  const answer = await runner.run(cases)
  await runner.close()
  return answer
}

const ways: readonly (readonly [string, Way])[] = [
  [
    'one operator after the other, rows from and to the caller',
    { ends: rowEnds, band: 0, length: 1 },
  ],
  ['pairs of steps, everything resident', { ends: residentEnds, band: 1, length: 2 }],
  [
    'segments of three with rows from the caller',
    { ends: { inputs: true, outputs: false }, band: 1, length: 3 },
  ],
  ['one segment, rows both ways', { ends: rowEnds, band: 1, length: 99 }],
  ['one segment, two rows at a time', { ends: rowEnds, band: 2, length: 99 }],
]

const graph = network()
const plain = build(graph, { ends: residentEnds, band: 0, length: 1 })
const hex = (list: readonly Uint8Array[]): readonly string[] =>
  list.map(bytes => Buffer.from(bytes).toString('hex'))

/** Of the arena without the scratch of kernels, which streaming does not make smaller. */
function tensorBytes({ schedule }: Built): number {
  const steps = schedule.steps.map(step => ({ ...step, scratchBytes: 0 }))
  return planMemory({ ...schedule, steps }).arenaBytes
}

/** Every byte of every tensor that is computed is seen exactly once, in order of time. */
function checkTrace(t: Test, { schedule, plan }: Built): void {
  const { tensors, slices } = traceOf(schedule, plan)
  const runs = allRuns(schedule).length
  const seen = tensors.map(({ bytes }) => new Uint8Array(bytes))
  let before = 0
  for (const { event, tensor, offset, bytes, at } of slices) {
    t.ok(event >= before && event < runs && offset >= 0 && offset + bytes <= plan.arenaBytes)
    before = event
    for (let i = at; i < at + bytes; i++) seen[tensor]![i]!++
  }
  tensors.forEach(({ source }, i) => {
    const times = source.kind === 'slices' ? 1 : 0
    t.ok(
      seen[i]!.every(count => count === times),
      `tensor ${i}`,
    )
  })
}

for (const [title, way] of ways) {
  t.test(`${title}: the bytes of layer by layer`, async t => {
    const built = build(graph, way)
    const ends = endsOf(built.schedule, built.plan)
    t.equal(hasStreams(ends), way.ends.inputs || way.ends.outputs)
    t.equal(ends.inputs[0]?.kind, way.ends.inputs ? 'streamed' : 'resident')
    t.equal(ends.inputs[1]?.kind, 'resident', 'a tensor of one row stays in the arena')
    t.equal(ends.outputs[0]?.kind, way.ends.outputs ? 'streamed' : 'resident')
    t.equal(ends.outputs[1]?.kind, 'resident')
    checkTrace(t, built)
    if (way.length > 3) t.ok(tensorBytes(built) < tensorBytes(plain) / 2, 'rings are small')
    const { program } = built
    t.same(
      program.tensors.map(({ name }) => name),
      plain.program.tensors.map(({ name }) => name),
    )
    const wanted = await results(createJsRunner(plain.program, { fill: 0 }), graph)
    const fill = [0x00, 0xa5, 0xff]
    const hosts: (readonly [string, Runner | Missing])[] = [
      ['js', createJsRunner(program, { fill })],
      ['as', await createAsRunner(program, { fill })],
    ]
    if (findTool('gcc') !== null) {
      const options = { fill, strict: true, sanitize: true }
      hosts.push(['native', await createNativeRunner(program, options)])
    }
    for (const [host, runner] of hosts) {
      const given = await results(runner, graph)
      given.forEach((result, i) => {
        t.same(hex(result.outputs), hex(wanted[i]!.outputs), `outputs of case ${i} on ${host}`)
        t.same(hex(result.trace), hex(wanted[i]!.trace), `tensors of case ${i} on ${host}`)
      })
    }
  })
}

t.test('a traced model of which an input is only renamed shows the input', async t => {
  const b = new GraphBuilder('renamed')
  const x = b.input([1, 2, 3, 4], quant)
  b.output(b.logistic(b.reshape(x, [1, 24])))
  const { program } = build(b.graph(), { ends: residentEnds, band: 0, length: 1 })
  const input = Uint8Array.from({ length: 24 }, (_, i) => i * 9)
  const [given] = await createJsRunner(program).run([[input]])
  t.same(
    program.tensors.map(({ source }) => source.kind),
    ['input', 'slices'],
  )
  t.same(given?.trace, [input, given?.outputs[0]])
})
