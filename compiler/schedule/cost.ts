// What steps and schedules cost: the calls of kernels, and what comes between them.

import type { CostModel } from '../cost/model.ts'
import type { Schedule, Step, Storage } from './schedule.ts'

/** Cycles of a step: of all its positions, and of its runs, alone or streamed. */
export interface StepCost {
  readonly work: number
  /** Of a run of so many positions. */
  readonly run: (positions: number, way: Way) => number
  /** Of so many runs, whose positions make so many groups of `groupRowsOf` the step. */
  readonly runs: (count: number, groups: number, way: Way) => number
}

type Way = 'whole' | 'streamed'

/** Rows that the calls of a step do together; 1 where they differ. */
export function groupRowsOf({ work }: Step): number {
  if (work.kind !== 'calls') return 1
  const [rows = 1, ...others] = work.calls.map(({ groupRows }) => groupRows)
  return others.every(each => each === rows) ? rows : 1
}

export function stepCost(model: CostModel, step: Step, storages: readonly Storage[]): StepCost {
  const { work, output, inputs, part } = step
  const storage = storages[output ?? inputs[0] ?? -1]
  const { rows = 0, rowBytes = 0 } = storage ?? {}
  const bytes = rows * (part === undefined ? rowBytes : part.writes.end - part.writes.begin)
  if (work.kind !== 'calls') {
    const { run, byte } = model.transfer
    return { work: bytes * byte, run: () => run, runs: count => count * run }
  }
  const { dispatch } = model
  const costs = work.calls.map(call => {
    return { call, ...model.callCost(call, bytes / call.batches / work.calls.length) }
  })
  const sumOf = (cycles: (cost: (typeof costs)[number]) => number): number =>
    costs.reduce((sum, cost) => sum + cycles(cost), 0)
  const [perRun, perGroup] = [sumOf(({ run }) => run), sumOf(({ group }) => group)]
  const batches = sumOf(({ call }) => call.batches)
  const runs: StepCost['runs'] = (count, groups, way) =>
    count * (perRun + batches * dispatch[way]) + groups * perGroup
  const groupRows = groupRowsOf(step)
  return {
    work: sumOf(({ call, row }) => row * call.outputRows),
    run: (positions, way) => runs(1, Math.ceil(positions / groupRows), way),
    runs,
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
