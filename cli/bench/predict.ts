// Predicted against measured cycles of a whole network, operator by operator.

import type { CostModel } from '../../compiler/cost/model.ts'
import { scheduleCycles, stepCost } from '../../compiler/schedule/cost.ts'
import { allRuns, type Schedule } from '../../compiler/schedule/schedule.ts'
import type { Profile } from '../../runtime/profile/index.ts'

export interface Prediction {
  readonly predicted: number
  readonly measured: number
  /** Predicted above measured, as a part of measured. */
  readonly error: number
  readonly operators: readonly OperatorPrediction[]
}

export interface OperatorPrediction {
  readonly operator: number
  readonly kernel: string
  readonly calls: number
  readonly predicted: number
  readonly measured: number
}

export function comparePrediction(
  schedule: Schedule,
  profile: Profile,
  model: CostModel,
): Prediction {
  const predicted = scheduleCycles(schedule, model)
  const runs = allRuns(schedule)
  const operators = schedule.steps.flatMap((step, index): readonly OperatorPrediction[] => {
    if (step.work.kind !== 'calls' || step.part !== undefined) return []
    const calls = runs.filter(run => run.step === index)
    const { work, run } = stepCost(model, step, schedule.storages)
    // The profile counts what comes between kernels apart.
    const between = model.dispatch.whole * step.work.calls.length
    const own = calls.map(({ begin, end }) => run(end - begin, 'whole') - between)
    return [
      {
        operator: step.work.operator,
        kernel: step.work.calls[0]?.kernel ?? '',
        calls: calls.length,
        predicted: Math.round(own.reduce((sum, cycles) => sum + cycles, work)),
        measured: Math.round(profile.operators[step.work.operator]?.cycles ?? 0),
      },
    ]
  })
  const { cycles: measured } = profile
  return { predicted, measured, error: predicted / measured - 1, operators }
}
