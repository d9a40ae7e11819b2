// The figures of a compiled model, per layer and in total.

import type { KernelCall, Optimize } from '../../kernels/op.ts'
import { operatorName } from '../graph/operator.ts'
import { tensorOf } from '../graph/graph.ts'
import { bytesOf } from '../kir/types.ts'
import type { Module } from '../kir/node.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import type { Schedule } from '../schedule/schedule.ts'

export interface LayerReport {
  readonly op: string
  /** Name of the operator's first output. */
  readonly name: string
  /** Kernel variants called, joined by '+'; 'alias' when nothing has to be computed. */
  readonly kernel: string
  readonly macs: number
}

export interface Report {
  readonly model: string
  readonly board: string
  readonly optimize: Optimize
  readonly rounding: 'double'
  readonly macs: number
  readonly arenaBytes: number
  /** Most scratch in use at once; part of the arena. */
  readonly scratchBytes: number
  /** All static RAM of the library: the arena, which holds inputs and outputs too. */
  readonly sramBytes: number
  /** Bound of the call stack; null when no compiler for the board was there to tell. */
  readonly stackBytes: number | null
  readonly flash: {
    readonly weights: number
    readonly constants: number
    /** Machine code; null when no compiler for the board was there to tell. */
    readonly code: number | null
  }
  /** No plan of this schedule can have a smaller arena. */
  readonly lowerBoundBytes: number
  readonly layers: readonly LayerReport[]
}

export function makeReport(
  schedule: Schedule,
  plan: MemoryPlan,
  module: Module,
  board: string,
  optimize: Optimize = 'balanced',
): Report {
  const layers = layersOf(schedule)
  return {
    model: schedule.graph.file,
    board,
    optimize,
    rounding: 'double',
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    arenaBytes: plan.arenaBytes,
    scratchBytes: mostScratch(plan),
    sramBytes: plan.arenaBytes,
    stackBytes: null,
    flash: { ...flashBytes(module), code: null },
    lowerBoundBytes: plan.peakLiveBytes,
    layers,
  }
}

/** One entry per operator; kernels and work are those of its steps, columns computed twice included. */
function layersOf({ graph, steps }: Schedule): readonly LayerReport[] {
  const calls = new Map<number, readonly KernelCall[]>()
  for (const { work } of steps) {
    // Several steps of one operator are its strips.
    if (work.kind === 'calls')
      calls.set(work.operator, [...(calls.get(work.operator) ?? []), ...work.calls])
  }
  return graph.operators.map((operator, index) => {
    const own = calls.get(index) ?? []
    const kernels = [...new Set(own.map(call => call.kernel))]
    return {
      op: operatorName(operator.attributes.kind),
      name: tensorOf(graph, operator.outputs[0] ?? -1).name,
      kernel: kernels.length === 0 ? 'alias' : kernels.join('+'),
      macs: own.reduce((sum, call) => sum + call.macs, 0),
    }
  })
}

/** Scratch areas of different steps can live at the same time in a segment. */
function mostScratch({ scratch }: MemoryPlan): number {
  const places = [...scratch.values()]
  const sums = places.map(({ first: time }) =>
    places
      .filter(({ first, last }) => first <= time && time <= last)
      .reduce((sum, { bytes }) => sum + bytes, 0),
  )
  return Math.max(0, ...sums)
}

/** Bytes of the module's constants, as a C compiler for a 32-bit core stores them. */
function flashBytes(module: Module): { weights: number; constants: number } {
  let weights = 0
  let constants = 0
  for (const item of module.data) {
    if (item.kind !== 'array') {
      const struct = module.structs.find(s => s.name === item.struct)
      const count = item.kind === 'structs' ? item.values.length : 1
      constants += count * structBytes(struct?.fields.map(f => bytesOf(f.type)) ?? [])
    } else {
      const bytes = item.values.length * bytesOf(item.type)
      if (item.weights) weights += bytes
      else constants += bytes
    }
  }
  return { weights, constants }
}

function structBytes(fields: readonly number[]): number {
  const widest = Math.max(1, ...fields)
  const end = fields.reduce((at, bytes) => Math.ceil(at / bytes) * bytes + bytes, 0)
  return Math.ceil(end / widest) * widest
}
