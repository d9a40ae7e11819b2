// TH4xxx: what does not fit a board.

import type { Message } from '../message.ts'

export const fitMessages = {
  TH4001: {
    severity: 'error',
    text: 'needs {needed} bytes of SRAM, {board} has {available}: {excess} too many; the peak is at op {op}',
    hint: 'choose a board with more memory, or a model with a smaller input or fewer channels there',
  },
  TH4002: {
    severity: 'error',
    text: 'needs {needed} bytes of flash for weights and constants, {board} has {available}: {excess} too many',
    hint: 'choose a board with more flash, or a model with fewer weights',
  },
} as const satisfies Record<string, Message>
