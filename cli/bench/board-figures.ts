// Cycles of a profiled model on boards, from what its operators move.

import { boards } from '../../boards/index.ts'
import { memoryBytes, type Board } from '../../boards/schema.ts'
import { boardCycles, type BoardCycles } from '../../runtime/profile/board-cycles.ts'
import type { Profile } from '../../runtime/profile/profile.ts'
import { grouped, table } from '../table.ts'
import { trafficOf } from './board-traffic.ts'
import { callOrder } from './call-order.ts'
import type { Profiled } from './profile.ts'

/** Whether the board's memory can make its core wait, so that data accesses have to be counted. */
export function waits(board: Board): boolean {
  return board.caches !== undefined || board.memory.some(bank => (bank.waitStates ?? 0) > 0)
}

/** Of `board` first, then of every other board with its core that waits and has room for the model. */
export function boardFigures(
  compiled: Profiled,
  profile: Profile,
  board: Board,
  others: boolean,
): readonly BoardCycles[] {
  const traffic = trafficOf(compiled.schedule, callOrder(compiled).calls)
  const further = [...boards.values()].filter(
    each =>
      others &&
      each.core === board.core &&
      each.name !== board.name &&
      waits(each) &&
      hasRoom(each, compiled),
  )
  return [board, ...further].map(each => boardCycles(profile, traffic, each))
}

/** Code is not counted, as nothing has compiled it for that board. */
function hasRoom(board: Board, { report }: Profiled): boolean {
  const { weights, constants } = report.flash
  const fitsFlash = weights + constants < memoryBytes(board, 'flash')
  return fitsFlash && report.sramBytes <= memoryBytes(board, 'sram')
}

export function boardText(figures: readonly BoardCycles[]): string {
  const head = ['board', 'core', 'code', 'constants', 'activations', 'all', 'over core', 'ms']
  const rows = figures.map(
    ({ board, core, fetch, constants, activations, total, milliseconds }) => [
      ...[board, core, fetch, constants, activations, total],
      (total / Math.max(1, core)).toFixed(3),
      milliseconds === null ? '-' : grouped(Math.round(milliseconds * 1000) / 1000),
    ],
  )
  return `Board cycles (modelled: the core's, and waiting for code, constants and activations):\n\n${table(head, rows)}\n`
}
