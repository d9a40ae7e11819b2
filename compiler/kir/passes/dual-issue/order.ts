// An order of a run for a core that issues two instructions a cycle, in order: list scheduling.

import type { Node } from './graph.ts'

export interface Order {
  readonly indices: readonly number[]
  /** Cycles until the last statement has started. */
  readonly cycles: number
}

/** Statements issued in a cycle, and of each unit. */
interface Cycle {
  issued: number
  multiply: number
  memory: number
}

const slots = 2

/** How far ahead of the first statement left a statement may be taken; one fits where another fails. */
const windows = [Infinity, 24, 12] as const
/** Orders tried for each of them in another way, for a run of this many statements; fewer for longer ones. */
const tries = { rounds: 160, statements: 64 } as const

/**
 * The best order found; the given one when none is better. Variables in `lasting` are used after the run.
 * No more variables of the run are alive at once than in the given order.
 */
export function bestOrder(nodes: readonly Node[], lasting: ReadonlySet<string>): Order {
  let best = givenOrder(nodes)
  const most = mostAlive(nodes, best.indices, lasting)
  const heights = heightsOf(nodes)
  const least = fewestCycles(nodes)
  const rounds = tries.rounds * Math.min(1, tries.statements / nodes.length)
  for (let round = 0; round < rounds && best.cycles > least; round++) {
    const ranks = heights.map((height, i) => height + nudge(nodes[i]!.role, round))
    for (const window of windows) {
      const found = listed(nodes, ranks, lasting, { alive: most, cycles: best.cycles - 1 }, window)
      if (found !== null) best = found
    }
  }
  return best
}

/** No order takes fewer: both slots, or one of the units, are busy all the time. */
function fewestCycles(nodes: readonly Node[]): number {
  const of = (unit: Node['unit']): number => nodes.filter(node => node.unit === unit).length
  return Math.max(Math.ceil(nodes.length / slots), of('multiply'), of('memory'))
}

interface Limits {
  readonly alive: number
  readonly cycles: number
}

/**
 * A number from 0 to 8 that is the same for the same arguments; 0 in the first round, which goes by
 * heights alone. Copies of one statement get the same, as what suits one of them suits the others.
 */
function nudge(role: string, round: number): number {
  let mixed = Math.imul(round, 0x9e37_79b1)
  for (let i = 0; i < role.length; i++) {
    mixed = Math.imul(mixed ^ role.charCodeAt(i), 0x0100_0193)
    mixed ^= mixed >>> 15
  }
  return round === 0 ? 0 : (Math.imul(mixed, 0x85eb_ca6b) >>> 24) / 32
}

/** Longest way to the end of the run, in cycles. */
function heightsOf(nodes: readonly Node[]): readonly number[] {
  const heights = nodes.map(() => 0)
  for (let i = nodes.length - 1; i >= 0; i--) {
    for (const { to, cycles } of nodes[i]!.after) {
      heights[i] = Math.max(heights[i]!, heights[to]! + cycles)
    }
  }
  return heights
}

/** Variables of the run that still live, while its statements are taken one by one. */
class Living {
  readonly #left = new Map<string, number>()
  readonly #alive = new Set<string>()
  readonly #lasting: ReadonlySet<string>

  constructor(nodes: readonly Node[], lasting: ReadonlySet<string>) {
    this.#lasting = lasting
    for (const name of nodes.flatMap(node => node.touches)) {
      this.#left.set(name, (this.#left.get(name) ?? 0) + 1)
    }
  }

  /** How many are alive after the node. */
  with(node: Node): number {
    let count = this.#alive.size
    for (const name of node.touches) {
      const ends = this.#left.get(name) === 1 && !this.#lasting.has(name)
      if (this.#alive.has(name)) count -= ends ? 1 : 0
      else count += ends ? 0 : 1
    }
    return count
  }

  take(node: Node): void {
    for (const name of node.touches) {
      const left = (this.#left.get(name) ?? 0) - 1
      this.#left.set(name, left)
      if (left === 0 && !this.#lasting.has(name)) this.#alive.delete(name)
      else this.#alive.add(name)
    }
  }
}

function mostAlive(
  nodes: readonly Node[],
  indices: readonly number[],
  lasting: ReadonlySet<string>,
): number {
  const living = new Living(nodes, lasting)
  return indices.reduce((most, i) => {
    const alive = living.with(nodes[i]!)
    living.take(nodes[i]!)
    return Math.max(most, alive)
  }, 0)
}

/**
 * Whether the node can start in the cycle beside what has. Results are written in order, and those of a
 * multiplication come last: nothing starts behind it.
 */
function fits(node: Node, cycle: Cycle): boolean {
  if (cycle.issued === slots || cycle.multiply > 0) return false
  return node.unit !== 'memory' || cycle.memory === 0
}

function occupy(node: Node, cycle: Cycle): void {
  cycle.issued++
  if (node.unit !== 'other') cycle[node.unit]++
}

const freshCycle = (): Cycle => ({ issued: 0, multiply: 0, memory: 0 })

function givenOrder(nodes: readonly Node[]): Order {
  const earliest = nodes.map(() => 0)
  let now = 0
  let cycle = freshCycle()
  for (const [i, node] of nodes.entries()) {
    while (now < earliest[i]! || !fits(node, cycle)) {
      now++
      cycle = freshCycle()
    }
    occupy(node, cycle)
    for (const { to, cycles } of node.after) earliest[to] = Math.max(earliest[to]!, now + cycles)
  }
  return { indices: nodes.map((_, i) => i), cycles: now + 1 }
}

/** Null when it takes more cycles, or all statements that are left need a variable more, than the limits. */
function listed(
  nodes: readonly Node[],
  ranks: readonly number[],
  lasting: ReadonlySet<string>,
  limits: Limits,
  window: number,
): Order | null {
  const waits = nodes.map(node => node.waits)
  const earliest = nodes.map(() => 0)
  const living = new Living(nodes, lasting)
  const left = new Set(nodes.keys())
  const indices: number[] = []
  let now = 0
  let cycle = freshCycle()
  while (left.size > 0) {
    const [first = 0] = left
    let chosen: number | null = null
    let isStuck = true
    for (const i of left) {
      if (i >= first + window) break
      if (waits[i]! > 0 || living.with(nodes[i]!) > limits.alive) continue
      isStuck = false
      if (earliest[i]! > now || !fits(nodes[i]!, cycle)) continue
      if (chosen === null || ranks[i]! > ranks[chosen]!) chosen = i
    }
    if (isStuck) return null
    if (chosen === null) {
      if (++now >= limits.cycles) return null
      cycle = freshCycle()
      continue
    }
    const node = nodes[chosen]!
    occupy(node, cycle)
    living.take(node)
    left.delete(chosen)
    indices.push(chosen)
    for (const { to, cycles } of node.after) {
      waits[to]!--
      earliest[to] = Math.max(earliest[to]!, now + cycles)
    }
  }
  return { indices, cycles: now + 1 }
}
