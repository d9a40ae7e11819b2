// Measures what the model's own function takes for a call when rows are streamed: tables and loops.

import type { Core } from '../../boards/schema.ts'
import { estimate } from '../../compiler/cost/estimate.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { allRuns } from '../../compiler/schedule/schedule.ts'
import { buildSteps } from '../../compiler/schedule/steps.ts'
import { streamSegment } from '../../compiler/schedule/stream.ts'
import { selectKernels } from '../../compiler/select/select.ts'
import type { Missing } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import type { ArmCore } from '../../runtime/hosts/targets.ts'
import { profileModel } from '../bench/profile.ts'
import { compileSchedule } from '../kernels/case-graph.ts'

const quant = { scale: 0.05, zeroPoint: 0 }

/** Convolutions that do next to nothing: pointwise ones and windows of 3x3 in turns. */
function chain(): Graph {
  const net = new GraphBuilder('stream')
  const weights = (shape: readonly number[]) => {
    const count = shape.reduce((product, extent) => product * extent, 1)
    return { shape, data: Array.from({ length: count }, (_, i) => (i % 7) - 3), scale: 0.01 }
  }
  const output = quant
  let x = net.input([1, 24, 8, 4], quant)
  for (let block = 0; block < 4; block++) {
    x = net.conv2d(x, { weights: weights([4, 1, 1, 4]), output })
    const filter = { weights: weights([1, 3, 3, 4]), padding: 'same', output } as const
    x = net.depthwiseConv2d(x, filter)
  }
  net.output(x)
  return net.graph()
}

/** Cycles per call of a chain that runs row by row. Null after diagnostics. Throws HostError. */
export async function measureStream(
  core: Core,
  target: ArmCore,
  bag: DiagnosticBag,
  say: (what: string) => void,
): Promise<{ readonly cycles: number } | Missing | null> {
  const graph = chain()
  const selected = selectKernels(graph, core, bag, estimate)
  if (selected === null) return null
  const steps = buildSteps(graph, selected.roomy)
  const segments = [streamSegment(steps, 0, steps.steps.length, 1, false)]
  const { dualIssue = false } = core
  const made = compileSchedule({ ...steps, segments }, bag, { dualIssue })
  if (made === null) return null
  const { schedule } = made.compiled
  const options = { lines: false, onPart: say }
  const profile = await profileModel(made.compiled, made.program, target, options)
  if (isMissing(profile)) return profile
  return { cycles: Math.round(profile.schedule.cycles / allRuns(schedule).length) }
}
