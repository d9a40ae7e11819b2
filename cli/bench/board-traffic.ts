// What each operator of a schedule moves: constants, activations, and how often it is resumed.

import { tensorBytes, tensorOf } from '../../compiler/graph/graph.ts'
import type { Schedule } from '../../compiler/schedule/schedule.ts'
import type { KernelArg, KernelCall } from '../../kernels/op.ts'
import type { OperatorTraffic } from '../../runtime/profile/board-cycles.ts'
import type { CallRun } from '../../runtime/profile/profile.ts'

const elementBytes = { i8: 1, u8: 1, i16: 2, i32: 4, f32: 4 } as const

/** One entry per operator that calls kernels; `runs` are those of `callOrder`. */
export function trafficOf(
  { graph, steps }: Schedule,
  runs: readonly CallRun[],
): readonly OperatorTraffic[] {
  const calls = new Map<number, readonly KernelCall[]>()
  for (const { work } of steps) {
    if (work.kind !== 'calls') continue
    calls.set(work.operator, [...(calls.get(work.operator) ?? []), ...work.calls])
  }
  return [...calls].map(([operator, own]) => {
    const { inputs = [], outputs = [] } = graph.operators[operator] ?? {}
    const activations = [...inputs, ...outputs]
      .filter(id => id >= 0)
      .map(id => tensorOf(graph, id))
      .filter(({ data }) => data === null)
    return {
      operator,
      constantBytes: constantBytes(own),
      activationBytes: activations.reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
      resumed: runs.filter(run => run.operator === operator).length,
    }
  })
}

/** Strips and batches of an operator share their constants. */
function constantBytes(calls: readonly KernelCall[]): number {
  const sizes = new Map<unknown, number>()
  for (const arg of calls.flatMap(({ args }) => args)) {
    if (arg.kind === 'constant') sizes.set(arg.values, bytesOf(arg))
    else if (arg.kind === 'params') sizes.set(arg.struct, Object.keys(arg.fields).length * 4)
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

function bytesOf({ type, values }: Extract<KernelArg, { kind: 'constant' }>): number {
  return values.length * elementBytes[type]
}
