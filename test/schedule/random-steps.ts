// Steps of models built in code, and schedules cut at random.

import { boards, coreOf } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { checkSupported } from '../../compiler/graph/supported.ts'
import { verifyGraph } from '../../compiler/graph/verify.ts'
import { runPasses } from '../../compiler/passes/index.ts'
import { wholeSegment } from '../../compiler/schedule/layer-by-layer.ts'
import type { Schedule, Segment } from '../../compiler/schedule/schedule.ts'
import { stepOf } from '../../compiler/schedule/segment-peak.ts'
import { buildSteps, type RowEnds, type Steps } from '../../compiler/schedule/steps.ts'
import { streamSegment } from '../../compiler/schedule/stream.ts'
import { selectKernels, type Selection } from '../../compiler/select/select.ts'
import type { Random } from '../fuzz/random.ts'

/** The steps of a graph on a Cortex-M4; null when it is refused, as random scales may be. */
export function stepsOf(
  graph: Graph,
  ends?: RowEnds,
  scratch: keyof Selection = 'roomy',
): Steps | null {
  const bag = new DiagnosticBag()
  if (!verifyGraph(graph, bag) || !checkSupported(graph, bag)) return null
  const passed = runPasses(graph)
  const selected = selectKernels(passed, coreOf(boards.get('mps2-an386')!), bag)
  return selected === null ? null : buildSteps(passed, selected[scratch], ends)
}

/** A segment as the path search makes it; band Infinity: one step as a whole. */
export interface Cut {
  readonly first: number
  readonly end: number
  readonly band: number
  readonly descending: boolean
}

export function scheduleOfCuts(steps: Steps, cuts: readonly Cut[]): Schedule {
  const chosen = [...steps.steps]
  for (const { first, end, band } of cuts) {
    if (band === Infinity) continue
    for (let i = first; i < end; i++) chosen[i] = stepOf(steps, i, true)
  }
  const segments = cuts.map(({ first, end, band, descending }): Segment => {
    if (band === Infinity) return wholeSegment(chosen[first]!, first)
    return streamSegment({ ...steps, steps: chosen }, first, end, band, descending)
  })
  return { ...steps, steps: chosen, segments }
}

/** Cuts of all steps at random places, with random bands and directions. */
export function randomCuts(steps: Steps, random: Random): readonly Cut[] {
  const cuts: Cut[] = []
  const count = steps.steps.length
  for (let first = 0; first < count;) {
    const whole = random.chance(0.3)
    const end = whole ? first + 1 : Math.min(count, first + random.int(1, 12))
    const rising = steps.steps
      .slice(first, end)
      .some((_, i) => stepOf(steps, first + i, true).ascending)
    const band = whole ? Infinity : random.pick([1, 1, 2, 3, 5, 8])
    cuts.push({ first, end, band, descending: !whole && !rising && random.chance(0.5) })
    first = end
  }
  return cuts
}
