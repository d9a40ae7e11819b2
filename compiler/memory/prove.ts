// Proves a plan: by geometry, and by replaying the emitted program on shadow memory.

import type { Module } from '../kir/node.ts'
import { storageOf, type Schedule } from '../schedule/schedule.ts'
import type { TensorId } from '../graph/graph.ts'
import type { MemoryPlan } from './plan.ts'
import { replayInvoke } from './replay.ts'
import type { Extent } from './shadow.ts'
import { verifyPlan } from './verify.ts'

/** Throws when the plan or the program is unsound: that is always a mistake of the compiler. */
export function provePlan(
  schedule: Schedule,
  plan: MemoryPlan,
  program: { readonly module: Module; readonly entry: string },
): void {
  const { graph } = schedule
  const pairs = inPlacePairs(schedule, plan)
  const problems = [
    ...verifyPlan(schedule, plan),
    ...replayInvoke(program.module, program.entry, plan.arenaBytes, {
      inputs: graph.inputs.map(id => extentOf(schedule, plan, id)),
      outputs: graph.outputs.map(id => extentOf(schedule, plan, id)),
      allowed: ({ reads, writes }) => pairs.has(`${reads}>${writes}`),
    }),
  ]
  if (problems.length > 0) throw new Error(`the memory plan is unsound: ${problems.join('; ')}`)
}

/** Owners that may meet in one call, as `read>written`. */
function inPlacePairs(schedule: Schedule, plan: MemoryPlan): ReadonlySet<string> {
  const pairs = new Set<string>()
  for (const [index, position] of plan.inPlace) {
    const step = schedule.steps[index]
    const input = step?.inputs[position] ?? null
    const output = step?.outputs[0]
    if (input === null || output === undefined) continue
    pairs.add(`${storageOf(schedule, input) + 1}>${storageOf(schedule, output) + 1}`)
  }
  return pairs
}

function extentOf(schedule: Schedule, plan: MemoryPlan, id: TensorId): Extent {
  const storage = storageOf(schedule, id)
  const place = plan.tensors.get(storage)
  if (place === undefined) throw new Error(`tensor ${id} was not planned`)
  return { offset: place.offset, bytes: place.bytes, owner: storage + 1 }
}
