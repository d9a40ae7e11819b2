// What steps and schedules cost: the calls of kernels, and what comes between them.

import { groupsIn } from '../cost/features.ts'
import type { CostModel } from '../cost/model.ts'
import type { Schedule, Step, Storage } from './schedule.ts'

/** Cycles of a step: of all its positions, and of a run of so many, alone or streamed. */
export interface StepCost {
  readonly work: number
  readonly run: (positions: number, way: 'whole' | 'streamed') => number
}

export function stepCost(model: CostModel, step: Step, storages: readonly Storage[]): StepCost {
  const { work, output, inputs, part } = step
  const storage = storages[output ?? inputs[0] ?? -1]
  const { rows = 0, rowBytes = 0 } = storage ?? {}
  const bytes = rows * (part === undefined ? rowBytes : part.writes.end - part.writes.begin)
  if (work.kind !== 'calls') {
    const { run, byte } = model.transfer
    return { work: bytes * byte, run: () => run }
  }
  const { dispatch } = model
  const costs = work.calls.map(call => {
    return { call, ...model.callCost(call, bytes / call.batches / work.calls.length) }
  })
  return {
    work: costs.reduce((sum, { call, row }) => sum + row * call.outputRows, 0),
    run: (positions, way) =>
      costs.reduce(
        (sum, { call, run, group }) =>
          sum + run + group * groupsIn(call, positions) + call.batches * dispatch[way],
        0,
      ),
  }
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
    for (const { step, begin, end } of runs) cycles += costs[step]!.run(end - begin, way)
  }
  return cycles
}
