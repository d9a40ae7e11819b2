// Board cycles: line fetches against a simulated cache, and the stalls of small programs by hand.

import t from 'tap'
import { boards } from '../../boards/index.ts'
import type { Board } from '../../boards/schema.ts'
import { boardCycles, type BoardWork } from '../../runtime/profile/board-cycles.ts'
import { lineMisses, type FetchedBlock } from '../../runtime/profile/fetches.ts'

/** Least recently used, fully associative: lines of code as they are executed. */
class SimulatedCache {
  readonly #lines: number[] = []
  misses = 0

  constructor(readonly capacity: number) {}

  touch(line: number): void {
    const at = this.#lines.indexOf(line)
    if (at >= 0) this.#lines.splice(at, 1)
    else this.misses++
    this.#lines.push(line)
    if (this.#lines.length > this.capacity) this.#lines.shift()
  }
}

const lineBytes = 16

/** A straight body of `body` lines executed `outer` times, with a loop of `inner` lines `times` times in it. */
function nest(body: number, inner: number, outer: number, times: number): readonly FetchedBlock[] {
  const block = (first: number, lines: number, executed: number, taken: number) => ({
    function: 'f',
    address: 0x1000 + first * lineBytes,
    bytes: lines * lineBytes,
    executed,
    taken,
  })
  return [
    block(0, body, outer, 0),
    block(body, inner, outer * times, outer * (times - 1)),
    block(body + inner, 1, outer, outer),
  ]
}

function simulate(
  body: number,
  inner: number,
  outer: number,
  times: number,
  lines: number,
): number {
  const cache = new SimulatedCache(lines)
  const run = (first: number, count: number): void => {
    for (let line = first; line < first + count; line++) cache.touch(line)
  }
  for (let o = 0; o < outer; o++) {
    run(0, body)
    for (let i = 0; i < times; i++) run(body, inner)
    run(body + inner, 1)
  }
  return cache.misses
}

t.test('nested loops miss as in a least-recently-used cache', async t => {
  const shapes = [
    [4, 4, 50, 20, 64],
    [4, 4, 50, 20, 6],
    [10, 12, 30, 8, 16],
    [10, 20, 30, 8, 16],
    [60, 2, 10, 100, 16],
    [3, 30, 40, 9, 30],
  ] as const
  for (const [body, inner, outer, times, lines] of shapes) {
    const simulated = simulate(body, inner, outer, times, lines)
    const { jumped, sequential } = lineMisses(
      nest(body, inner, outer, times),
      lineBytes,
      lines * lineBytes,
    )
    const all = body + inner + 1
    // Lines that stay for good are loaded once, which a warmed-up inference does not see.
    const cold = all <= lines ? all : 0
    const label = `body ${body}, inner ${inner}, cache of ${lines}`
    t.equal(jumped + sequential, simulated - cold, label)
  }
})

t.test('without a cache every entry of a line is a fetch, and none is counted twice', async t => {
  const halves: readonly FetchedBlock[] = [
    { function: 'f', address: 0x100, bytes: 6, executed: 10, taken: 4 },
    { function: 'f', address: 0x106, bytes: 10, executed: 6, taken: 6 },
  ]
  t.same(lineMisses(halves, 16, 0), { jumped: 10, sequential: 0 }, 'running on within a line')
  const next = { function: 'f', address: 0x110, bytes: 20, executed: 6, taken: 6 }
  const through = [{ ...halves[0]!, taken: 4 }, { ...halves[1]!, taken: 0 }, next]
  t.same(lineMisses(through, 16, 0), { jumped: 10, sequential: 12 })
})

function board(change: Partial<Board>, waitStates: number, busDivider = 1): Board {
  return {
    ...boards.get('stm32f412')!,
    clockHz: 1000,
    memory: [
      { name: 'sram', kind: 'sram', bytes: 1024 },
      { name: 'flash', kind: 'flash', bytes: 1024, waitStates, busDivider, fetchBits: 128 },
    ],
    ...change,
  }
}

const memory = (region: string, reads: number, writes = 0) => ({
  ...{ operator: 0, region, reads, readBytes: reads * 4, writes, writtenBytes: writes * 4 },
  unaligned: 0,
})

const work: BoardWork = {
  cycles: 10_000,
  blocks: [{ function: 'f', address: 0x200, bytes: 16, executed: 100, taken: 100 }],
  operatorMemory: [memory('flash', 400), memory('sram', 1000, 500)],
}

const traffic = [{ operator: 0, constantBytes: 320, activationBytes: 640, resumed: 2 }]

t.test('stalls are those counted by hand', async t => {
  const { caches: art, ...bare } = board({}, 3)
  if (art === undefined) throw new Error('no accelerator')
  // 100 line entries and 400 reads of constants, 3 cycles each; SRAM does not wait.
  t.match(boardCycles(work, traffic, bare), { fetch: 300, constants: 1200, activations: 0 })
  // The loop stays in the lines; 320 bytes exceed the 128 for data: 1600 / 16 lines at 3 cycles.
  t.match(boardCycles(work, traffic, board({}, 3)), {
    core: 10_000,
    ...{ fetch: 0, constants: 300, activations: 0, total: 10_300, milliseconds: 10_300 },
  })
  const data = { bytes: 4096, lineBytes: 32, fillCycles: 4, covers: ['flash', 'sram'] as const }
  const l1 = { instruction: data, data, unified: false, prefetch: false }
  // 2 x 320 bytes in lines of 32, two accesses of 3 wait states and 4 cycles each; 640 of SRAM at 4.
  t.match(boardCycles(work, traffic, board({ caches: l1 }, 3)), { constants: 200, activations: 80 })
  // At half the clock a wait state is two cycles: 2 x 3 x 2 + 4 each.
  t.match(boardCycles(work, traffic, board({ caches: l1 }, 3, 2)), { constants: 320 })
  const coupled = board({ caches: l1 }, 3)
  const [sram, flash] = coupled.memory
  const dtcm = { ...coupled, memory: [{ ...sram!, coupled: true }, flash!] }
  t.match(boardCycles(work, traffic, dtcm), { activations: 0 })
})

t.test('a board without wait states has the cycles of the core', async t => {
  for (const name of ['mps2-an386', 'mps2-an500', 'mps3-an547', 'host']) {
    const { total, fetch } = boardCycles(work, traffic, boards.get(name)!)
    t.same([total, fetch], [10_000, 0], name)
  }
  t.equal(boardCycles(work, traffic, boards.get('host')!).milliseconds, null)
  for (const each of boards.values()) {
    t.ok(boardCycles(work, traffic, each).total >= 10_000, each.name)
  }
})
