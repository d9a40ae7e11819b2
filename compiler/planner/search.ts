// The search for plans: where to cut, how many rows at a time, in which direction, at which offsets.

import type { CostModel } from '../cost/model.ts'
import { planMemory } from '../memory/plan.ts'
import { scheduleCycles } from '../schedule/cost.ts'
import { planFlashBytes } from '../schedule/flash.ts'
import { layerByLayer } from '../schedule/layer-by-layer.ts'
import { findEdges, leastBytes, type Edge, type Path } from '../schedule/segments.ts'
import type { Steps } from '../schedule/steps.ts'
import { arrange, quick, thorough, type Arranged, type Care } from './arrange.ts'
import type { Candidate, PlanSearch } from './candidate.ts'
import { freeSlack, priceOf } from './choose.ts'
import { PathFinder } from './front.ts'
import { findPatches, isPatch, patchBytes, writeOut } from './patches.ts'

/** Paths tried for a limit, each of which needs less than the last one, or for the best price. */
const mostAttempts = 4

/** Paths tried for one limit because segments do not fit together. */
const mostDetours = 6

/** Bytes above a path's own, as a part of them, for which other paths are tried. */
const worthwhile = 0.05
/** Parts of them that those paths may take. */
const roomTried = [0.5, 0.25, 0.75]

/**
 * Plans for all limits of memory, only what it takes to find the fastest for one of them, or those of the
 * front that are slower than that by no more than a part of it.
 */
export type Scope = 'front' | 'limit' | { readonly slack: number }

/** The plans of two searches for the same graph. */
export function eitherSearch(a: PlanSearch, b: PlanSearch): PlanSearch {
  const { cost, layerByLayer } = a
  return {
    ...{ cost, layerByLayer },
    front: paretoFront([...a.front, ...b.front]),
    lowerBoundBytes: Math.min(a.lowerBoundBytes, b.lowerBoundBytes),
  }
}

/** Whether no plan is in `scope` beside `rival`: none is faster than layer by layer. */
export function fallsBehind(
  steps: Steps,
  cost: CostModel,
  rival: Candidate,
  scope: Scope,
): boolean {
  if (typeof scope !== 'object') return false
  return scheduleCycles(layerByLayer(steps), cost) > rival.figures.cycles * (1 + scope.slack)
}

/**
 * Plans with particular care for `limit` bytes. The front is sound for any network; it is exact over
 * cut points in live bytes (no segment longer than the longest one considered), and as good as placement
 * is found in bytes of the arena. Columns are cut into strips only when no plan of whole rows fits, and
 * they may be.
 */
export function searchPlans(
  steps: Steps,
  cost: CostModel,
  limit = Infinity,
  scope: Scope = 'front',
  mayCut = true,
): PlanSearch {
  const edges = findEdges(steps, cost)
  const finder = new PathFinder(steps, edges)
  const candidate = ({ schedule, memory }: Arranged): Candidate => ({
    schedule,
    memory,
    figures: {
      sramBytes: memory.arenaBytes,
      cycles: Math.round(scheduleCycles(schedule, cost)),
      flashBytes: planFlashBytes(schedule),
    },
  })
  const plan: Planner = (path, care) => {
    const { steps: cut, path: own } = writeOut(steps, path)
    return candidate(arrange(cut, own, care))
  }
  const layered = layerByLayer(steps)
  const first = candidate({ schedule: layered, memory: planMemory(layered) })
  const plans: Candidate[] = []
  const least = (): number => smallestOf([first, ...plans])
  if (first.figures.sramBytes > limit) plans.push(...plansFor(limit, finder, plan))
  if (scope !== 'limit' || least() > limit) {
    const isPart = typeof scope === 'object' && least() <= limit
    const { paths, smallest } = isPart ? finder.front(limit, scope.slack) : finder.front()
    plans.push(...paths.map(path => plan(path, quick)))
    const fitting = paths.filter(({ bytes }) => bytes <= limit)
    plans.push(...carefulPlans(fitting, [first, ...plans], plan))
    if (smallest !== null) {
      plans.push(...settle(smallest, finder, plan))
      // The tightest path leaves offsets the least choice: one with more room may end up lower.
      for (const part of roomTried) {
        const gap = least() - smallest.bytes
        if (gap <= smallest.bytes * worthwhile) break
        const roomy = finder.fastest(smallest.bytes + Math.floor(gap * part))
        if (roomy !== null) plans.push(...settle(roomy, finder, plan))
      }
    }
  }
  const byRows = least()
  const all = byRows <= limit || !mayCut ? edges : withPatches(steps, cost, edges, limit)
  if (all !== edges) plans.push(...patchedPlans({ steps, edges: all, finder, plan }, limit, byRows))
  // In-place writes can make a schedule smaller than the sum that was counted for its segments.
  const peaks = [first, ...plans].map(({ memory }) => memory.peakLiveBytes)
  return {
    cost,
    front: paretoFront([first, ...plans]),
    layerByLayer: first,
    lowerBoundBytes: Math.min(leastBytes(all), ...peaks),
  }
}

/** Of paths hardly slower than the fastest, those that may be worth more than the plans that there are. */
function carefulPlans(
  paths: readonly Path[],
  plans: readonly Candidate[],
  plan: Planner,
): readonly Candidate[] {
  const bound = (1 + freeSlack) * Math.min(...plans.map(({ figures }) => figures.cycles))
  const priceIn = ({ figures: { cycles, sramBytes } }: Candidate): number =>
    cycles <= bound ? priceOf(cycles, sramBytes) : Infinity
  let least = Math.min(...plans.map(priceIn))
  const hopes = paths
    .filter(({ cycles }) => cycles <= bound)
    .map(path => ({ path, price: priceOf(path.cycles, path.bytes) }))
    .sort((a, b) => a.price - b.price)
  const careful: Candidate[] = []
  for (const { path, price } of hopes.slice(0, mostAttempts)) {
    if (price >= least) break
    const made = plan(path, thorough)
    careful.push(made)
    least = Math.min(least, priceIn(made))
  }
  return careful
}

type Edges = readonly (readonly Edge[])[]
type Planner = (path: Path, care: Care) => Candidate

function withPatches(steps: Steps, cost: CostModel, edges: Edges, limit: number): Edges {
  const patches = findPatches(steps, cost, edges, limit)
  return edges.map((list, first) => [...list, ...patches[first]!])
}

/** Plans for a limit that whole rows do not reach: the fastest that fit, or the smallest. */
function patchedPlans(
  search: {
    readonly steps: Steps
    readonly edges: Edges
    /** For whole rows. */
    readonly finder: PathFinder
    readonly plan: Planner
  },
  limit: number,
  byRows: number,
): readonly Candidate[] {
  const { steps, edges, finder, plan } = search
  const bytesOf = (edge: Edge): number =>
    isPatch(edge) ? patchBytes(steps, edge) : finder.placed(edge)
  const patched = new PathFinder(steps, edges, bytesOf)
  const plans = plansFor(limit, patched, plan)
  if (plans.some(({ figures }) => figures.sramBytes <= limit)) return plans
  // What fits in segments need not fit as a whole, so the smallest may lie below the limit.
  const smallest = patched.smallest(leastBytes(edges) - 1, byRows)
  return [...plans, ...smallest.flatMap(path => settle(path, patched, plan))]
}

/**
 * Segments that fit alone need not fit together: one may want its input low, the next one high. Those
 * whose storages stick out are avoided, until a plan takes no more than `enough`, as long as other paths
 * of the same size lead to less.
 */
function settle(
  path: Path,
  finder: PathFinder,
  plan: Planner,
  enough = path.bytes,
): readonly Candidate[] {
  const plans = [plan(path, thorough)]
  let way = path
  const avoided = new Map<Edge, number>()
  for (let attempt = 0; attempt < mostDetours; attempt++) {
    const current = plans[plans.length - 1]!
    if (smallestOf(plans) <= enough) break
    const high = stickingOut(current, way, path.bytes)
    if (high.length === 0) break
    for (const edge of high) avoided.set(edge, current.figures.sramBytes)
    const detour = finder.fastest(path.bytes, avoided)
    if (detour === null) break
    way = detour
    plans.push(plan(detour, thorough))
  }
  return plans
}

/** Edges in which a storage begins to live that reaches beyond `bytes`. */
function stickingOut({ schedule, memory }: Candidate, path: Path, bytes: number): readonly Edge[] {
  const { segments } = schedule
  // Strips of patches are segments of their own.
  const edges = path.edges.flatMap(edge =>
    Array.from({ length: isPatch(edge) ? edge.strips : 1 }, () => edge),
  )
  const ends = segments.map(({ runs }) => runs.length)
  for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!
  const begins = memory.storages
    .filter(place => place.offset + place.bytes > bytes && place.first >= 0)
    .map(place => ends.findIndex(end => place.first < end))
  return [...new Set(begins)].flatMap(index => edges[index] ?? [])
}

/** Plans of the fastest paths for a limit; the limit falls until one of them fits when it is placed. */
function plansFor(limit: number, finder: PathFinder, plan: Planner): readonly Candidate[] {
  const plans: Candidate[] = []
  let aim = limit
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const path = finder.fastest(aim)
    if (path === null) break
    const found = settle(path, finder, plan, limit)
    plans.push(...found)
    const excess = smallestOf(found) - limit
    if (excess <= 0) break
    aim = Math.min(aim, path.bytes) - Math.max(16, Math.floor(excess / 2))
  }
  return plans
}

function smallestOf(plans: readonly Candidate[]): number {
  return Math.min(...plans.map(({ figures }) => figures.sramBytes))
}

/** Candidates that no other one beats in all figures, by rising memory. */
function paretoFront(candidates: readonly Candidate[]): readonly Candidate[] {
  const beats = (a: Candidate, b: Candidate): boolean => {
    const [x, y] = [figures(a), figures(b)]
    return x.every((value, i) => value <= y[i]!) && x.some((value, i) => value < y[i]!)
  }
  const same = (a: Candidate, b: Candidate): boolean =>
    figures(a).every((value, i) => value === figures(b)[i])
  return candidates
    .filter(c => !candidates.some(other => beats(other, c)))
    .filter((c, i, all) => all.findIndex(other => same(other, c)) === i)
    .sort((a, b) => a.figures.sramBytes - b.figures.sramBytes)
}

function figures({ figures: f }: Candidate): readonly number[] {
  return [f.sramBytes, f.cycles, f.flashBytes]
}
