// The cost model: its tables are sound, fits find what is there, and whole networks are predicted.

import { readdirSync } from 'node:fs'
import t from 'tap'
import { boards, coreOf, cores } from '../../boards/index.ts'
import { costTables } from '../../boards/costs.ts'
import { validateCostTable, type CostTable } from '../../boards/cost-table.ts'
import { comparePrediction } from '../../cli/bench/predict.ts'
import { profileModel } from '../../cli/bench/profile.ts'
import { readSource } from '../../cli/sources.ts'
import { calibratedModel } from '../../compiler/cost/calibrated.ts'
import { estimate } from '../../compiler/cost/estimate.ts'
import { workOf } from '../../compiler/cost/features.ts'
import { fitKernels, type Sample } from '../../compiler/cost/fit.ts'
import { costModel } from '../../compiler/cost/index.ts'
import { nonNegativeLeastSquares } from '../../compiler/cost/nnls.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { compileGraph, planGraph } from '../../compiler/index.ts'
import { defaultOptions } from '../../compiler/options.ts'
import { programOf } from '../../compiler/package/program.ts'
import type { PlanSearch } from '../../compiler/planner/candidate.ts'
import { choosePlan } from '../../compiler/planner/choose.ts'
import { eitherSearch } from '../../compiler/planner/search.ts'
import { scheduleCycles, stepCost } from '../../compiler/schedule/cost.ts'
import type { Step, Storage } from '../../compiler/schedule/schedule.ts'
import { kernelCall } from '../../kernels/call.ts'
import { integers } from '../../kernels/case-builder.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { randomMobileNet } from '../../zoo/random-networks.ts'

t.setTimeout(600_000)

t.test('every table ships under its own name and is sound', async t => {
  const folder = new URL('../../boards/costs/', import.meta.url)
  const files = readdirSync(folder).map(file => file.slice(0, -'.json'.length))
  t.same(files.sort(), [...costTables.keys()].sort())
  for (const [name, table] of costTables) t.same(validateCostTable(table, cores), [], name)
  for (const name of ['cortex-m4', 'cortex-m7']) {
    t.equal(costModel(cores.get(name)!).name, `${name}.gcc`)
  }
  t.equal(costModel(cores.get('host')!), estimate)
})

t.test('faults of a table are found', async t => {
  const [table] = costTables.values()
  const faulty = (changes: Partial<CostTable>): string =>
    validateCostTable({ ...table!, ...changes }, cores).join('; ')
  t.match(faulty({ core: 'cortex-m99' }), /core 'cortex-m99' is not known/)
  t.match(faulty({ compilerVersion: '' }), /version/)
  t.match(faulty({ samples: 1 }), /samples altogether/)
  const [kernel] = table!.kernels
  t.match(faulty({ kernels: [{ ...kernel!, cycles: { calls: -1 } }] }), /no numbers of cycles/)
  t.match(faulty({ kernels: [{ ...kernel!, cycles: {} }] }), /costs nothing/)
  t.match(faulty({ kernels: [{ ...kernel!, kernel: '../x' }] }), /no name of a kernel/)
})

t.test('least squares finds the best point without negative coordinates', async t => {
  const next = integers(5)
  for (let round = 0; round < 50; round++) {
    const rows = Array.from({ length: 8 }, () => [next(0, 9), next(0, 9), next(0, 9)])
    const b = rows.map(() => next(-20, 40))
    const error = (x: readonly number[]): number =>
      rows.reduce(
        (sum, row, i) => sum + (row.reduce((s, v, j) => s + v * x[j]!, 0) - b[i]!) ** 2,
        0,
      )
    const x = nonNegativeLeastSquares(rows, b)
    t.ok(x.every(value => value >= 0))
    const found = error(x)
    // The problem is convex: a point that no small step improves is the best one.
    for (let j = 0; j < 3; j++) {
      for (const step of [-1e-3, 1e-3]) {
        const moved = x.map((value, i) => (i === j ? Math.max(0, value + step) : value))
        t.ok(error(moved) >= found - 1e-4 * (1 + found))
      }
    }
  }
})

t.test('a fit gives back the coefficients that samples were made with, by instance', async t => {
  const next = integers(9)
  const truth = [
    { calls: 100, inner: 2.5, outputs: 7 },
    { calls: 100, inner: 4, outputs: 7 },
  ] as const
  const samples = Array.from({ length: 80 }, (_, i): Sample => {
    const wide = i % 2
    const [inner, outputs] = [next(1, 5000), next(1, 300)]
    const call = kernelCall({
      ...{ kernel: 'conv2d/made_up', entry: 'f', args: [], statics: { wide } },
      ...{ outputRows: 4, counts: { inner, outputs } },
    })
    const runs = next(1, 4)
    const work = workOf(call, outputs, [...Array.from({ length: runs - 1 }, () => 1), 5 - runs])
    const { calls, inner: each, outputs: last } = truth[wide]!
    return {
      kernel: call.kernel,
      statics: call.statics,
      work,
      cycles: runs * calls + inner * each + outputs * last,
    }
  })
  const [costs] = fitKernels(samples, ({ statics }) => ({ wide: statics['wide']! }))
  t.equal(costs!.instances.length, 2)
  for (const { statics, cycles, worstError } of costs!.instances) {
    for (const [name, value] of Object.entries(truth[statics['wide']!]!)) {
      t.ok(Math.abs(cycles[name]! / value - 1) < 0.05, `${name} ${cycles[name]}`)
    }
    t.ok(worstError < 0.05)
  }
  t.ok(costs!.worstError > 0.1, 'one set of coefficients is not enough for both')
})

t.test('kernels without a table cost what the estimate says, never nothing', async t => {
  const [table] = costTables.values()
  const call = kernelCall({
    kernel: 'conv2d/unknown',
    entry: 'f',
    args: [],
    macs: 1000,
    outputRows: 5,
  })
  const model = calibratedModel(table!)
  t.same(model.callCost(call, 50), estimate.callCost(call, 50))
  t.ok(model.callCost(call, 50).row > 0)
  t.notOk(model.hasKernel('conv2d/unknown'))
})

t.test('groups of rows cost what a run has of them, begun ones as much as full ones', async t => {
  const cycles = { calls: 1000, lines: 10, outputs: 0.5 }
  const fit = { samples: 20, meanError: 0, worstError: 0 }
  const table: CostTable = {
    ...{
      core: 'cortex-m4',
      compiler: 'gcc',
      compilerVersion: '1',
      flags: [],
      measured: '',
      seed: 1,
    },
    ...{ samples: 20, callCycles: { whole: 3, streamed: 7 } },
    kernels: [{ kernel: 'conv2d/made_up', cycles, instances: [], ...fit }],
  }
  const model = calibratedModel(table)
  const [outputRows, groupRows, batches] = [10, 4, 2]
  const call = kernelCall({
    ...{ kernel: 'conv2d/made_up', entry: 'f', args: [], outputRows, batches },
    ...{ counts: { outputs: 600 }, groupRows, groupCounts: { lines: 50 } },
  })
  const storage: Storage = { id: 0, tensor: 0, rows: outputRows, rowBytes: 120 }
  const rows = Int32Array.from({ length: outputRows }, (_, row) => row)
  const step: Step = {
    ...{ work: { kind: 'calls', operator: 0, calls: [call] }, positions: outputRows },
    ...{ inputs: [], reads: [], output: 0, writes: { begin: rows, end: rows.map(r => r + 1) } },
    ...{ inPlace: [], scratchBytes: 0, keepsScratch: false, ascending: false },
  }
  const { work, run } = stepCost(model, step, [storage])
  t.equal(work, batches * 0.5 * 600)
  // Rows of each run, and the groups of four that these make.
  for (const [runs, groups] of [
    [[10], 3],
    [[4, 4, 2], 3],
    [[5, 5], 4],
    [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 10],
    [[3, 7], 3],
    [[8, 2], 3],
    [[9, 1], 4],
  ] as const) {
    const name = `runs of ${runs.join(', ')} rows`
    const counted = workOf(call, 600, runs)
    const expected = { calls: runs.length, lines: 50 * groups, outputs: 600 }
    for (const [feature, count] of Object.entries(expected)) {
      t.ok(Math.abs(counted.get(feature)! - batches * count) < 1e-9, `${name}: ${feature}`)
    }
    const way = runs.length === 1 ? 'whole' : 'streamed'
    const dispatch = table.callCycles[way]
    const runCycles = batches * (runs.length * (1000 + dispatch) + groups * 500)
    t.equal(
      runs.reduce((sum, positions) => sum + run(positions, way), 0),
      runCycles,
      name,
    )
    let begin = 0
    const list = runs.map(length => ({ step: 0, begin, end: (begin += length) }))
    const segment = { first: 0, end: 1, band: runs[0], descending: false, runs: list }
    const schedule = { steps: [step], storages: [storage], segments: [segment] }
    t.equal(scheduleCycles(schedule, model), work + runCycles, `${name}: schedule`)
  }
})

t.test('of two searches what nothing beats is taken, and the better of each', async t => {
  const graph = randomMobileNet(3, { resolution: 8, blocks: 1, width: 8 })
  const options = { ...defaultOptions, board: 'mps2-an386' }
  const planned = planGraph(graph, boards.get('mps2-an386')!, options, new DiagnosticBag())
  const { layerByLayer } = planned!.search
  type Figures = readonly [sramBytes: number, cycles: number, flashBytes: number]
  const searchWith = (list: readonly Figures[], lowerBoundBytes: number): PlanSearch => ({
    ...{ cost: estimate, layerByLayer, lowerBoundBytes },
    front: list.map(([sramBytes, cycles, flashBytes]) => ({
      ...layerByLayer,
      figures: { sramBytes, cycles, flashBytes },
    })),
  })
  const figuresOf = ({ front }: PlanSearch): readonly Figures[] =>
    front.map(({ figures: f }) => [f.sramBytes, f.cycles, f.flashBytes])
  const fast = searchWith(
    [
      [200, 900, 5],
      [300, 500, 5],
      [400, 400, 5],
    ],
    150,
  )
  const small = searchWith(
    [
      [100, 1000, 5],
      // Beaten by what lies beside it in the other one, equal to it, and worth its flash.
      [210, 950, 5],
      [300, 500, 5],
      [450, 450, 4],
    ],
    90,
  )
  const expected = [
    [100, 1000, 5],
    [200, 900, 5],
    [300, 500, 5],
    [400, 400, 5],
    [450, 450, 4],
  ]
  for (const either of [eitherSearch(fast, small), eitherSearch(small, fast)]) {
    t.same(figuresOf(either), expected)
    t.equal(either.lowerBoundBytes, 90)
  }
  // What is chosen for a limit is as fast as the better of what each has for it.
  const cyclesAt = (search: PlanSearch, limit: number): number =>
    choosePlan(search, limit)?.figures.cycles ?? Infinity
  const next = integers(11)
  for (let round = 0; round < 200; round++) {
    const [a, b] = [0, 1].map(() => {
      const list = Array.from({ length: next(1, 6) }, (): Figures => [
        next(1, 20),
        next(1, 20),
        next(1, 3),
      ])
      return searchWith(list, Math.min(...list.map(([bytes]) => bytes)))
    })
    const either = eitherSearch(a!, b!)
    const list = figuresOf(either)
    const dominated = list.filter(x =>
      list.some(y => y !== x && y.every((value, i) => value <= x[i]!)),
    )
    if (dominated.length > 0) t.fail(`${dominated.join('; ')} are beaten in round ${round}`)
    for (let limit = 0; limit <= 21; limit++) {
      const best = Math.min(cyclesAt(a!, limit), cyclesAt(b!, limit))
      if (cyclesAt(either, limit) !== best) t.fail(`round ${round}: ${limit} bytes`)
    }
  }
})

t.test('a random network is predicted within 10 % of what is measured', async t => {
  const board = boards.get('mps2-an386')!
  const graph = randomMobileNet(91, { resolution: 48, blocks: 4, width: 8 })
  const bag = new DiagnosticBag()
  const options = { ...defaultOptions, board: board.name }
  const compiled = compileGraph(graph, board, options, readSource, bag)
  const program = programOf(compiled!, false, readSource)
  const profile = await profileModel(compiled!, program, 'cortex-m4', { lines: false })
  if (isMissing(profile)) {
    t.pass('not measured', { skip: 'no tools to build and emulate firmware' })
    return
  }
  const { error } = comparePrediction(compiled!.schedule, profile, costModel(coreOf(board)))
  t.ok(Math.abs(error) <= 0.1, `${(100 * error).toFixed(2)} %`)
})
