// Whether a compiled model fits the memory of its board.

import { memoryBytes, type Board } from '../../boards/schema.ts'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import { operatorName } from '../graph/operator.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { Report } from './report.ts'

/** Adds TH4001 and TH4002 for what does not fit; true when all of it does. */
export function checkFit(
  report: Report,
  schedule: Schedule,
  plan: MemoryPlan,
  board: Board,
  bag: DiagnosticBag,
): boolean {
  const before = bag.errors.length
  const location = { kind: 'file', file: schedule.graph.file } as const
  const sram = memoryBytes(board, 'sram')
  if (report.sramBytes > sram) {
    bag.add('TH4001', location, {
      needed: report.sramBytes,
      board: board.name,
      available: sram,
      excess: report.sramBytes - sram,
      op: peakOperator(schedule, plan),
    })
  }
  const flash = memoryBytes(board, 'flash')
  const needed = report.flash.weights + report.flash.constants + (report.flash.code ?? 0)
  if (needed > flash) {
    const excess = needed - flash
    bag.add('TH4002', location, { needed, board: board.name, available: flash, excess })
  }
  return bag.errors.length === before
}

/** The step during which most bytes are in use, by its number and TFLite name. */
function peakOperator(schedule: Schedule, plan: MemoryPlan): string {
  const places = [...plan.tensors.values(), ...plan.scratch.values()]
  const used = schedule.steps.map((_, step) =>
    places
      .filter(place => place.first <= step && step <= place.last)
      .reduce((sum, place) => sum + place.bytes, 0),
  )
  const peak = used.indexOf(Math.max(...used))
  const operator = schedule.graph.operators[schedule.steps[peak]?.operator ?? 0]
  if (operator === undefined) return '0'
  return `${operator.sourceIndex} ${operatorName(operator.attributes.kind)}`
}
