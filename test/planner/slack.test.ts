// What compiling takes of a part of the front is what it would take of all of it.
import t from 'tap'
import { boards } from '../../boards/index.ts'
import { memoryBytes, type Board } from '../../boards/schema.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { planGraph } from '../../compiler/index.ts'
import { defaultOptions } from '../../compiler/options.ts'
import type { Candidate, PlanSearch } from '../../compiler/planner/candidate.ts'
import { choosePlan, freeSlack } from '../../compiler/planner/choose.ts'
import type { Scope } from '../../compiler/planner/search.ts'
import { randomMobileNet } from '../../zoo/random-networks.ts'

t.setTimeout(120_000)

function searchOf(graph: Graph, board: Board, scope: Scope): PlanSearch {
  const bag = new DiagnosticBag()
  const options = { ...defaultOptions, io: 'int8', board: board.name } as const
  const planned = planGraph(graph, board, options, bag, scope)
  if (planned === null) throw new Error(formatDiagnostics(bag.all))
  return planned.search
}

/** With as much SRAM as that. */
function limited(board: Board, bytes: number): Board {
  const memory = board.memory.filter(({ kind }) => kind !== 'sram')
  const sram = board.memory.find(({ kind }) => kind === 'sram')!
  return { ...board, memory: [...memory, { ...sram, bytes }] }
}

const nets = [1, 2, 3].map(seed =>
  randomMobileNet(300 + seed, { resolution: 40 + 8 * (seed % 3), blocks: 2 + seed, width: 8 }),
)

t.test('with memory to spare, and with less than the fastest plan takes', async t => {
  let shorter = 0
  for (const core of ['mps2-an386', 'rp2040']) {
    for (const graph of nets) {
      const board = boards.get(core)!
      const whole = searchOf(graph, board, 'front')
      const sizes = whole.front.map(({ figures }) => figures.sramBytes)
      for (const bytes of [memoryBytes(board, 'sram'), Math.max(...sizes) - 4, sizes[0]!]) {
        const small = limited(board, bytes)
        const all = searchOf(graph, small, 'front')
        const part = searchOf(graph, small, { slack: freeSlack })
        const taken = (search: PlanSearch): Candidate | null => choosePlan(search, bytes, freeSlack)
        t.same(taken(part)?.figures, taken(all)?.figures, `${graph.name} in ${bytes} bytes`)
        t.not(taken(part), null)
        if (part.front.length < all.front.length) shorter++
      }
    }
  }
  t.ok(shorter > 3, `fewer plans were made (${shorter} times)`)
})
