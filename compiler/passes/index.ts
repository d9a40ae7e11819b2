// The graph passes, in the order in which they run.

import type { Graph } from '../graph/graph.ts'
import { foldPad } from './fold-pad.ts'

export interface Pass {
  readonly name: string
  /** Leaves the values of all remaining tensors as they were. */
  readonly run: (graph: Graph) => Graph
}

export const passes: readonly Pass[] = [{ name: 'fold-pad', run: foldPad }]

/** The graph after all passes. */
export function runPasses(graph: Graph): Graph {
  return passes.reduce((current, pass) => pass.run(current), graph)
}
