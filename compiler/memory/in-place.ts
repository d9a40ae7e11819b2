// Merges: which steps may write their output over an input that nobody needs any more.

import type { TensorId } from '../graph/graph.ts'
import { storageOf, type Schedule, type Step } from '../schedule/schedule.ts'
import type { Lifetime } from './lifetime.ts'

/** Output 0 of a step may take the place of an input: both storage tensors at one offset. */
export interface Merge {
  readonly step: number
  /** Position of the input in `Step.inputs`. */
  readonly position: number
  readonly input: TensorId
  readonly output: TensorId
}

/**
 * All legal merges in the order of steps, one per step and storage. Legal: the kernel declares the
 * position, this is the last use of the input under any name (graph outputs are used after the last
 * step), and the output is not larger. Graph inputs may be overwritten: an inference consumes them.
 */
export function findMerges(
  schedule: Schedule,
  lifetimes: ReadonlyMap<TensorId, Lifetime>,
): readonly Merge[] {
  return schedule.steps.flatMap((step, index) => {
    const output = step.outputs[0]
    if (output === undefined || step.calls.length === 0) return []
    const produced = lifetimes.get(output)
    // An output that renames another tensor, or that existed before, has a place already.
    if (produced?.first !== index) return []
    const legal: Merge[] = []
    for (const position of step.inPlace) {
      const input = storageAt(schedule, step, position)
      if (input === null || legal.some(merge => merge.input === input)) continue
      const consumed = lifetimes.get(input)
      if (consumed === undefined || consumed.first >= index || consumed.last !== index) continue
      if (produced.bytes > consumed.bytes) continue
      if (readOtherwise(schedule, step, input)) continue
      legal.push({ step: index, position, input, output })
    }
    return legal
  })
}

function storageAt(schedule: Schedule, step: Step, position: number): TensorId | null {
  const name = step.inputs[position]
  return name === undefined || name === null ? null : storageOf(schedule, name)
}

/** Whether the step also reads the storage through an input that is not read ahead of the writes. */
function readOtherwise(schedule: Schedule, step: Step, input: TensorId): boolean {
  return step.inputs.some(
    (_, position) =>
      storageAt(schedule, step, position) === input && !step.inPlace.includes(position),
  )
}
