// Replay of emitted programs on shadow memory: sound ones pass, every planted fault is found.
import t from 'tap'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import { i32 } from '../../compiler/kir/build.ts'
import { noSpan, type Stmt } from '../../compiler/kir/node.ts'
import type { MemoryPlan } from '../../compiler/memory/plan.ts'
import { provePlan } from '../../compiler/memory/prove.ts'
import { allRuns, type Schedule } from '../../compiler/schedule/schedule.ts'
import { randomGraph } from '../fuzz/graphs.ts'
import { Random } from '../fuzz/random.ts'
import { randomMobileNet } from '../../zoo/random-networks.ts'
import { randomCuts, scheduleOfCuts, stepsOf, type Cut } from '../schedule/random-steps.ts'
import {
  bodyOf,
  changed,
  emit,
  nudges,
  problemsOf,
  tableNudges,
  tableOf,
  withBody,
  withData,
  type Emitted,
} from './programs.ts'

t.setTimeout(300_000)

const span = noSpan
const quant = { scale: 0.1, zeroPoint: 3 }

/** 0 receive, 1 pool, 2 add, 3 concatenation, 4 pool with stride, 5 logistic, 6 mean, 7 send. */
function streamed(cuts: (steps: number) => readonly Cut[], rows = true): Schedule {
  const b = new GraphBuilder('small')
  const x = b.input([1, 12, 4, 2], quant)
  const pooled = b.maxPool2d(x, { filter: 3, stride: 1, padding: 'same' })
  const sum = b.add(x, pooled, { output: quant })
  const both = b.concatenation([sum, pooled], 3)
  const half = b.maxPool2d(both, { filter: 3, stride: 2, padding: 'same' })
  const last = b.logistic(half)
  const mean = b.mean(last, { axes: [1, 2], output: quant })
  b.output(last)
  b.output(mean)
  const steps = stepsOf(b.graph(), { inputs: rows, outputs: rows })
  if (steps === null) throw new Error('the kernels refuse the graph')
  return scheduleOfCuts(steps, cuts(steps.steps.length))
}

const together = (end: number): readonly Cut[] => [{ first: 0, end, band: 1, descending: false }]
/** Each step on its own, in bands from the last row to the first where it may. */
const bands = (end: number): readonly Cut[] =>
  Array.from({ length: end }, (_, first) => {
    const descending = first !== end - 1
    return { first, end: first + 1, band: first < 3 ? 5 : 2, descending }
  })
const apart = (end: number): readonly Cut[] =>
  Array.from({ length: end }, (_, first) => ({
    first,
    end: first + 1,
    band: Infinity,
    descending: false,
  }))

/** Two images at once, and a step that writes over its input. */
function batched(): Schedule {
  const b = new GraphBuilder('batched')
  const x = b.input([2, 3, 2, 2], quant)
  const pooled = b.maxPool2d(x, { filter: 2, stride: 1, padding: 'same' })
  const other = b.quantize(pooled, { output: quant })
  b.output(b.concatenation([other, x], 3))
  const steps = stepsOf(b.graph())
  if (steps === null) throw new Error('the kernels refuse the graph')
  return scheduleOfCuts(steps, apart(steps.steps.length))
}

t.test('emitted programs of random models, cut at random, are proved', async t => {
  let runs = 0
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed)
    const ends = { inputs: random.chance(0.4), outputs: random.chance(0.4) }
    const graph =
      seed % 3 === 0
        ? randomMobileNet(seed, { resolution: random.int(9, 40), blocks: 6, width: 8 })
        : randomGraph(seed, random.int(2, 14))
    const steps = stepsOf(graph, ends)
    if (steps === null) continue
    const schedule = scheduleOfCuts(steps, randomCuts(steps, random))
    runs += allRuns(schedule).length
    const { plan, program } = emit(schedule, { trace: random.chance(0.5) })
    t.doesNotThrow(() => {
      provePlan(schedule, plan, program)
    }, `seed ${seed}`)
  }
  t.ok(runs > 900, `${runs} runs`)
})

/** What can be changed by one without being noticed, each once. */
function unnoticed(emitted: Emitted, all = nudges(emitted)): readonly string[] {
  if (problemsOf(emitted).length > 0) throw new Error('the program is not sound as it is')
  const texts = [...all]
    .filter(({ program }) => problemsOf(program).length === 0)
    .map(({ text }) => text)
  return [...new Set(texts)].sort()
}

t.test('every number of a streamed program matters', async t => {
  const emitted = emit(streamed(together))
  // A ring of more rows than there are is as good, and so is room for one more row counter.
  const rings = ['look_up_table: 6 -> 7', 'mean_rows_rows: 6 -> 7']
  t.same(unnoticed(emitted), ['8 -> 9', ...rings], 'in the code')
  t.same(unnoticed(emitted, tableNudges(emitted, 'runs')), [], 'in the table')
})

/** Many steps share a call; segments of three that alternate in direction up to the global mean. */
function grouped(): Schedule {
  const graph = randomMobileNet(5, { resolution: 12, blocks: 4, width: 4 })
  const steps = stepsOf(graph)
  if (steps === null) throw new Error('the kernels refuse the graph')
  const count = steps.steps.length
  const cuts = Array.from({ length: Math.ceil(count / 3) }, (_, i): Cut => {
    const end = Math.min(count, 3 * i + 3)
    return { first: 3 * i, end, band: 1, descending: i % 2 === 1 && end < 15 }
  })
  return scheduleOfCuts(steps, cuts)
}

t.test('every number in the tables of steps that share a call matters', async t => {
  const emitted = emit(grouped())
  const { data } = emitted.program.module
  const tables = data.filter(({ name }) => /_(u8|u16|i32)(_\d+)?$|^runs$|_rows$/.test(name))
  t.ok(tables.length > 3, `${tables.length} tables`)
  // Heights of rings that hold all rows may be larger; a single row is row 0; scratch is as good anywhere
  // where nothing lives: the third number of a step of both pointwise tables.
  const rings = emitted.plan.storages.flatMap(({ ring }, id) =>
    ring === emitted.schedule.storages[id]!.rows ? [`${ring} -> ${ring + 1}`] : [],
  )
  const single = emitted.schedule.steps.filter(({ positions }) => positions === 1).length
  for (const { name } of tables) {
    const values = tableOf(emitted, name)
    const found = values.flatMap((value, i) => {
      if (name === 'conv2d_pointwise_u8' && i % 5 === 2) return []
      if (name === 'conv2d_pointwise_u8_2' && i % 7 === 2) return []
      if (name === 'first_rows' && i >= values.length - single) return []
      return [value - 1, value + 1].flatMap(other => {
        const text = `${value} -> ${other}`
        const nudged = withData(emitted, name, values.with(i, other))
        return rings.includes(text) || problemsOf(nudged).length > 0 ? [] : [`${i}: ${text}`]
      })
    })
    t.same(found, [], name)
  }
})

t.test('constants that are not those of the step are found', async t => {
  const emitted = emit(grouped())
  const { module } = emitted.program
  const withItems = (data: typeof module.data): Emitted => {
    return { ...emitted, program: { ...emitted.program, module: { ...module, data } } }
  }
  for (const [i, item] of module.data.entries()) {
    if (item.kind === 'array' && !/_(weights|constants|bias|multiplier|shift)$/.test(item.name)) {
      continue
    }
    if (item.kind === 'array') {
      const values = Array.from(item.values)
      const last = values.length - 1
      const other = { ...item, values: values.with(last, values[last]! + 1) }
      t.match(problemsOf(withItems(module.data.with(i, other)))[0], /another constant/, item.name)
    } else {
      const [first, ...rest] = item.kind === 'structs' ? item.values : [item.values]
      const [field] = Object.keys(first!)
      const changedFirst = { ...first, [field!]: first![field!]! + 1 }
      const other =
        item.kind === 'structs'
          ? { ...item, values: [changedFirst, ...rest] }
          : { ...item, values: changedFirst }
      t.match(problemsOf(withItems(module.data.with(i, other)))[0], /: another /, item.name)
    }
  }
})

t.test('every number of a program in bands, and of one with batches, matters', async t => {
  const rings = ['add', 'copy_rows', 'max_pool2d'].map(name => `${name}: 12 -> 13`)
  const halves = ['look_up_table', 'max_pool2d', 'mean_rows_rows'].map(name => `${name}: 6 -> 7`)
  // Whichever variants and instances of the kernels were chosen.
  const found = unnoticed(emit(streamed(bands, false))).map(each =>
    each.replace(/_(portable|dsp)\w*(?=:)/, ''),
  )
  t.same([...new Set(found)].sort(), [...rings, ...halves].sort())
  t.same(unnoticed(emit(batched())), [])
})

/** All plans that differ in one placement. */
function* moved(plan: MemoryPlan): Generator<readonly [string, MemoryPlan]> {
  for (const [id, place] of plan.storages.entries()) {
    const at = (change: Partial<typeof place>): MemoryPlan => ({
      ...plan,
      storages: plan.storages.with(id, { ...place, ...change }),
    })
    yield [`storage ${id} outside`, at({ offset: plan.arenaBytes - place.bytes + 1 })]
    yield [`storage ${id} before`, at({ offset: -1 })]
    if (place.ring === 1) continue
    const bytes = place.bytes - place.bytes / place.ring
    yield [`storage ${id}: ring too small`, at({ ring: place.ring - 1, bytes })]
  }
}

t.test('faults of the plan are found in the program emitted from it', async t => {
  for (const cuts of [together, apart]) {
    const schedule = streamed(cuts)
    const { plan } = emit(schedule)
    for (const [name, other] of moved(plan)) {
      t.not(problemsOf(emit(schedule, { plan: other })).length, 0, name)
    }
    for (const [id, { storage, last, first }] of plan.lives.entries()) {
      const row = storage.rows >> 1
      if (last[row]! === first[row]! || last[row]! >= allRuns(schedule).length) continue
      const early = last.slice()
      early[row]!--
      const lives = plan.lives.map((life, i) => (i === id ? { ...life, last: early } : life))
      t.match(
        problemsOf(emit(schedule, { plan: { ...plan, lives } }))[0],
        new RegExp(`it holds dead byte ${row * storage.rowBytes} of ${id}$`),
        `row ${row} of storage ${id} dies one run too early`,
      )
    }
    // Any two storages in use at the same time, one moved onto the other.
    for (const [a, from] of plan.storages.entries()) {
      for (const [b, to] of plan.storages.entries()) {
        const [left, right] = [plan.lives[a]!, plan.lives[b]!]
        const meet = [...left.first.keys()].some(r =>
          [...right.first.keys()].some(
            s => left.first[r]! <= right.last[s]! && right.first[s]! <= left.last[r]!,
          ),
        )
        if (a === b || !meet || from.ring !== 1 || to.ring !== 1) continue
        const storages = plan.storages.with(a, { ...from, offset: to.offset })
        const other = { ...plan, storages, inPlace: new Map() }
        t.not(problemsOf(emit(schedule, { plan: other })).length, 0, `${a} over ${b}`)
      }
    }
    for (const [step, place] of plan.scratch) {
      const input = plan.storages[schedule.steps[step]!.inputs[0]!]!
      const scratch = new Map([[step, { ...place, offset: input.offset }]])
      t.match(problemsOf(emit(schedule, { plan: { ...plan, scratch } })), [/scratch over bytes/])
    }
  }
})

t.test('sums of a step must survive until its last run', async t => {
  const schedule = streamed(end => [
    { first: 0, end: end - 1, band: 1, descending: false },
    { first: end - 1, end, band: Infinity, descending: false },
  ])
  const { plan } = emit(schedule)
  const mean = schedule.steps.findIndex(step => step.keepsScratch)
  const runs = schedule.segments[0]!.runs.filter(({ step }) => step === mean)
  t.ok(runs.length > 1, 'the sums are made in several runs')
  // Where another step writes in between.
  const other = plan.storages[schedule.steps[1]!.output!]!
  const scratch = new Map([[mean, { ...plan.scratch.get(mean)!, offset: other.offset }]])
  const arenaBytes = plan.arenaBytes + 16
  const found = problemsOf(emit(schedule, { plan: { ...plan, scratch, arenaBytes } }))
  t.ok(found.some(problem => /scratch that keeps its contents: arena byte/.test(problem)))
})

t.test('a step may write over what it reads only where kernel and plan say so', async t => {
  const schedule = batched()
  const { plan } = emit(schedule)
  t.ok(plan.inPlace.size > 0)
  const forbidden = emit(schedule, { plan: { ...plan, inPlace: new Map() } })
  t.match(problemsOf(forbidden)[0], /writes bytes .* over bytes .*, which it reads/)
  const [step] = [...plan.inPlace.keys()]
  const output = schedule.steps[step!]!.output!
  const place = plan.storages[output]!
  const storages = plan.storages.with(output, { ...place, offset: place.offset + 1 })
  const shifted = { ...plan, storages, arenaBytes: plan.arenaBytes + 1 }
  t.match(problemsOf(emit(schedule, { plan: shifted }))[0], /writes bytes .*, which it reads/)
  const steps = schedule.steps.map(each => ({ ...each, inPlace: [] }))
  t.match(problemsOf(emit({ ...schedule, steps }, { plan }))[0], /which it reads/)
})

t.test('statements that are missing, repeated, swapped or made up are found', async t => {
  for (const trace of [false, true]) {
    const emitted = emit(streamed(apart, false), { trace })
    const body = bodyOf(emitted)
    const acting = [...body.keys()].filter(i => body[i]!.kind !== 'comment')
    for (const [place, i] of acting.entries()) {
      const s = body[i]!
      t.not(problemsOf(withBody(emitted, body.toSpliced(i, 1))).length, 0, `without ${i}`)
      t.not(problemsOf(withBody(emitted, body.toSpliced(i, 0, s))).length, 0, `${i} twice`)
      const next = acting[place + 1]
      if (next === undefined) continue
      const swapped = body.with(i, body[next]!).with(next, s)
      t.not(problemsOf(withBody(emitted, swapped)).length, 0, `${i} and ${next} swapped`)
    }
  }
})

t.test('what cannot be followed is reported and never taken for sound', async t => {
  const emitted = emit(streamed(together))
  const body = bodyOf(emitted)
  const before = (...statements: readonly Stmt[]): readonly string[] =>
    problemsOf(withBody(emitted, [...statements, ...body]))
  const unknown = { kind: 'local', type: 'i32', name: 'nowhere', span } as const
  const one = i32(1, span)
  const pointer = { kind: 'ptr', to: 'i32', readonly: false } as const
  const nowhere = { kind: 'local', type: pointer, name: 'nowhere', span } as const
  const init = { kind: 'let', name: 'k', type: 'i32', mutable: true, value: one, span } as const
  const update: Stmt = { kind: 'assign', name: 'k', value: one, span }
  const yes = { kind: 'const', type: 'bool', value: 1, span } as const
  const call: Stmt = {
    kind: 'call',
    call: { kind: 'call', type: 'void', callee: 'f', args: [], span },
    span,
  }
  const cases: readonly (readonly [Stmt, RegExp])[] = [
    [{ kind: 'return', value: null, span }, /kind 'return' cannot be followed/],
    [{ kind: 'break', span }, /kind 'break' cannot be followed/],
    [{ kind: 'array', name: 'a', element: 'i8', length: unknown, span }, /array a cannot be/],
    [{ kind: 'array', name: 'a', element: 'f32', length: one, span }, /array a cannot be/],
    [{ kind: 'store', ptr: nowhere, index: one, value: one, span }, /a store cannot be followed/],
    [{ kind: 'assign', name: 'k', value: unknown, span }, /value of k cannot be followed/],
    [{ kind: 'if', condition: unknown, then: [], else: [], span }, /condition cannot be followed/],
    [{ kind: 'while', condition: unknown, body: [], span }, /condition of a loop cannot/],
    [{ kind: 'while', condition: yes, body: [], span }, /does not come to an end/],
    [{ kind: 'for', init, condition: yes, update, body: [], span }, /does not come to an end/],
    [call, /nobody knows where a statement comes from: f/],
    [{ kind: 'trace', step: 3, span }, /trace 0 names step 3 after 0 runs/],
  ]
  for (const [statement, message] of cases) t.match(before(statement)[0], message)
  const array: Stmt = { kind: 'array', name: 'nowhere', element: 'i32', length: one, span }
  const zero = i32(0, span)
  const load = { kind: 'load', type: 'i32', ptr: nowhere, index: zero, span } as const
  const reads: Stmt = { ...init, name: 'read', value: load }
  t.match(before(array, reads)[0], /value of read cannot be followed/, 'nothing was stored')
  const store = { kind: 'store', ptr: nowhere, index: zero, value: one, span } as const
  t.same(before(array, store, reads), [])
  t.match(before(array, { ...store, index: one })[0], /a store cannot be followed/, 'outside')
  t.same(before({ kind: 'block', body: [{ kind: 'comment', text: 'a remark', span }], span }), [])
  const many = Array.from({ length: 200 }, (): Stmt => ({ ...call }))
  t.equal(before(...many).length, 50, 'a broken program does not flood the terminal')
  const { module } = emitted.program
  const other = { ...emitted, program: { ...emitted.program, entry: 'other' } }
  t.match(problemsOf(other), [/has no function other/])
  const foreign = changed(emitted, {
    expr: e => (e.kind === 'region' ? { ...e, owner: e.owner + 1 } : e),
  })
  t.match(problemsOf(foreign)[0], /its region is no row of storage 0/)
  const writable = module.functions.map(f => ({
    ...f,
    params: f.params.map(p => {
      const { type } = p
      if (typeof type === 'string' || type.kind !== 'ptr') return p
      return { ...p, type: { ...type, readonly: false } }
    }),
  }))
  const careless = { ...emitted.program, module: { ...module, functions: writable } }
  t.match(problemsOf({ ...emitted, program: careless })[1], /an input to be written/)
})
