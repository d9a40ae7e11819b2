// Paths through the network for falling limits of memory, judged by segments that have been placed.

import { cheapestPath, type Edge, type EdgeBytes, type Path } from '../schedule/segments.ts'
import type { Steps } from '../schedule/steps.ts'
import { segmentBytes } from './isolate.ts'

/** Each path of the front is to need no more than this part of the one before it. */
const stride = 0.97

interface Front {
  readonly paths: readonly Path[]
  /** Of all paths, if the search went so far. */
  readonly smallest: Path | null
}

/**
 * The fastest path for a limit. Live bytes of a segment are a lower bound of what it needs; its offsets
 * are worked out once it lies on the best path, and the search goes on until they fit as well.
 */
export class PathFinder {
  readonly #edges: readonly (readonly Edge[])[]
  readonly #bytesOf: EdgeBytes
  readonly #placed = new Map<Edge, number>()

  /** `bytesOf` works out offsets for an edge. */
  constructor(
    steps: Steps,
    edges: readonly (readonly Edge[])[],
    bytesOf: EdgeBytes = edge => segmentBytes(steps, edge),
  ) {
    this.#edges = edges
    this.#bytesOf = bytesOf
  }

  /** `avoided`: edges that shall count as needing that many bytes instead. */
  fastest(limit: number, avoided: ReadonlyMap<Edge, number> = new Map()): Path | null {
    const bytesOf: EdgeBytes = edge => avoided.get(edge) ?? this.#placed.get(edge) ?? edge.peakBytes
    for (;;) {
      const path = cheapestPath(this.#edges, limit, bytesOf)
      if (path === null) return null
      const open = path.edges.filter(edge => !this.#placed.has(edge))
      if (open.length === 0) return path
      for (const edge of open) this.placed(edge)
    }
  }

  /** What an edge needs with offsets, worked out once. */
  placed(edge: Edge): number {
    let bytes = this.#placed.get(edge)
    if (bytes === undefined) {
      bytes = this.#bytesOf(edge)
      this.#placed.set(edge, bytes)
    }
    return bytes
  }

  /**
   * By falling need of memory, from the fastest path within `limit` to the smallest of all; or only those
   * that are slower than the fastest by no more than `slack` of it.
   */
  front(limit = Infinity, slack = Infinity): Front {
    const paths: Path[] = []
    for (const path of this.falling(limit)) {
      if (path.cycles > (paths[0] ?? path).cycles * (1 + slack)) return { paths, smallest: null }
      paths.push(path)
    }
    const least = Math.min(...paths.map(({ bytes }) => bytes))
    if (least > 0) paths.push(...this.smallest(Math.floor(least * stride), least))
    return { paths, smallest: paths.pop() ?? null }
  }

  /** The fastest path within `limit`, the fastest that needs less than a part of that, and so on. */
  *falling(limit: number): Generator<Path> {
    let path = this.fastest(limit)
    while (path !== null) {
      yield path
      path = path.bytes === 0 ? null : this.fastest(Math.floor(path.bytes * stride))
    }
  }

  /** Between a limit that is too low and one that is not: the smallest path, by halving. */
  smallest(impossible: number, possible: number): readonly Path[] {
    let found: Path | null = null
    let [low, high] = [impossible, possible]
    while (high - low > 16) {
      const path = this.fastest(Math.floor((low + high) / 2))
      if (path === null) low = Math.floor((low + high) / 2)
      else {
        found = path
        high = path.bytes
      }
    }
    return found === null ? [] : [found]
  }
}
