// Placement: offsets for blocks of memory such that what is in use at the same time never overlaps.

import { roundUp, type Block, type Effort, type Layout } from './block.ts'
import { loadsByStep } from './bound.ts'
import { placeExactly } from './exact.ts'

/** A block ready for packing; sizes rounded up to the alignment, except `exact`. */
interface Shape {
  readonly parts: Block
  readonly first: number
  readonly last: number
  readonly bytes: number
  readonly exact: number
}

type Fit = 'first' | 'best'

/** A greedy layout and how it came about: a number below `recipes`. */
export interface GreedyLayout extends Layout {
  readonly recipe: number
}

/** How many orders and ways to fit there are; recipe 0 is large blocks first, as low as possible. */
export const recipes = 12

/** The best of the greedy layouts for blocks, or just that of one recipe; stops at `goal` bytes. */
export function placeGreedily(
  blocks: readonly Block[],
  alignment: number,
  goal: number,
  effort: Effort,
  only?: number,
): GreedyLayout {
  const shapes = blocks.map(block => shapeOf(block, alignment))
  const keys = ordersOf(shapes)
  let best: GreedyLayout | null = null
  for (let recipe = only ?? 0; recipe < recipes; recipe++) {
    const order = orderBy(shapes, keys[recipe >> 1]!)
    const layout = placeInOrder(shapes, order, recipe % 2 === 0 ? 'first' : 'best', effort)
    if (best === null || layout.bytes < best.bytes) best = { ...layout, recipe }
    if (only !== undefined || best.bytes <= goal || effort.left <= 0) break
  }
  return best ?? { offsets: [], bytes: 0, recipe: 0 }
}

/**
 * A layout not larger than `start`: branch and bound for few blocks, then a local search, both
 * bounded by the effort and deterministic.
 */
export function improveLayout(
  blocks: readonly Block[],
  alignment: number,
  goal: number,
  start: Layout,
  effort: Effort,
): Layout {
  if (start.bytes <= goal || effort.left <= 0) return start
  const half: Effort = { left: effort.left / 2 }
  const exact = placeExactly(blocks, alignment, goal, start, half)
  effort.left = effort.left / 2 + Math.max(half.left, 0)
  if (exact.proved || exact.layout.bytes <= goal) return exact.layout
  const shapes = blocks.map(block => shapeOf(block, alignment))
  return searchOrders(shapes, goal, exact.layout, effort)
}

function shapeOf(parts: Block, alignment: number): Shape {
  const exact = Math.max(...parts.map(part => part.bytes))
  return {
    parts: parts.map(part => ({ ...part, bytes: roundUp(part.bytes, alignment) })),
    first: Math.min(...parts.map(part => part.first)),
    last: Math.max(...parts.map(part => part.last)),
    bytes: roundUp(exact, alignment),
    exact,
  }
}

/** Sort keys, compared from left to right, larger first; the plainest order comes first. */
function ordersOf(shapes: readonly Shape[]): readonly ((shape: Shape) => readonly number[])[] {
  const life = (shape: Shape): number => shape.last - shape.first + 1
  const loads = loadsByStep(
    shapes.map(shape => shape.parts),
    1,
  )
  // The fullest step a block lives in: blocks of the peak are placed while memory is still free.
  const peak = (shape: Shape): number => {
    let most = 0
    for (let t = shape.first; t <= shape.last; t++) most = Math.max(most, loads.get(t) ?? 0)
    return most
  }
  return [
    shape => [shape.bytes, life(shape), -shape.first],
    shape => [shape.bytes * life(shape), shape.bytes, -shape.first],
    shape => [life(shape), shape.bytes, -shape.first],
    shape => [peak(shape), shape.bytes, life(shape), -shape.first],
    shape => [-shape.first, shape.bytes, shape.last],
    shape => [shape.last, shape.bytes, -shape.first],
  ]
}

function orderBy(
  shapes: readonly Shape[],
  key: (shape: Shape) => readonly number[],
): readonly number[] {
  const keys = shapes.map(key)
  return shapes
    .map((_, index) => index)
    .sort((a, b) => {
      const [left, right] = [keys[a]!, keys[b]!]
      const at = left.findIndex((value, i) => value !== right[i])
      return at === -1 ? a - b : right[at]! - left[at]!
    })
}

/** How high `shape` reaches while `other` is alive; 0 when they never meet. */
function heightBeside(shape: Shape, other: Shape): number {
  if (shape.first > other.last || other.first > shape.last) return 0
  if (shape.parts.length === 1) return shape.bytes
  let height = 0
  for (const part of shape.parts) {
    if (part.first <= other.last && other.first <= part.last) height = Math.max(height, part.bytes)
  }
  return height
}

function placeInOrder(
  shapes: readonly Shape[],
  order: readonly number[],
  fit: Fit,
  effort: Effort,
): Layout {
  const offsets = new Array<number>(shapes.length).fill(0)
  /** Placed blocks by offset. */
  const placed: number[] = []
  let bytes = 0
  for (const index of order) {
    const shape = shapes[index]!
    const offset = findPlace(shapes, placed, offsets, shape, fit)
    effort.left -= placed.length
    offsets[index] = offset
    bytes = Math.max(bytes, offset + shape.exact)
    let at = placed.length
    while (at > 0 && offsets[placed[at - 1]!]! > offset) at--
    placed.splice(at, 0, index)
  }
  return { offsets, bytes }
}

/**
 * The lowest offset where the block fits (first), or the one in the tightest gap (best). Each placed
 * neighbour g forbids the offsets strictly between `offset(g) - our height beside g` and
 * `offset(g) + g's height beside us`.
 */
function findPlace(
  shapes: readonly Shape[],
  placed: readonly number[],
  offsets: readonly number[],
  shape: Shape,
  fit: Fit,
): number {
  const walls: { readonly from: number; readonly to: number }[] = []
  for (const index of placed) {
    const other = shapes[index]!
    const above = heightBeside(other, shape)
    if (above === 0) continue
    const offset = offsets[index]!
    walls.push({ from: offset - heightBeside(shape, other), to: offset + above })
  }
  // `placed` is sorted by offset, so only a block whose height varies can have walls out of order.
  if (shape.parts.length > 1) walls.sort((a, b) => a.from - b.from)
  let free = 0
  let tightest = Infinity
  let place = -1
  for (const { from, to } of walls) {
    const slack = from - free
    if (slack >= 0 && slack < tightest) {
      if (fit === 'first') return free
      tightest = slack
      place = free
    }
    free = Math.max(free, to)
  }
  return place === -1 ? free : place
}

/**
 * Local search over the order of a first-fit placement: a block that reaches the top moves to an
 * earlier turn, and the order is kept unless it became worse. First fit in the order of offsets
 * reproduces a layout or betters it, so the start loses nothing.
 */
function searchOrders(
  shapes: readonly Shape[],
  goal: number,
  start: Layout,
  effort: Effort,
): Layout {
  const random = generator(shapes.length)
  let order = shapes.map((_, i) => i).sort((a, b) => start.offsets[a]! - start.offsets[b]! || a - b)
  let current = placeInOrder(shapes, order, 'first', effort)
  let best = current.bytes < start.bytes ? current : start
  while (best.bytes > goal && effort.left > 0) {
    effort.left -= shapes.length
    const tops = order.filter(i => current.offsets[i]! + shapes[i]!.exact === current.bytes)
    const moved = random(4) === 0 ? order[random(order.length)]! : tops[random(tops.length)]!
    const others = order.filter(i => i !== moved)
    others.splice(random(order.indexOf(moved) + 1), 0, moved)
    const next = placeInOrder(shapes, others, 'first', effort)
    if (next.bytes > current.bytes) continue
    order = others
    current = next
    if (current.bytes < best.bytes) best = current
  }
  return best
}

/** Whole numbers below a limit, always the same ones (xorshift32; Marsaglia 2003). */
function generator(seed: number): (limit: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1
  return limit => {
    state = (state ^ (state << 13)) >>> 0
    state = (state ^ (state >>> 17)) >>> 0
    state = (state ^ (state << 5)) >>> 0
    return state % limit
  }
}
