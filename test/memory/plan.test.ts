// Memory plans of rows: known arenas, small optima by enumeration, and thousands of random schedules
// with the verifier and an execution on tagged memory as oracles; planted faults show both can fail.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { boards, coreOf } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { importTflite } from '../../compiler/import/tflite/graph.ts'
import { storageBlock } from '../../compiler/memory/block.ts'
import { findConflicts, forbiddenDistances } from '../../compiler/memory/conflict.ts'
import { findMerges } from '../../compiler/memory/in-place.ts'
import { peakOf } from '../../compiler/memory/peak.ts'
import {
  improveLayout,
  makeProblem,
  placeGreedily,
  recipes,
  type Layout,
} from '../../compiler/memory/place.ts'
import { planMemory, tensorAlignment, type MemoryPlan } from '../../compiler/memory/plan.ts'
import { verifyPlan } from '../../compiler/memory/verify.ts'
import { runPasses } from '../../compiler/passes/index.ts'
import { layerByLayer } from '../../compiler/schedule/layer-by-layer.ts'
import { findLives, type Life } from '../../compiler/schedule/lives.ts'
import { allRuns, type Schedule, type StorageId } from '../../compiler/schedule/schedule.ts'
import { buildSteps } from '../../compiler/schedule/steps.ts'
import { streamSegment } from '../../compiler/schedule/stream.ts'
import { selectKernels } from '../../compiler/select/select.ts'
import { execute, judge, withStorage, type Tally } from './judge.ts'
import { byRows, randomSchedule, range, ScheduleBuilder } from './schedules.ts'

t.setTimeout(120_000)

/** Plans a schedule and puts verifier and execution to it. */
function planned(t: Test, schedule: Schedule): MemoryPlan {
  const plan = planMemory(schedule)
  t.same(verifyPlan(schedule, plan), [])
  t.same(execute(schedule, plan), [])
  t.ok(plan.arenaBytes >= plan.peakLiveBytes)
  return plan
}

/** Row by row, one step after the other; `descending` by step. */
function rowByRow(
  b: ScheduleBuilder,
  outputs: readonly StorageId[],
  descending: readonly boolean[],
) {
  const segments = b.steps.map((_, i) => byRows(b.steps, i, descending[i] ?? false))
  return b.schedule(outputs, segments)
}

/** All steps in one segment, one row of the last at a time. */
function streamed(b: ScheduleBuilder, outputs: readonly StorageId[]): Schedule {
  return b.schedule(outputs, [streamSegment(b, 0, b.steps.length, 1, false)])
}

t.test('rows of a pointwise output follow the dying rows of its input', async t => {
  const make = (steps: number, descending: readonly boolean[]): Schedule => {
    const b = new ScheduleBuilder()
    let x = b.input(20, 64)
    for (let i = 0; i < steps; i++) x = b.step([x], 20, 64)
    return rowByRow(b, [x], descending)
  }
  t.equal(planned(t, make(1, [])).arenaBytes, 21 * 64)
  t.equal(planned(t, make(1, [true])).arenaBytes, 21 * 64)
  // Rising rows go down by one row each time; every other step downwards brings them back.
  t.equal(planned(t, make(5, [])).arenaBytes, 25 * 64)
  t.equal(planned(t, make(5, [false, true, false, true, false])).arenaBytes, 21 * 64)
})

t.test('the distance to the input is what the window and the row sizes ask for', async t => {
  const around = (p: number): readonly [number, number] => [p - 1, p + 2]
  const pairs = (p: number): readonly [number, number] => [2 * p, 2 * p + 2]
  const cases: readonly (readonly [string, number, Parameters<ScheduleBuilder['step']>])[] = [
    ['3 x 3: two rows', 22 * 64, [[0], 20, 64, { windows: [around] }]],
    ['stride 2: one row', 21 * 64, [[0], 10, 64, { windows: [pairs] }]],
    ['wider rows: the output and the last input row', 20 * 128 + 64, [[0], 20, 128]],
    ['narrower rows: the input and a row', 20 * 64 + 32, [[0], 20, 32]],
    ['rows that are no multiple of the alignment', 20 * 64 + 48, [[0], 20, 40]],
  ]
  for (const [name, bytes, [inputs, ...step]] of cases) {
    for (const descending of [false, true]) {
      const b = new ScheduleBuilder()
      b.input(20, 64)
      const schedule = rowByRow(b, [b.step(inputs, ...step)], [descending])
      t.equal(planned(t, schedule).arenaBytes, bytes, `${name}, ${descending ? 'down' : 'up'}`)
    }
  }
})

t.test(
  'streamed tensors are rings, and rings that are never full together share memory',
  async t => {
    const b = new ScheduleBuilder()
    let x = b.received(20, 64)
    x = b.step([x], 20, 64, { windows: [p => [p - 1, p + 2]] })
    b.sent(x)
    const conv = planned(t, streamed(b, []))
    t.same(
      conv.storages.map(({ ring }) => ring),
      [3, 1],
    )
    t.equal(conv.arenaBytes, 4 * 64)
    const chain = new ScheduleBuilder()
    let y = chain.received(30, 64)
    for (let i = 0; i < 6; i++) y = chain.step([y], 30, 64)
    chain.sent(y)
    t.equal(planned(t, streamed(chain, [])).arenaBytes, 2 * 64, 'two rows for seven tensors')
  },
)

t.test('element-wise steps work in place: as a whole, by rows, up and down, in rings', async t => {
  for (const inPlace of [[0], []]) {
    const make = (): readonly [ScheduleBuilder, StorageId] => {
      const b = new ScheduleBuilder()
      let x = b.input(10, 48)
      for (let i = 0; i < 5; i++) x = b.step([x], 10, 48, { inPlace })
      return [b, x]
    }
    const [b, x] = make()
    const whole = planned(t, b.schedule([x]))
    t.equal(whole.arenaBytes, inPlace.length > 0 ? 480 : 960)
    t.equal(whole.inPlace.size, 5 * inPlace.length)
    t.equal(whole.arenaBytes, whole.peakLiveBytes)
    for (const down of [false, true]) {
      const plan = planned(t, rowByRow(b, [x], [down, !down, down, !down, down]))
      t.equal(plan.arenaBytes, inPlace.length > 0 ? 480 : 480 + 48)
    }
  }
  const b = new ScheduleBuilder()
  let y = b.received(10, 64)
  for (let i = 0; i < 3; i++) y = b.step([y], 10, 64, { inPlace: [0] })
  b.sent(y)
  t.equal(planned(t, streamed(b, [])).arenaBytes, 64)
})

t.test('a row written in place must not outlive the next row of its slot', async t => {
  const b = new ScheduleBuilder()
  const x = b.received(8, 32)
  const y = b.step([x], 8, 32, { inPlace: [0] })
  b.step([y], 1, 32, { positions: 1 })
  const runs = [
    ...range(0, 8).flatMap(p => [
      { step: 0, begin: p, end: p + 1 },
      { step: 1, begin: p, end: p + 1 },
    ]),
    { step: 2, begin: 0, end: 1 },
  ]
  const schedule = b.schedule([], [{ first: 0, end: 3, band: 1, descending: false, runs }])
  t.equal(planned(t, schedule).inPlace.size, 0, 'rings of one row and of eight')
  // Both are rings of two rows, but the output keeps its rows for one run longer.
  const c = new ScheduleBuilder()
  const p = c.received(8, 32)
  const q = c.step([p], 8, 32, { inPlace: [0] })
  c.step([q], 8, 32, { windows: [row => [row - 1, row + 1]] })
  const order = [{ step: 0, begin: 0, end: 1 }]
  for (const row of range(0, 8)) {
    if (row < 7) order.push({ step: 0, begin: row + 1, end: row + 2 })
    order.push({ step: 1, begin: row, end: row + 1 }, { step: 2, begin: row, end: row + 1 })
  }
  const tight = c.schedule([], [{ first: 0, end: 3, band: 1, descending: false, runs: order }])
  t.same(
    findLives(tight)
      .slice(0, 2)
      .map(({ ring }) => ring),
    [2, 2],
  )
  t.same(findMerges(tight, findLives(tight)), [])
  planned(t, tight)
})

t.test('residual blocks keep their input, and the addition takes a place over', async t => {
  const b = new ScheduleBuilder()
  let x = b.input(10, 64)
  for (let block = 0; block < 4; block++) {
    const wide = b.step([x], 10, 384)
    const deep = b.step([wide], 10, 384, { inPlace: [0] })
    const narrow = b.step([deep], 10, 64)
    x = b.step([x, narrow], 10, 64, { inPlace: [0, 1] })
  }
  const plan = planned(t, b.schedule([x]))
  t.equal(plan.arenaBytes, 640 + 3840 + 640)
  const { bytes, live } = peakOf(b.schedule([x]), plan)
  t.equal(bytes, plan.arenaBytes)
  t.equal(live[0]?.bytes, 3840)
})

t.test('scratch is shared within a segment; what an accumulator keeps is not', async t => {
  const b = new ScheduleBuilder()
  let x = b.received(10, 32)
  x = b.step([x], 10, 32, { scratch: 100 })
  x = b.step([x], 10, 32, { scratch: 200 })
  x = b.step([x], 1, 16, { positions: 10, scratch: 64, keepsScratch: true })
  const schedule = streamed(b, [x])
  const plan = planned(t, schedule)
  t.same(plan.scratch.get(1), plan.scratch.get(2))
  t.equal(plan.scratch.get(3)?.bytes, 64)
  t.equal(plan.arenaBytes, 64 + 200 + 64)
  t.equal(peakOf(schedule, plan).bytes, 64 + 200 + 64)
})

t.test('an input is overwritten only by its last use', async t => {
  const make = (build: (b: ScheduleBuilder, x: StorageId) => readonly StorageId[]): Schedule => {
    const b = new ScheduleBuilder()
    return b.schedule(build(b, b.input(1, 32)))
  }
  const inPlace = { inPlace: [0] }
  const cases: readonly (readonly [string, number[], Schedule])[] = [
    ['plain', [0], make((b, x) => [b.step([x], 1, 32, inPlace)])],
    [
      'read later',
      [1],
      make((b, x) => (b.step([x], 1, 32, inPlace), [b.step([x], 1, 32, inPlace)])),
    ],
    ['a graph output', [], make((b, x) => [x, b.step([x], 1, 32, inPlace)])],
    ['a larger output', [], make((b, x) => [b.step([x], 1, 33, inPlace)])],
    ['twice, both declared', [0], make((b, x) => [b.step([x, x], 1, 32, { inPlace: [0, 1] })])],
    ['twice, one declared', [], make((b, x) => [b.step([x, x], 1, 32, inPlace)])],
    ['a constant', [], make(b => [b.step([null], 1, 32, inPlace)])],
  ]
  for (const [name, steps, schedule] of cases) {
    t.same(
      findMerges(schedule, findLives(schedule)).map(merge => merge.step),
      steps,
      name,
    )
    planned(t, schedule)
  }
})

t.test(
  'odd graphs have plans: nothing, no step, unused inputs, dead steps, empty rows',
  async t => {
    t.equal(planned(t, new ScheduleBuilder().schedule([])).arenaBytes, 0)
    const through = new ScheduleBuilder()
    const x = through.input(2, 5)
    t.equal(planned(t, through.schedule([x])).arenaBytes, 10)
    const empty = new ScheduleBuilder()
    t.equal(planned(t, empty.schedule([empty.step([empty.input(1, 0)], 1, 0)])).arenaBytes, 0)
    const b = new ScheduleBuilder()
    const used = b.input(1, 16)
    b.input(1, 48)
    b.step([used], 1, 80)
    const y = b.step([used], 1, 32)
    const z = b.step([y, null], 1, 32, { inPlace: [0], scratch: 5 })
    const plan = planned(t, b.schedule([y, z]))
    t.equal(plan.inPlace.size, 0)
    // The first step needs 16 + 80; the last one y and z, and 5 of scratch.
    t.equal(plan.arenaBytes, 96)
    t.same(planned(t, b.schedule([y, z])), plan, 'the same schedule gives the same plan')
  },
)

/** Whether two storages share a byte in a run, byte by byte and run by run. */
function meet(a: Life, b: Life, distance: number, runs: number): boolean {
  const bytes = (life: Life, time: number, offset: number): ReadonlySet<number> => {
    const rows = range(0, life.storage.rows).filter(
      row => life.first[row]! <= time && time <= life.last[row]!,
    )
    const { rowBytes } = life.storage
    const begin = (row: number): number => offset + (row % life.ring) * rowBytes
    return new Set(rows.flatMap(row => range(begin(row), begin(row) + rowBytes)))
  }
  return range(-1, runs + 1).some(time => {
    const own = bytes(a, time, 0)
    return [...bytes(b, time, distance)].some(byte => own.has(byte))
  })
}

t.test(
  'forbidden distances are those at which bytes in use meet, no more and no fewer',
  async t => {
    let free = 0
    for (let seed = 1; seed <= 25; seed++) {
      const schedule = randomSchedule(seed, 3, 3)
      const lives = findLives(schedule).filter(({ storage }) => storage.rowBytes <= 24)
      const runs = allRuns(schedule).length
      for (const [i, a] of lives.entries()) {
        for (const b of lives.slice(0, i)) {
          const [below, above] = [b, a].map(({ ring, storage }) => ring * storage.rowBytes)
          const forbidden = forbiddenDistances(storageBlock(a), storageBlock(b), 1)
          for (let d = -below! - 2; d <= above! + 2; d += 1 + (seed % 7)) {
            const says = forbidden.some(
              (begin, k) => k % 2 === 0 && begin < d && d < forbidden[k + 1]!,
            )
            if (says !== meet(a, b, d, runs)) t.fail(`seed ${seed}, distance ${d}: ${says}`)
            if (!says && -below! < d && d < above!) free++
          }
        }
      }
    }
    t.ok(free > 30, `${free} distances at which storages interlock`)
  },
)

/** Whether storages fit into so many bytes: all offsets tried; slow and obvious. */
function fits(lives: readonly Life[], runs: number, bytes: number): boolean {
  const sizes = lives.map(({ ring, storage }) => ring * storage.rowBytes)
  const clashes = new Map<string, boolean>()
  const clash = (i: number, j: number, distance: number): boolean => {
    const key = `${i} ${j} ${distance}`
    if (!clashes.has(key)) clashes.set(key, meet(lives[i]!, lives[j]!, distance, runs))
    return clashes.get(key)!
  }
  const place = (offsets: readonly number[]): boolean => {
    const at = offsets.length
    if (at === lives.length) return true
    for (let offset = 0; offset + sizes[at]! <= bytes; offset += tensorAlignment) {
      if (offsets.some((other, i) => clash(i, at, offset - other))) continue
      if (place([...offsets, offset])) return true
    }
    return false
  }
  return place([])
}

t.test('few storages are placed as well as by trying all offsets, nearly always', async t => {
  let [searched, missed] = [0, 0]
  for (let seed = 1; seed <= 120; seed++) {
    const schedule = randomSchedule(seed, 3, 2)
    const lives = findLives(schedule)
    const blocks = lives.map(life => storageBlock(life))
    if (lives.length > 5 || blocks.reduce((sum, { bytes }) => sum + bytes, 0) > 700) continue
    const problem = makeProblem(blocks, findConflicts(blocks, tensorAlignment), tensorAlignment)
    const effort = { left: 1e5 }
    const best = improveLayout(problem, 0, placeGreedily(problem, 0, effort), effort)
    searched++
    if (fits(lives, allRuns(schedule).length, best.bytes - 1)) missed++
  }
  t.comment(`${missed} of ${searched} could be smaller`)
  t.ok(searched > 20)
  t.ok(missed <= searched / 20)
})

for (const { count, steps, reach } of [
  { count: 2000, steps: 9, reach: 4 },
  { count: 150, steps: 25, reach: 5 },
  { count: 20, steps: 80, reach: 8 },
]) {
  t.test(`${count} random schedules of up to ${steps} steps: sound, faults are found`, async t => {
    const tally: Tally = { tight: 0, gap: 0, merged: 0, faults: 0, executed: 0, felt: 0 }
    for (let seed = 1; seed <= count; seed++) {
      judge(t, randomSchedule(seed, steps - (seed % 8), reach), seed, tally)
    }
    const gap = (100 * tally.gap) / count
    t.comment(`${tally.tight} of ${count} at the lower bound, mean gap ${gap.toFixed(2)} %`)
    t.comment(
      `${tally.merged} steps in place, ${tally.faults} faults, ${tally.felt} of ${tally.executed} felt`,
    )
    t.ok(gap < 5, 'plans are near the lower bound')
    t.ok(tally.faults > count)
    // Not every shared byte is read again.
    t.ok(tally.felt > tally.executed / 2)
    t.ok(tally.merged > count / 8)
  })
}

t.test('every recipe of the greedy placement is sound', async t => {
  const schedule = randomSchedule(3, 40, 6)
  const lives = findLives(schedule)
  const blocks = lives.map(life => storageBlock(life))
  const conflicts = findConflicts(blocks, tensorAlignment)
  const problem = makeProblem(blocks, conflicts, tensorAlignment)
  const sound = ({ offsets, bytes }: Layout): boolean =>
    Math.min(...offsets) >= 0 &&
    bytes === Math.max(...blocks.map((block, i) => offsets[i]! + block.bytes)) &&
    conflicts.every(({ low, high, distances }) => {
      const distance = offsets[high]! - offsets[low]!
      return !distances.some((d, k) => k % 2 === 0 && d < distance && distance < distances[k + 1]!)
    })
  for (let recipe = 0; recipe < recipes; recipe++) {
    t.ok(sound(placeGreedily(problem, 0, { left: 1e6 }, recipe)), `recipe ${recipe}`)
  }
})

t.test('200 steps are planned quickly, whole or by rows', async t => {
  for (const reach of [3, 40]) {
    const schedule = randomSchedule(7, 200, reach)
    const before = process.cpuUsage()
    const plan = planMemory(schedule)
    const { user, system } = process.cpuUsage(before)
    t.same(verifyPlan(schedule, plan), [])
    t.ok(user + system < 2e6, `${((user + system) / 1e3).toFixed(0)} ms`)
  }
})

t.test('the verifier names what is wrong', async t => {
  const b = new ScheduleBuilder()
  const x = b.input(4, 64)
  const y = b.step([x], 4, 64, { inPlace: [0], scratch: 32 })
  const z = b.step([y, x], 4, 64, { inPlace: [0, 1] })
  const schedule = rowByRow(b, [z], [])
  const plan = planned(t, schedule)
  t.same([...plan.inPlace.keys()], [1])
  const says = (broken: MemoryPlan, part: string): void => {
    const problems = verifyPlan(schedule, broken)
    t.ok(
      problems.some(problem => problem.includes(part)),
      `${part}: ${problems.join('; ')}`,
    )
  }
  const move = (id: StorageId, change: object): MemoryPlan => withStorage(plan, id, change)
  const change = (part: Partial<MemoryPlan>): MemoryPlan => ({ ...plan, ...part })
  const life = plan.lives[y]!
  const lives = plan.lives.map(l => (l === life ? { ...l, last: l.last.map(() => 3) } : l))
  says(change({ storages: plan.storages.slice(1) }), '2 storages have places, 3 need one')
  says(change({ scratch: new Map() }), 'scratch of step 0 has no place')
  says(move(y, { offset: 8 }), 'is not aligned')
  says(move(y, { offset: -16 }), 'lies at -16')
  says(move(y, { offset: 1600 }), 'after the arena')
  says(move(y, { bytes: 63 }), 'has 63 bytes, needs 256 for 4 rows')
  says(move(y, { ring: 5 }), 'is a ring of 5 of 4 rows')
  says(move(y, { ring: 3, bytes: 192 }), 'row 0 of storage 1 and row 3 of storage 1 share byte')
  says(move(y, { last: 0 }), 'is said to live from run 0 to 0, is needed from 0 to 7')
  says(move(x, { offset: plan.storages[y]!.offset }), 'share byte')
  says(change({ lives }), `the life of row 0 of storage ${y} is wrong`)
  says(change({ inPlace: new Map([[0, 0]]) }), 'the offsets differ')
  says(
    { ...move(y, { offset: plan.storages[x]!.offset }), inPlace: new Map([[0, 0]]) },
    'is needed later',
  )
  says(change({ inPlace: new Map([[0, 1]]) }), 'there is no such input')
  says(change({ inPlace: new Map([[9, 0]]) }), 'there is no such step')
  says(change({ inPlace: new Map() }), 'share byte')
  says(change({ arenaBytes: plan.arenaBytes + 1 }), 'are used')
  says(change({ peakLiveBytes: plan.arenaBytes + 1 }), 'is above the arena')
})

const shared = process.env['THIMBLE_SHARED'] ?? join(import.meta.dirname, '../../../shared')

/** Largest sum of the tensors of one operator, an element-wise output not counted twice. */
const arenas = {
  vww_96_int8: 55_296,
  kws_ref_model: 16_000,
  ad01_int8: 768,
  mcunet_vww: 96_000,
  'mcunet-in3': 340_736,
}

t.test(
  'models run layer by layer take the arenas of their whole tensors, and at most the scratch of a step',
  { skip: !existsSync(join(shared, 'models')) && 'no shared models' },
  async t => {
    for (const [name, bytes] of Object.entries(arenas)) {
      const schedule = layered(join(shared, 'models', `${name}.tflite`))
      const tensors = schedule.steps.map(step => ({ ...step, scratchBytes: 0 }))
      const plan = planned(t, { ...schedule, steps: tensors })
      t.equal(plan.arenaBytes, bytes, name)
      t.equal(plan.peakLiveBytes, bytes, `${name} is at its bound`)
      const scratch = Math.max(...schedule.steps.map(({ scratchBytes }) => scratchBytes))
      const whole = planned(t, schedule)
      t.equal(whole.arenaBytes, whole.peakLiveBytes, `${name} is at its bound with scratch`)
      t.ok(whole.arenaBytes >= bytes && whole.arenaBytes <= bytes + scratch)
    }
  },
)

function layered(path: string): Schedule {
  const bag = new DiagnosticBag()
  const imported = importTflite(readFileSync(path), path, bag)
  const graph = imported === null ? null : runPasses(imported)
  const [board] = boards.values()
  const selected = graph === null ? null : selectKernels(graph, coreOf(board!), bag)
  if (graph === null || selected === null) throw new Error(`${path} was refused`)
  return layerByLayer(buildSteps(graph, selected.roomy))
}
