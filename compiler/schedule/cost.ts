// What steps and schedules cost: the calls of kernels, and what comes between them.

import type { CostModel } from '../cost/model.ts'
import type { Schedule, Step, Storage } from './schedule.ts'

/** Cycles of a step: of all its positions, and of each time that it runs, alone or streamed. */
export interface StepCost {
  readonly work: number
  readonly run: { readonly whole: number; readonly streamed: number }
}

export function stepCost(model: CostModel, step: Step, storages: readonly Storage[]): StepCost {
  const { work, output, inputs, part } = step
  const storage = storages[output ?? inputs[0] ?? -1]
  const { rows = 0, rowBytes = 0 } = storage ?? {}
  const bytes = rows * (part === undefined ? rowBytes : part.writes.end - part.writes.begin)
  if (work.kind !== 'calls') {
    const { run, byte } = model.transfer
    return { work: bytes * byte, run: { whole: run, streamed: run } }
  }
  const total = { work: 0, whole: 0, streamed: 0 }
  for (const call of work.calls) {
    const { run, row } = model.callCost(call, bytes / call.batches / work.calls.length)
    total.work += row * call.outputRows
    total.whole += run + call.batches * model.dispatch.whole
    total.streamed += run + call.batches * model.dispatch.streamed
  }
  return { work: total.work, run: { whole: total.whole, streamed: total.streamed } }
}

/** Predicted cycles of a schedule. */
export function scheduleCycles(
  { steps, storages, segments }: Pick<Schedule, 'steps' | 'storages' | 'segments'>,
  model: CostModel,
): number {
  const costs = steps.map(step => stepCost(model, step, storages))
  let cycles = costs.reduce((sum, { work }) => sum + work, 0)
  for (const { runs, first, end } of segments) {
    const way = runs.length > end - first ? 'streamed' : 'whole'
    for (const { step } of runs) cycles += costs[step]!.run[way]
  }
  return cycles
}
