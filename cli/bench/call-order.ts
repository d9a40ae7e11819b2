// The order in which a compiled model calls its kernels, by operator of the graph.

import type { Compiled } from '../../compiler/index.ts'
import { allRuns, type Schedule } from '../../compiler/schedule/schedule.ts'
import { calleesOf } from '../../compiler/frontend/order.ts'
import type { ModelModule } from '../../compiler/emit/model/invoke.ts'
import type { CallOrder, CallRun } from '../../runtime/profile/profile.ts'

/**
 * Loops, tables and grouped calls of the emitted code still make these calls one after the other: run by
 * run of the schedule, each with the calls of its step, each as often as it has batches. Operators are
 * numbered by their positions in the graph that was scheduled.
 */
export function callOrder({ schedule, model }: Pick<Compiled, 'schedule' | 'model'>): CallOrder {
  return {
    invoke: model.entry,
    kernels: kernelsOf(model),
    calls: callRuns(schedule),
  }
}

function kernelsOf({ module, entry }: ModelModule): readonly string[] {
  const invoke = module.functions.find(f => f.name === entry)
  return invoke === undefined ? [] : [...new Set(calleesOf(invoke))]
}

function callRuns(schedule: Schedule): readonly CallRun[] {
  const runs: { operator: number; times: number }[] = []
  for (const { step } of allRuns(schedule)) {
    const { work } = schedule.steps[step]!
    if (work.kind !== 'calls') continue
    const times = work.calls.reduce((sum, call) => sum + call.batches, 0)
    const last = runs[runs.length - 1]
    if (last?.operator === work.operator) last.times += times
    else runs.push({ operator: work.operator, times })
  }
  return runs
}
