// `thimble boards`: the boards that can be compiled for.

import { boards } from '../../boards/index.ts'
import { memoryBytes } from '../../boards/schema.ts'
import { command } from '../command.ts'
import { table } from '../table.ts'

export const boardsCommand = command({
  name: 'boards',
  description: 'the boards that models can be compiled for, with their memory',
  examples: ['thimble boards', 'thimble boards --json'],
  args: {},
  run: () => {
    const list = [...boards.values()]
    const head = ['board', 'core', 'MHz', 'SRAM bytes', 'flash bytes', 'QEMU machine']
    const rows = list.map(board => [
      board.name,
      board.core,
      board.clockHz === 0 ? '-' : String(board.clockHz / 1e6),
      memoryBytes(board, 'sram'),
      memoryBytes(board, 'flash'),
      board.qemu ?? '-',
    ])
    return { json: { boards: list }, text: `${table(head, rows)}\n`, exitCode: 0 }
  },
})
