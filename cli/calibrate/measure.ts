// Measures samples: many to a firmware, each an operator of its own that the profile tells apart.

import { cores } from '../../boards/index.ts'
import { workOf } from '../../compiler/cost/features.ts'
import type { Sample } from '../../compiler/cost/fit.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { allRuns } from '../../compiler/schedule/schedule.ts'
import type { OpCase, TensorInfo } from '../../kernels/op.ts'
import { elementBytes, elementCount } from '../../kernels/shape.ts'
import type { Missing } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import type { ArmCore } from '../../runtime/hosts/targets.ts'
import { profileModel } from '../bench/profile.ts'
import { caseGraph } from '../kernels/case-graph.ts'
import type { Variant } from '../kernels/find.ts'
import type { PlannedSample } from './samples.ts'

/** What a firmware holds at most. */
const mostSamples = 60
const mostConstantBytes = 1_500_000
const mostActivationBytes = 1_500_000

export interface Measured {
  readonly samples: readonly Sample[]
  /** Calls of kernels that the model's own function made, and its cycles, where nothing is streamed. */
  readonly calls: number
  readonly callCycles: number
}

/** Null after diagnostics. Throws HostError. */
export async function measureSamples(
  planned: readonly PlannedSample[],
  core: ArmCore,
  bag: DiagnosticBag,
  say: (what: string) => void,
): Promise<Measured | Missing | null> {
  const parts = partsOf(planned)
  const samples: Sample[] = []
  let [calls, callCycles] = [0, 0]
  for (const [index, part] of parts.entries()) {
    const prefix = `firmware ${index + 1} of ${parts.length}`
    const measured = await measurePart(part, core, bag, what => {
      say(`${prefix}: ${what}`)
    })
    if (measured === null || isMissing(measured)) return measured
    samples.push(...measured.samples)
    calls += measured.calls
    callCycles += measured.callCycles
  }
  return { samples, calls, callCycles }
}

/** Samples that run whole and those that run by rows do not mix: their calls are written differently. */
function partsOf(planned: readonly PlannedSample[]): readonly (readonly PlannedSample[])[] {
  const parts: PlannedSample[][] = []
  for (const whole of [true, false]) {
    let [part, constants, activations]: [PlannedSample[], number, number] = [[], 0, 0]
    for (const sample of planned.filter(({ band }) => (band === Infinity) === whole)) {
      const { inputs, outputs } = sample.case.context
      const sum = (list: readonly (TensorInfo | null)[], constant: boolean): number =>
        list.reduce((total, info) => {
          if (info === null || (info.data !== null) !== constant) return total
          return total + elementCount(info.shape) * elementBytes(info)
        }, 0)
      const more = [sum(inputs, true), sum([...inputs, ...outputs], false)] as const
      const isFull =
        part.length >= mostSamples ||
        constants + more[0] > mostConstantBytes ||
        activations + more[1] > mostActivationBytes
      if (isFull || part.length === 0) {
        parts.push((part = []))
        constants = activations = 0
      }
      part.push(sample)
      constants += more[0]
      activations += more[1]
    }
  }
  return parts
}

async function measurePart(
  part: readonly PlannedSample[],
  core: ArmCore,
  bag: DiagnosticBag,
  say: (what: string) => void,
): Promise<Measured | Missing | null> {
  const cases = [...new Set(part.map(sample => sample.case))]
  const variants = [...new Set(part.map(({ variant }) => variant))].map((variant): Variant => ({
    ...variant,
    when: context => part.some(s => s.variant === variant && s.case.context === context),
  }))
  const dualIssue = cores.get(core)?.dualIssue ?? false
  const planOf = (made: OpCase, variant: Variant): PlannedSample => {
    const found = part.find(s => s.case === made && s.variant.lower === variant.lower)
    if (found === undefined) throw new Error(`${made.name} was not asked for`)
    return found
  }
  say(`planning ${part.length} samples`)
  const graph = caseGraph('calibrate', cases, variants, bag, {
    bandOf: run => planOf(run.case, run.variant).band,
    dualIssue,
    // Cycles do not depend on values, and the proof takes longer than the measurement.
    proved: false,
  })
  if (graph === null) return null
  const options = { lines: false, onPart: say }
  const profile = await profileModel(graph.compiled, graph.program, core, options)
  if (isMissing(profile)) return profile
  const { schedule } = graph.compiled
  const runs = allRuns(schedule)
  const samples = schedule.steps.flatMap((step, index): readonly Sample[] => {
    if (step.work.kind !== 'calls') return []
    const { operator, calls } = step.work
    const [call] = calls
    // Work is told apart by operator: one that makes several calls says nothing of each.
    if (call === undefined || calls.length > 1) return []
    const { cycles } = profile.operators[operator] ?? { cycles: 0 }
    const storage = schedule.storages[step.output ?? 0]!
    const rows = runs.filter(run => run.step === index).map(({ begin, end }) => end - begin)
    const bytes = (storage.rows * storage.rowBytes) / call.batches
    const work = workOf(call, bytes, rows)
    return [{ kernel: call.kernel, statics: call.statics, work, cycles }]
  })
  const isWhole = runs.length === schedule.steps.length
  return {
    samples,
    calls: isWhole ? runs.length : 0,
    callCycles: isWhole ? profile.schedule.cycles : 0,
  }
}
