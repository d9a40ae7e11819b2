// Branch and bound over layouts of few blocks, from the bottom of the arena upwards.

import { roundUp, type Block, type Effort, type Layout } from './block.ts'

/** More blocks are left to the local search: the tree grows too fast. */
const mostBlocks = 64

export interface ExactResult {
  readonly layout: Layout
  /** Whether the whole tree was searched, so that no layout is smaller. */
  readonly proved: boolean
}

interface Search {
  /** Heights of each block by event (a step at which some part begins), rounded up; 0: not alive. */
  readonly heights: readonly (readonly number[])[]
  /** Events at which a block is alive. */
  readonly events: readonly (readonly number[])[]
  /** Largest height of each block, rounded up, and as it is. */
  readonly tallest: readonly number[]
  readonly exact: readonly number[]
  /** By event: the most that the topmost block can fall short of its rounded height. */
  readonly slack: readonly number[]
  readonly goal: number
  readonly effort: Effort
  best: Layout
}

interface Node {
  readonly offsets: readonly number[]
  readonly unplaced: readonly number[]
  /** By event: top of the placed blocks, and the heights of the others. */
  readonly floor: readonly number[]
  readonly rest: readonly number[]
  readonly lastOffset: number
  readonly lastBlock: number
  readonly bytes: number
}

/**
 * The smallest layout below `start`, if the effort lasts. Blocks are placed by rising offset, each on
 * top of those it meets. Of all smallest layouts the one with the least sum of offsets has such an
 * order, and no block of it could lie lower. Hence two rules (the second one is MiniMalloc's
 * dominance, Moffitt, ASPLOS 2023): a block is placed only where it touches what is below it, and
 * never above the end that another unplaced block could have now.
 */
export function placeExactly(
  blocks: readonly Block[],
  alignment: number,
  goal: number,
  start: Layout,
  effort: Effort,
): ExactResult {
  if (blocks.length > mostBlocks) return { layout: start, proved: false }
  const search = prepare(blocks, alignment, goal, start, effort)
  const rest = search.slack.map((_, event) =>
    search.heights.reduce((sum, heights) => sum + heights[event]!, 0),
  )
  const complete = descend(search, {
    offsets: blocks.map(() => 0),
    unplaced: blocks.map((_, index) => index),
    floor: rest.map(() => 0),
    rest,
    lastOffset: 0,
    lastBlock: -1,
    bytes: 0,
  })
  return { layout: search.best, proved: complete }
}

function prepare(
  blocks: readonly Block[],
  alignment: number,
  goal: number,
  best: Layout,
  effort: Effort,
): Search {
  const steps = [...new Set(blocks.flatMap(block => block.map(part => part.first)))]
  const sizes = blocks.map(block =>
    steps.map(step =>
      Math.max(0, ...block.filter(p => p.first <= step && step <= p.last).map(p => p.bytes)),
    ),
  )
  const heights = sizes.map(row => row.map(bytes => roundUp(bytes, alignment)))
  return {
    heights,
    events: heights.map(row => row.flatMap((height, event) => (height > 0 ? [event] : []))),
    tallest: heights.map(row => Math.max(...row)),
    exact: sizes.map(row => Math.max(...row)),
    slack: steps.map((_, e) => Math.max(...sizes.map((row, b) => heights[b]![e]! - row[e]!))),
    goal,
    effort,
    best,
  }
}

/** Searches below a node; false when the effort ran out before the end. */
function descend(search: Search, node: Node): boolean {
  if (node.unplaced.length === 0) {
    if (node.bytes < search.best.bytes) search.best = { offsets: node.offsets, bytes: node.bytes }
    return true
  }
  search.effort.left -= node.unplaced.length * (2 + node.floor.length / 2)
  if (search.effort.left <= 0) return false
  for (const { block, offset } of choices(search, node)) {
    const next = place(search, node, block, offset)
    if (next === null) continue
    if (!descend(search, next)) return false
    if (search.best.bytes <= search.goal) return true
  }
  return true
}

interface Choice {
  readonly block: number
  readonly offset: number
}

function choices(search: Search, node: Node): readonly Choice[] {
  let roof = Infinity
  const all = node.unplaced.map(block => {
    let offset = 0
    for (const event of search.events[block]!) offset = Math.max(offset, node.floor[event]!)
    roof = Math.min(roof, offset + search.tallest[block]!)
    return { block, offset }
  })
  return all
    .filter(({ block, offset }) => {
      if (offset >= roof || offset < node.lastOffset) return false
      // Blocks at one offset never meet: one order of them stands for all.
      return offset > node.lastOffset || block > node.lastBlock
    })
    .sort((a, b) => {
      const size = search.tallest[b.block]! - search.tallest[a.block]!
      return a.offset - b.offset || size || a.block - b.block
    })
}

/** The node after placing a block; null when nothing below it can be smaller than the best. */
function place(search: Search, node: Node, block: number, offset: number): Node | null {
  const bytes = Math.max(node.bytes, offset + search.exact[block]!)
  if (bytes >= search.best.bytes) return null
  const floor = [...node.floor]
  const rest = [...node.rest]
  const heights = search.heights[block]!
  for (const event of search.events[block]!) {
    floor[event] = offset + heights[event]!
    rest[event] = rest[event]! - heights[event]!
  }
  for (const [event, height] of rest.entries()) {
    // What is not yet placed at this step must lie above what is.
    if (height > 0 && floor[event]! + height - search.slack[event]! >= search.best.bytes)
      return null
  }
  return {
    offsets: node.offsets.map((old, index) => (index === block ? offset : old)),
    unplaced: node.unplaced.filter(other => other !== block),
    floor,
    rest,
    lastOffset: offset,
    lastBlock: block,
    bytes,
  }
}
