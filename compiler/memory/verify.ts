// The verifier of memory plans: rectangles of bytes and steps, worked out anew, must not overlap.

import { tensorBytes, tensorOf, type TensorId } from '../graph/graph.ts'
import { storageOf, type Schedule, type Step } from '../schedule/schedule.ts'
import { tensorAlignment, type MemoryPlan, type Placement } from './plan.ts'

/** Bytes that something needs, in place and time, as the schedule has it. */
interface Rectangle {
  readonly what: string
  readonly tensor: TensorId | null
  readonly offset: number
  readonly bytes: number
  readonly first: number
  readonly last: number
}

/**
 * What is wrong with a plan, a sentence each; empty when it is sound. Lifetimes come from a backward
 * walk over the schedule and not from the planner.
 */
export function verifyPlan(schedule: Schedule, plan: MemoryPlan): readonly string[] {
  const spans = neededSpans(schedule)
  const problems: string[] = []
  const rectangles: Rectangle[] = []
  for (const [tensor, span] of spans) {
    const what = `tensor ${tensor}`
    const bytes = tensorBytes(tensorOf(schedule.graph, tensor))
    const placement = plan.tensors.get(tensor)
    problems.push(...placementProblems(what, placement, { ...span, bytes }, plan.arenaBytes))
    if (placement) rectangles.push({ what, tensor, offset: placement.offset, bytes, ...span })
  }
  for (const tensor of plan.tensors.keys()) {
    if (!spans.has(tensor)) problems.push(`tensor ${tensor} has a place but no use for it`)
  }
  for (const [step, { scratchBytes: bytes }] of schedule.steps.entries()) {
    if (bytes === 0) continue
    const what = `scratch of step ${step}`
    const placement = plan.scratch.get(step)
    const span = { first: step, last: step }
    problems.push(...placementProblems(what, placement, { ...span, bytes }, plan.arenaBytes))
    if (placement) rectangles.push({ what, tensor: null, offset: placement.offset, bytes, ...span })
  }
  const merged = new Map<TensorId, TensorId>()
  for (const [step, position] of plan.inPlace) {
    const problem = checkInPlace(schedule, plan, spans, step, position, merged)
    if (problem !== null) problems.push(`step ${step} in place on input ${position}: ${problem}`)
  }
  const used = rectangles.reduce((end, r) => Math.max(end, r.offset + r.bytes), 0)
  if (used !== plan.arenaBytes) {
    problems.push(`the arena has ${plan.arenaBytes} bytes, ${used} are used`)
  }
  if (plan.lowerBoundBytes > plan.arenaBytes) {
    problems.push(`the lower bound ${plan.lowerBoundBytes} is above the arena ${plan.arenaBytes}`)
  }
  return [...problems, ...overlaps(rectangles, merged)]
}

interface Span {
  readonly first: number
  readonly last: number
}

/** By storage tensor: from where it is written or given to where it is last needed. */
function neededSpans(schedule: Schedule): Map<TensorId, Span> {
  const { graph, steps } = schedule
  const last = new Map<TensorId, number>()
  const first = new Map<TensorId, number>()
  const isConstant = (tensor: TensorId): boolean => tensorOf(graph, tensor).data !== null
  const need = (names: readonly (TensorId | null)[], step: number): void => {
    for (const name of names) {
      if (name === null) continue
      const tensor = storageOf(schedule, name)
      if (isConstant(tensor)) continue
      if (!last.has(tensor)) last.set(tensor, step)
      first.set(tensor, step)
    }
  }
  need(graph.outputs, steps.length)
  for (let step = steps.length - 1; step >= 0; step--) {
    need(steps[step]!.inputs, step)
    need(steps[step]!.outputs, step)
  }
  need(graph.inputs, -1)
  return new Map(
    [...last].map(([tensor, end]) => [tensor, { first: first.get(tensor)!, last: end }]),
  )
}

function placementProblems(
  what: string,
  placement: Placement | undefined,
  needed: Span & { readonly bytes: number },
  arenaBytes: number,
): readonly string[] {
  if (placement === undefined) return [`${what} has no place`]
  const { offset, bytes, first, last } = placement
  const problems: string[] = []
  if (!Number.isInteger(offset) || offset < 0) problems.push(`${what} lies at ${offset}`)
  if (offset % tensorAlignment !== 0) problems.push(`${what} at ${offset} is not aligned`)
  if (bytes !== needed.bytes) problems.push(`${what} has ${bytes} bytes, needs ${needed.bytes}`)
  if (offset + needed.bytes > arenaBytes) {
    problems.push(`${what} ends at ${offset + needed.bytes}, after the arena of ${arenaBytes}`)
  }
  if (first !== needed.first || last !== needed.last) {
    const span = `${needed.first} to ${needed.last}`
    problems.push(`${what} is said to live from step ${first} to ${last}, is needed from ${span}`)
  }
  return problems
}

/** Why a step must not write over that input, or null; legal pairs go to `merged`: output → input. */
function checkInPlace(
  schedule: Schedule,
  plan: MemoryPlan,
  spans: ReadonlyMap<TensorId, Span>,
  index: number,
  position: number,
  merged: Map<TensorId, TensorId>,
): string | null {
  const step: Step | undefined = schedule.steps[index]
  const name = step?.inputs[position]
  const output = step?.outputs[0]
  if (step === undefined || output === undefined) return 'there is no such step or output'
  if (name === undefined || name === null) return 'there is no such input in the arena'
  const input = storageOf(schedule, name)
  const sameStorage = [...step.inputs.entries()].filter(
    ([, other]) => other !== null && storageOf(schedule, other) === input,
  )
  if (sameStorage.some(([at]) => !step.inPlace.includes(at))) return 'the kernel does not allow it'
  if (storageOf(schedule, output) !== output) return 'the output is another name of a tensor'
  if (spans.get(output)?.first !== index) return 'the output is in use before'
  if (spans.get(input)?.last !== index) return 'the input is needed later'
  const [from, to] = [plan.tensors.get(input), plan.tensors.get(output)]
  if (from === undefined || to === undefined) return 'a tensor has no place'
  if (from.offset !== to.offset) return `the offsets differ: ${from.offset} and ${to.offset}`
  if (to.bytes > from.bytes) return `${to.bytes} bytes do not fit into ${from.bytes}`
  merged.set(output, input)
  return null
}

/** Pairs that share a byte in a step, other than an output and the input it is written over. */
function overlaps(
  rectangles: readonly Rectangle[],
  merged: ReadonlyMap<TensorId, TensorId>,
): readonly string[] {
  const problems: string[] = []
  const sorted = [...rectangles].sort((a, b) => a.offset - b.offset)
  for (const [index, low] of sorted.entries()) {
    for (let i = index + 1; i < sorted.length; i++) {
      const high = sorted[i]!
      if (high.offset >= low.offset + low.bytes) break
      if (high.first > low.last || low.first > high.last) continue
      if (isMerge(low, high, merged) || isMerge(high, low, merged)) continue
      const step = Math.max(low.first, high.first)
      problems.push(`${low.what} and ${high.what} share byte ${high.offset} in step ${step}`)
    }
  }
  return problems
}

function isMerge(
  input: Rectangle,
  output: Rectangle,
  merged: ReadonlyMap<TensorId, TensorId>,
): boolean {
  if (input.tensor === null || output.tensor === null) return false
  return merged.get(output.tensor) === input.tensor && input.last === output.first
}
