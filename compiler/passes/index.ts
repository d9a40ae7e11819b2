// The graph passes, in the order in which they run.

import type { Graph } from '../graph/graph.ts'
import { defaultOptions, type CompileOptions } from '../options.ts'
import { dropConstantChannels } from './constant-channels.ts'
import { foldPad } from './fold-pad.ts'
import { int8Ends } from './int8-ends.ts'

export interface Pass {
  readonly name: string
  /** Leaves the values of all remaining tensors as they were. */
  readonly run: (graph: Graph) => Graph
  /** Always unless given. */
  readonly wanted?: (options: PassOptions) => boolean
}

export type PassOptions = Pick<CompileOptions, 'io'> & Partial<Pick<CompileOptions, 'trace'>>

export const passes: readonly Pass[] = [
  { name: 'int8-ends', run: int8Ends, wanted: ({ io }) => io === 'int8' },
  { name: 'fold-pad', run: foldPad },
  // Tracing shows every tensor whole, so that it goes without.
  {
    name: 'constant-channels',
    run: dropConstantChannels,
    wanted: ({ trace }) => trace === false,
  },
]

/** The graph after all passes that the options want; by default those that leave all tensors whole. */
export function runPasses(graph: Graph, options: PassOptions = { io: defaultOptions.io }): Graph {
  const wanted = passes.filter(pass => pass.wanted?.(options) ?? true)
  return wanted.reduce((current, pass) => pass.run(current), graph)
}
