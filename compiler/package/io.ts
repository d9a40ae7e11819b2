// The inputs, outputs and traced tensors of a compiled model: where they lie in the arena.

import { elementCount, tensorBytes, tensorOf, type Tensor, type TensorId } from '../graph/graph.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import { storageOf, type Schedule } from '../schedule/schedule.ts'

/** A tensor that the caller reads or writes in the arena. */
export interface IoTensor {
  readonly tensor: Tensor
  /** Byte offset in the arena. */
  readonly offset: number
  readonly bytes: number
  /** Owner of its bytes in `region` nodes. */
  readonly owner: number
}

export function ioTensors(
  schedule: Schedule,
  plan: MemoryPlan,
  ids: readonly TensorId[],
): readonly IoTensor[] {
  return ids.map(id => placed(schedule, plan, id))
}

function placed(schedule: Schedule, plan: MemoryPlan, id: TensorId): IoTensor {
  const tensor = tensorOf(schedule.graph, id)
  const storage = storageOf(schedule, id)
  const place = plan.tensors.get(storage)
  if (place === undefined) throw new Error(`tensor ${id} was not planned`)
  return { tensor, offset: place.offset, bytes: tensorBytes(tensor), owner: storage + 1 }
}

/** Results of each step, in step order: what can be compared once the step has finished. */
export function tracedTensors(
  schedule: Schedule,
  plan: MemoryPlan,
): readonly (IoTensor & { readonly step: number })[] {
  return schedule.steps.flatMap((step, index) =>
    step.outputs.map(id => ({ ...placed(schedule, plan, id), step: index })),
  )
}

export function elements(tensor: Tensor): number {
  return elementCount(tensor.shape)
}
