// Streaming: every row once and in time, live bytes as the search counts them, shortest paths.
import t from 'tap'
import { estimate } from '../../compiler/cost/estimate.ts'
import { findLives } from '../../compiler/schedule/lives.ts'
import { allRuns, type Schedule } from '../../compiler/schedule/schedule.ts'
import { SegmentMeter } from '../../compiler/schedule/segment-peak.ts'
import { cheapestPath, findEdges, leastBytes, type Edge } from '../../compiler/schedule/segments.ts'
import { randomGraph } from '../fuzz/graphs.ts'
import { Random } from '../fuzz/random.ts'
import { randomMobileNet } from '../../zoo/random-networks.ts'
import { randomCuts, scheduleOfCuts, stepsOf, type Cut } from './random-steps.ts'

// 30 s, the default, are too short on a busy machine.
t.setTimeout(300_000)

/** What is wrong with the order of runs, found by walking it row by row; null when nothing is. */
function orderProblem(schedule: Schedule): string | null {
  const written = schedule.storages.map(({ rows }) => new Uint8Array(rows))
  for (const id of schedule.resident.inputs) written[id]!.fill(1)
  const done = schedule.steps.map(({ positions }) => new Uint8Array(positions))
  for (const { step: index, begin, end } of allRuns(schedule)) {
    const step = schedule.steps[index]!
    if (begin >= end) return `step ${index}: an empty run`
    for (let p = begin; p < end; p++) {
      if (done[index]![p] === 1) return `step ${index}: position ${p} twice`
      done[index]![p] = 1
      if (step.ascending && p > 0 && done[index]![p - 1] === 0) return `step ${index} does not rise`
      for (const [input, id] of step.inputs.entries()) {
        if (id === null) continue
        const { begin: from, end: to } = step.reads[input]!
        const missing = written[id]!.subarray(from[p], to[p]).indexOf(0)
        if (missing !== -1)
          return `step ${index} reads row ${from[p]! + missing} of ${id} too early`
      }
      if (step.output !== null) {
        written[step.output]!.fill(1, step.writes.begin[p], step.writes.end[p])
      }
    }
  }
  const skipped = done.findIndex(positions => positions.includes(0))
  return skipped === -1 ? null : `step ${skipped}: positions are left out`
}

/** Largest sum of live row bytes during a segment, from the lifetimes of single rows. */
function peakByLives(schedule: Schedule, cut: Cut): number {
  const runs = allRuns(schedule)
  const lives = findLives(schedule)
  let peak = 0
  for (const [time, run] of runs.entries()) {
    if (run.step < cut.first || run.step >= cut.end) continue
    const step = schedule.steps[run.step]!
    let bytes = 0
    for (const { storage, first, last } of lives) {
      for (let row = 0; row < storage.rows; row++) {
        if (first[row]! <= time && time <= last[row]!) bytes += storage.rowBytes
      }
    }
    for (const [index, { scratchBytes, keepsScratch }] of schedule.steps.entries()) {
      const times = runs.flatMap((other, at) => (other.step === index ? [at] : []))
      const inUse = keepsScratch ? times[0]! <= time && time <= times.at(-1) : index === run.step
      if (inUse) bytes += scratchBytes
    }
    const dying = step.inPlace.map(position => {
      const { storage, last } = lives[step.inputs[position]!]!
      return last.filter(end => end === time).length * storage.rowBytes
    })
    const { rows, rowBytes } = schedule.storages[step.output!]!
    const added = (step.positions === 1 ? rows : run.end - run.begin) * rowBytes
    peak = Math.max(peak, bytes - Math.min(added, Math.max(0, ...dying)))
  }
  return peak
}

t.test('every position runs once, after the rows it reads', t => {
  let streamed = 0
  for (let seed = 1; seed <= 600; seed++) {
    const random = new Random(seed)
    const graph =
      seed % 4 === 0
        ? randomMobileNet(seed, { resolution: random.int(9, 40), blocks: 6, width: 8 })
        : randomGraph(seed, random.int(1, 25))
    const ends = { inputs: random.chance(0.3), outputs: random.chance(0.3) }
    const steps = stepsOf(graph, ends)
    if (steps === null) continue
    const schedule = scheduleOfCuts(steps, randomCuts(steps, random))
    streamed += schedule.segments.filter(({ runs }) => runs.length > 1).length
    t.equal(orderProblem(schedule), null, `seed ${seed}`)
  }
  t.ok(streamed > 500, 'many segments have more than one run')
  t.end()
})

t.test('the search counts the same live bytes as the lifetimes of rows', t => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed)
    const shape = { resolution: random.int(12, 48), blocks: 5, width: 8 }
    const steps = stepsOf(randomMobileNet(seed, shape))!
    const meter = new SegmentMeter(steps)
    for (let attempt = 0; attempt < 12; attempt++) {
      const cuts = randomCuts(steps, random).map(cut => ({ ...cut, descending: false }))
      const schedule = scheduleOfCuts(steps, cuts)
      const measured = cuts.map(({ first, end, band }) => meter.measure(first, end, band).peakBytes)
      t.same(
        measured,
        cuts.map(cut => peakByLives(schedule, cut)),
        `network ${seed}, ${cuts.map(c => `${c.first}-${c.end}/${c.band}`).join(' ')}`,
      )
    }
  }
  t.end()
})

/** All ways to follow edges from `at` to the end, as [peak, cycles]. */
function allPaths(edges: readonly (readonly Edge[])[], at: number): readonly [number, number][] {
  if (at === edges.length) return [[0, 0]]
  return edges[at]!.flatMap(edge =>
    allPaths(edges, edge.end).map(([peak, cycles]): [number, number] => [
      Math.max(peak, edge.peakBytes),
      cycles + edge.cycles,
    ]),
  )
}

t.test('paths are the shortest of all, for every limit of memory', t => {
  let several = 0
  for (let seed = 1; seed <= 40; seed++) {
    const steps = stepsOf(
      randomMobileNet(seed, { resolution: 20, blocks: 1 + (seed % 2), width: 8 }),
    )!
    const edges = findEdges(steps, estimate)
    const every = allPaths(edges, 0)
    several += Number(new Set(every.map(([peak]) => peak)).size > 1)
    for (const limit of [...new Set(every.map(([peak]) => peak)), 0]) {
      const fitting = every.filter(([peak]) => peak <= limit)
      const least = fitting.length === 0 ? null : Math.min(...fitting.map(([, cycles]) => cycles))
      t.equal(cheapestPath(edges, limit)?.cycles ?? null, least, `network ${seed}, limit ${limit}`)
    }
    t.equal(leastBytes(edges), Math.min(...every.map(([peak]) => peak)), 'least peak')
  }
  t.ok(several > 20, 'most networks have something to choose')
  t.end()
})
