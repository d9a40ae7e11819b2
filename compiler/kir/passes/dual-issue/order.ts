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
  const run = { nodes, heights: heightsOf(nodes), variables: variablesOf(nodes, lasting) }
  const alive = mostAlive(run.variables)
  const least = fewestCycles(nodes)
  const rounds = tries.rounds * Math.min(1, tries.statements / nodes.length)
  for (let round = 0; round < rounds && best.cycles > least; round++) {
    const ranks = run.heights.map((height, i) => height + nudge(nodes[i]!.role, round))
    for (const window of windows) {
      const found = listed(run, ranks, { alive, cycles: best.cycles - 1 }, window)
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

/** What all orders of a run have in common. */
interface Run {
  readonly nodes: readonly Node[]
  readonly heights: readonly number[]
  readonly variables: Variables
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

/** Which variables of a run each of its statements touches, by number: orders are tried by the hundred. */
interface Variables {
  readonly touches: readonly (readonly number[])[]
  /** By variable: statements that touch it, and whether it is used after the run. */
  readonly uses: Int32Array
  readonly lasts: readonly boolean[]
}

function variablesOf(nodes: readonly Node[], lasting: ReadonlySet<string>): Variables {
  const names = [...new Set(nodes.flatMap(node => node.touches))]
  const numbers = new Map(names.map((name, i) => [name, i]))
  const touches = nodes.map(node => node.touches.map(name => numbers.get(name)!))
  const uses = new Int32Array(names.length)
  for (const variable of touches.flat()) uses[variable]!++
  return { touches, uses, lasts: names.map(name => lasting.has(name)) }
}

/** Variables of the run that still live, while its statements are taken one by one. */
class Living {
  readonly #variables: Variables
  readonly #left: Int32Array
  readonly #alive: Uint8Array
  #count = 0

  constructor(variables: Variables) {
    this.#variables = variables
    this.#left = variables.uses.slice()
    this.#alive = new Uint8Array(variables.uses.length)
  }

  /** How many are alive after the node. */
  with(node: number): number {
    const { touches, lasts } = this.#variables
    let count = this.#count
    for (const variable of touches[node]!) {
      const ends = this.#left[variable] === 1 && !lasts[variable]!
      if (this.#alive[variable] === 1) count -= ends ? 1 : 0
      else count += ends ? 0 : 1
    }
    return count
  }

  take(node: number): void {
    const { touches, lasts } = this.#variables
    for (const variable of touches[node]!) {
      const left = --this.#left[variable]!
      const alive = left === 0 && !lasts[variable]! ? 0 : 1
      this.#count += alive - this.#alive[variable]!
      this.#alive[variable] = alive
    }
  }
}

function mostAlive(variables: Variables): number {
  const living = new Living(variables)
  return variables.touches.reduce((most, _, i) => {
    const alive = living.with(i)
    living.take(i)
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
function listed(run: Run, ranks: readonly number[], limits: Limits, window: number): Order | null {
  const { nodes, heights } = run
  const waits = Int32Array.from(nodes, node => node.waits)
  const earliest = new Int32Array(nodes.length)
  const living = new Living(run.variables)
  let left = [...nodes.keys()]
  const indices: number[] = []
  let now = 0
  let cycle = freshCycle()
  while (left.length > 0) {
    const end = left[0]! + window
    let chosen: number | null = null
    let isStuck = true
    for (const i of left) {
      if (i >= end) break
      if (waits[i]! > 0) continue
      const isBetter =
        (chosen === null || ranks[i]! > ranks[chosen]!) &&
        earliest[i]! <= now &&
        fits(nodes[i]!, cycle)
      // To count the living takes longest: only for who would be chosen, or shows that not all is stuck.
      if ((!isBetter && !isStuck) || living.with(i) > limits.alive) continue
      isStuck = false
      if (isBetter) chosen = i
    }
    if (isStuck) return null
    if (chosen === null) {
      now++
      // What is left fills both slots at best, and the longest way to the end is still to go.
      const least = left.reduce((most, i) => Math.max(most, heights[i]!), halfUp(left.length) - 1)
      if (now + least >= limits.cycles) return null
      cycle = freshCycle()
      continue
    }
    const node = nodes[chosen]!
    occupy(node, cycle)
    living.take(chosen)
    left = left.filter(i => i !== chosen)
    indices.push(chosen)
    for (const { to, cycles } of node.after) {
      waits[to]!--
      earliest[to] = Math.max(earliest[to]!, now + cycles)
    }
  }
  return { indices, cycles: now + 1 }
}

function halfUp(count: number): number {
  return Math.ceil(count / slots)
}
