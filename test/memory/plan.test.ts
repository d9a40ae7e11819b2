// Memory plans: known arenas, small optima by enumeration, and thousands of random schedules with
// the verifier and the replay of a program as oracles; planted faults show that both can fail.
import t, { type Test } from 'tap'
import type { Block, Effort, Part } from '../../compiler/memory/block.ts'
import { layoutBound } from '../../compiler/memory/bound.ts'
import { findMerges } from '../../compiler/memory/in-place.ts'
import { findLifetimes } from '../../compiler/memory/lifetime.ts'
import { improveLayout, placeGreedily, recipes } from '../../compiler/memory/place.ts'
import {
  planMemory,
  tensorAlignment,
  type MemoryPlan,
  type Placement,
} from '../../compiler/memory/plan.ts'
import { replayInvoke } from '../../compiler/memory/replay.ts'
import { verifyPlan } from '../../compiler/memory/verify.ts'
import { storageOf, type Schedule } from '../../compiler/schedule/schedule.ts'
import {
  extentsOf,
  programOf,
  randomNumbers,
  randomSchedule,
  ScheduleBuilder,
} from './schedules.ts'

function replay(schedule: Schedule, plan: MemoryPlan): readonly string[] {
  const { inputs, outputs } = schedule.graph
  return replayInvoke(programOf(schedule, plan), 'invoke', plan.arenaBytes, {
    inputs: extentsOf(schedule, plan, inputs),
    outputs: extentsOf(schedule, plan, outputs),
    allowed: ({ step, reads, writes }) => {
      const { inputs, outputs } = schedule.steps[step]!
      const input = inputs[plan.inPlace.get(step) ?? -1] ?? null
      return input !== null && reads === storageOf(schedule, input) && writes === outputs[0]
    },
  })
}

/** Plans a schedule and puts verifier and replay to it. */
function planned(t: Test, schedule: Schedule): MemoryPlan {
  const plan = planMemory(schedule)
  t.same(verifyPlan(schedule, plan), [])
  t.same(replay(schedule, plan), [])
  t.ok(plan.arenaBytes >= plan.lowerBoundBytes)
  return plan
}

t.test(
  'a chain of element-wise steps needs one tensor, and two when nothing is in place',
  async t => {
    for (const inPlace of [[0], []]) {
      const b = new ScheduleBuilder()
      let x = b.input(100)
      for (let i = 0; i < 5; i++) [x = 0] = b.step([x], [100], { inPlace })
      const plan = planned(t, b.schedule(x))
      t.equal(plan.arenaBytes, inPlace.length === 1 ? 100 : 112 + 100)
      t.equal(plan.arenaBytes, plan.lowerBoundBytes)
      t.equal(plan.inPlace.size, inPlace.length === 1 ? 5 : 0)
    }
  },
)

t.test('an output written over a larger input leaves the rest of it free', async t => {
  const b = new ScheduleBuilder()
  const x = b.input(256)
  const [y = 0] = b.step([x], [64], { inPlace: [0] })
  const [z = 0] = b.step([y], [192])
  const plan = planned(t, b.schedule(z))
  t.equal(plan.arenaBytes, 256)
  t.same([...plan.inPlace], [[0, 0]])
})

t.test('residual blocks keep their input, and the addition takes a place over', async t => {
  const b = new ScheduleBuilder()
  let x = b.input(640)
  for (let block = 0; block < 4; block++) {
    const [wide = 0] = b.step([x], [3840])
    const [deep = 0] = b.step([wide], [3840], { inPlace: [0] })
    const [narrow = 0] = b.step([deep], [640])
    ;[x = 0] = b.step([x, narrow], [640], { inPlace: [0, 1] })
  }
  const plan = planned(t, b.schedule(x))
  t.equal(plan.arenaBytes, 640 + 3840 + 640)
})

t.test('tensors with equal lifetimes do not share memory', async t => {
  const b = new ScheduleBuilder()
  const inputs = [b.input(100), b.input(100)]
  const made = b.step(inputs, [100, 100])
  const plan = planned(t, b.schedule(...b.step(made, [1])))
  const [p, q] = [plan.tensors.get(inputs[0]!)!, plan.tensors.get(inputs[1]!)!]
  t.ok(Math.abs(p.offset - q.offset) >= 100)
  t.equal(plan.arenaBytes, 3 * 112 + 100)
})

t.test('an input is overwritten only by its last use, under every name', async t => {
  const merges = (schedule: Schedule) =>
    findMerges(schedule, findLifetimes(schedule)).map(m => m.step)
  const make = (build: (b: ScheduleBuilder, x: number) => readonly number[]): Schedule => {
    const b = new ScheduleBuilder()
    return b.schedule(...build(b, b.input(32)))
  }
  const inPlace = { inPlace: [0] }
  const cases: readonly (readonly [string, number[], Schedule])[] = [
    ['plain', [0], make((b, x) => b.step([x], [32], inPlace))],
    ['read later', [1], make((b, x) => (b.step([x], [32], inPlace), b.step([x], [32], inPlace)))],
    ['a graph output', [], make((b, x) => [x, ...b.step([x], [32], inPlace)])],
    ['a larger output', [], make((b, x) => b.step([x], [33], inPlace))],
    ['twice, both declared', [0], make((b, x) => b.step([x, x], [32], { inPlace: [0, 1] }))],
    ['twice, one declared', [], make((b, x) => b.step([x, x], [32], inPlace))],
    ['an alias', [1], make((b, x) => b.step([b.alias(x)], [32], inPlace))],
    [
      'alias read later',
      [2],
      make((b, x) => {
        const name = b.alias(x)
        b.step([x], [32], inPlace)
        return b.step([name], [32], inPlace)
      }),
    ],
    ['alias as other input', [], make((b, x) => b.step([x, b.alias(x)], [32], inPlace))],
    ['alias is an output', [], make((b, x) => [b.alias(x), ...b.step([x], [32], inPlace)])],
    ['a constant', [], make(b => b.step([null], [32], inPlace))],
  ]
  for (const [name, steps, schedule] of cases) {
    t.same(merges(schedule), steps, name)
    planned(t, schedule)
  }
})

t.test(
  'odd graphs have plans: nothing, no step, unused inputs, dead steps, outputs read again',
  async t => {
    const empty = new ScheduleBuilder()
    t.equal(planned(t, empty.schedule()).arenaBytes, 0)
    const through = new ScheduleBuilder()
    const x = through.input(10)
    t.equal(planned(t, through.schedule(x)).arenaBytes, 10)
    const b = new ScheduleBuilder()
    const [used, unused] = [b.input(16), b.input(48)]
    b.step([used], [80])
    const [y = 0] = b.step([used], [32])
    const [z = 0] = b.step([y, null], [32], { inPlace: [0], scratch: 5 })
    const plan = planned(t, b.schedule(y, z))
    t.ok(plan.tensors.has(unused))
    t.equal(plan.inPlace.size, 0)
    // The first step needs 16 + 80; the last one y and z, and 5 of scratch.
    t.equal(plan.arenaBytes, 96)
    t.same(planned(t, b.schedule(y, z)), plan, 'the same schedule gives the same plan')
  },
)

/** Least bytes over all orders, each block on top of those placed before; slow and obvious. */
function enumerate(blocks: readonly Block[], alignment: number): number {
  const tall = (parts: readonly Part[]): number => Math.max(0, ...parts.map(part => part.bytes))
  const lives = (part: Part, other: Block): boolean =>
    other.some(o => part.first <= o.last && o.first <= part.last)
  const beside = blocks.map(a => blocks.map(b => tall(a.filter(part => lives(part, b)))))
  let best = Infinity
  const visit = (order: readonly number[], offsets: readonly number[]): void => {
    if (order.length === blocks.length) {
      best = Math.min(best, Math.max(...order.map((i, at) => offsets[at]! + tall(blocks[i]!))))
    }
    for (const next of blocks.keys()) {
      if (order.includes(next)) continue
      const tops = order.map((i, at) => {
        const height = Math.ceil(beside[i]![next]! / alignment) * alignment
        return height === 0 ? 0 : offsets[at]! + height
      })
      visit([...order, next], [...offsets, Math.max(0, ...tops)])
    }
  }
  visit([], [])
  return best
}

t.test(
  'few blocks are placed as well as by trying all orders, where no greedy order manages',
  async t => {
    let beaten = 0
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomNumbers(seed)
      const blocks = Array.from({ length: 4 + random(4) }, (): Part[] => {
        const first = random(6)
        const middle = first + random(4)
        const bytes = 1 + random(200)
        const head = { bytes, first, last: middle }
        return random(3) > 0
          ? [head]
          : [head, { bytes: 1 + random(bytes), first: middle, last: middle + random(4) }]
      })
      const effort: Effort = { left: 1e7 }
      const goal = layoutBound(blocks, tensorAlignment)
      const greedy = placeGreedily(blocks, tensorAlignment, goal, effort)
      const best = improveLayout(blocks, tensorAlignment, goal, greedy, effort)
      const optimum = enumerate(blocks, tensorAlignment)
      if (best.bytes !== optimum) t.equal(best.bytes, optimum, `seed ${seed}`)
      if (goal > optimum) t.fail(`seed ${seed}: the bound ${goal} is above the optimum ${optimum}`)
      if (greedy.bytes > optimum) beaten++
    }
    t.ok(beaten > 0, `greedy orders fall short ${beaten} times`)
  },
)

/** The plan with a tensor moved onto another that is alive at the same time; null: no such pair. */
function breakPlan(schedule: Schedule, plan: MemoryPlan, seed: number): MemoryPlan | null {
  const random = randomNumbers(seed)
  const tied = new Set<number>()
  for (const [index, position] of plan.inPlace) {
    const step = schedule.steps[index]!
    for (const name of [step.inputs[position], step.outputs[0]]) {
      for (let at = name; at !== undefined && at !== null; at = schedule.aliases.get(at))
        tied.add(at)
    }
  }
  // Bytes whose last use is a mere renaming are lost unnoticed: nothing reads them.
  const read = [...plan.tensors].filter(([, { last }]) => schedule.steps[last]?.calls.length !== 0)
  const pairs = read.flatMap(([moved, a]) =>
    read
      .filter(([still, b]) => still !== moved && a.first <= b.last && b.first <= a.last)
      .map(([, onto]) => ({ moved, a, onto })),
  )
  const target = ({ a, onto }: { readonly a: Placement; readonly onto: Placement }): number => {
    const room = Math.floor((plan.arenaBytes - a.bytes) / tensorAlignment) * tensorAlignment
    return Math.min(onto.offset, room)
  }
  const free = pairs.filter(
    pair => !tied.has(pair.moved) && target(pair) + pair.a.bytes > pair.onto.offset,
  )
  const pair = free[random(Math.max(free.length, 1))]
  if (pair === undefined) return null
  const { moved, a } = pair
  return { ...plan, tensors: new Map(plan.tensors).set(moved, { ...a, offset: target(pair) }) }
}

interface Tally {
  plans: number
  tight: number
  gap: number
  merged: number
  faults: number
}

function judge(t: Test, schedule: Schedule, seed: number, tally: Tally): void {
  const plan = planMemory(schedule)
  const problems = [...verifyPlan(schedule, plan), ...replay(schedule, plan)]
  if (problems.length > 0) t.same(problems, [], `seed ${seed}`)
  const blocks = unmerged(schedule)
  const plain = placeGreedily(blocks, tensorAlignment, 0, { left: 0 }, 0).bytes
  const sum = blocks.flat().reduce((all, { bytes }) => all + Math.ceil(bytes / 16) * 16, 0)
  const { arenaBytes, lowerBoundBytes } = plan
  if (arenaBytes < lowerBoundBytes) t.fail(`seed ${seed}: smaller than its lower bound`)
  if (arenaBytes > plain || plain > sum) t.fail(`seed ${seed}: ${arenaBytes} > ${plain} > ${sum}`)
  tally.plans++
  tally.merged += plan.inPlace.size
  tally.gap += arenaBytes / Math.max(lowerBoundBytes, 1) - 1
  if (arenaBytes === lowerBoundBytes) tally.tight++
  const broken = breakPlan(schedule, plan, seed)
  if (broken === null) return
  tally.faults++
  const found = verifyPlan(schedule, broken).some(problem => problem.includes(' share byte '))
  if (!found) t.fail(`seed ${seed}: the verifier misses a fault`)
  if (replay(schedule, broken).length === 0) t.fail(`seed ${seed}: replay misses a fault`)
}

function unmerged(schedule: Schedule): readonly Block[] {
  const tensors = [...findLifetimes(schedule).values()].map(life => [life])
  const scratch = schedule.steps.map(({ scratchBytes: bytes }, at) => [
    { bytes, first: at, last: at },
  ])
  return [...tensors, ...scratch.filter(([part]) => part!.bytes > 0)]
}

const sizes = [
  { count: 2500, steps: 9, reach: 4 },
  { count: 80, steps: 25, reach: 5 },
  { count: 20, steps: 80, reach: 8 },
]

for (const { count, steps, reach } of sizes) {
  t.test(
    `${count} random graphs of up to ${steps} steps: sound, tight, faults are found`,
    async t => {
      const tally: Tally = { plans: 0, tight: 0, gap: 0, merged: 0, faults: 0 }
      for (let seed = 1; seed <= count; seed++) {
        judge(t, randomSchedule(seed, steps - (seed % 8), reach), seed, tally)
      }
      const gap = (100 * tally.gap) / count
      t.comment(`${tally.tight} of ${count} at the lower bound, mean gap ${gap.toFixed(2)} %`)
      t.comment(`${tally.merged} steps in place, ${tally.faults} faults planted`)
      t.equal(tally.plans, count)
      t.ok(gap < 2, 'plans are near the lower bound')
      t.ok(tally.faults > count / 2)
      t.ok(tally.merged > count / 4)
    },
  )
}

t.test('200 steps are planned in less than a second', async t => {
  for (const reach of [3, 40]) {
    const schedule = randomSchedule(7, 200, reach)
    const before = process.cpuUsage()
    const plan = planMemory(schedule)
    const { user, system } = process.cpuUsage(before)
    t.same(verifyPlan(schedule, plan), [])
    t.ok(user + system < 1e6, `${((user + system) / 1e3).toFixed(0)} ms`)
  }
})

t.test('every recipe of the greedy placement is sound', async t => {
  const blocks = unmerged(randomSchedule(3, 40, 6))
  for (let recipe = 0; recipe < recipes; recipe++) {
    const { offsets, bytes } = placeGreedily(blocks, tensorAlignment, 0, { left: 1e6 }, recipe)
    const clash = blocks.some((a, i) =>
      blocks.some((b, j) => {
        const [p, q] = [a[0]!, b[0]!]
        const apart = p.last < q.first || q.last < p.first
        const [at, other] = [offsets[i]!, offsets[j]!]
        return i < j && !apart && at < other + q.bytes && other < at + p.bytes
      }),
    )
    t.notOk(clash)
    t.equal(bytes, Math.max(...blocks.map((block, i) => offsets[i]! + block[0]!.bytes)))
  }
})

t.test('the verifier names what is wrong', async t => {
  const b = new ScheduleBuilder()
  const x = b.input(64)
  const [y = 0] = b.step([x], [64], { inPlace: [0], scratch: 32 })
  const [z = 0] = b.step([y, x], [64], { inPlace: [0, 1] })
  const schedule = b.schedule(z)
  const plan = planned(t, schedule)
  const says = (change: Partial<MemoryPlan>, part: string): void => {
    const problems = verifyPlan(schedule, { ...plan, ...change })
    t.ok(
      problems.some(problem => problem.includes(part)),
      `${part}: ${problems.join('; ')}`,
    )
  }
  const move = (tensor: number, change: object): Partial<MemoryPlan> => ({
    tensors: new Map(plan.tensors).set(tensor, { ...plan.tensors.get(tensor)!, ...change }),
  })
  says(
    { tensors: new Map([...plan.tensors].filter(([id]) => id !== y)) },
    `tensor ${y} has no place`,
  )
  says({ scratch: new Map() }, 'scratch of step 0 has no place')
  says(move(y, { offset: 8 }), 'is not aligned')
  says(move(y, { offset: -16 }), 'lies at -16')
  says(move(y, { offset: 1600 }), 'after the arena')
  says(move(y, { bytes: 63 }), 'has 63 bytes, needs 64')
  says(move(y, { last: 0 }), 'is said to live from step 0 to 0, is needed from 0 to 1')
  says(move(x, { offset: plan.tensors.get(y)!.offset }), 'share byte')
  says({ inPlace: new Map([[0, 0]]) }, 'the input is needed later')
  says({ inPlace: new Map([[0, 1]]) }, 'there is no such input')
  says({ inPlace: new Map([[9, 0]]) }, 'there is no such step')
  says({ inPlace: new Map() }, 'share byte')
  says({ arenaBytes: plan.arenaBytes + 1 }, 'are used')
  says({ lowerBoundBytes: plan.arenaBytes + 1 }, 'is above the arena')
  says({ tensors: new Map(plan.tensors).set(99, plan.tensors.get(x)!) }, 'no use for it')
})
