// `thimble boards`: the boards that can be compiled for, or one of them with the source of each figure.

import { boards } from '../../boards/index.ts'
import { memoryBytes, totalBytes, unconfirmedFigures, type Board } from '../../boards/schema.ts'
import { isArmCore, machines } from '../../runtime/hosts/targets.ts'
import { boardNamed } from '../board.ts'
import { boardDetails, cacheText, megahertz, waitStateText } from '../boards/details.ts'
import { command, type Outcome } from '../command.ts'
import { isAvailable } from '../hosts.ts'
import { table } from '../table.ts'

export const boardsCommand = command({
  name: 'boards',
  description: 'the boards that models can be compiled for, with their memory and speed',
  examples: [
    'thimble boards',
    'thimble boards stm32h743',
    'thimble boards ./my-board.json',
    'thimble boards --json',
  ],
  args: {
    board: {
      type: 'positional',
      description: 'one board, or a board file, with the source of each figure',
      required: false,
    },
  },
  run: ({ board: name }, bag) => {
    if (name === undefined) return listOf([...boards.values()])
    const board = boardNamed(name, bag)
    return board === null ? null : detailsOf(board)
  },
})

/** What programs get of a board: its file and what follows from it. */
function jsonOf(board: Board): object {
  return {
    ...board,
    sramBytes: memoryBytes(board, 'sram'),
    sramTotalBytes: totalBytes(board, 'sram'),
    flashBytes: memoryBytes(board, 'flash'),
    runsHere: runsHere(board),
    unconfirmed: unconfirmedFigures(board),
  }
}

function listOf(list: readonly Board[]): Outcome {
  const head = [
    ...['board', 'core', 'MHz', 'SRAM as one', 'SRAM in all', 'flash'],
    ...['flash wait states', 'caches', 'runs here'],
  ]
  const rows = list.map(board => [
    board.name,
    board.core,
    megahertz(board),
    memoryBytes(board, 'sram'),
    totalBytes(board, 'sram'),
    memoryBytes(board, 'flash'),
    waitStateText(board),
    cacheText(board),
    runsHere(board),
  ])
  const notes = [
    'Bytes. A program gets the SRAM that adjoins: SRAM as one is what models must fit in.',
    '* not confirmed from a document; `thimble boards NAME` names the source of each figure.',
  ]
  const text = `${table(head, rows)}\n\n${notes.map(note => `  ${note}\n`).join('')}`
  return { json: { boards: list.map(jsonOf) }, text, exitCode: 0 }
}

function detailsOf(board: Board): Outcome {
  return { json: jsonOf(board), text: boardDetails(board, runsHere(board)), exitCode: 0 }
}

/** Whether compiled code can be executed on this machine, and by what. */
function runsHere({ name, core }: Board): string {
  if (core === 'host') return isAvailable('native') ? 'natively' : '-'
  if (!isArmCore(core) || !isAvailable('qemu')) return '-'
  const machine = machines[core]
  return name === machine ? 'in QEMU' : `counted on ${machine}`
}
