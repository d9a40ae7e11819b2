// TH9xxx: mistakes of Thimble itself.

import type { Message } from '../message.ts'

export const internalMessages = {
  TH9001: {
    severity: 'error',
    text: 'internal error: {detail}',
    hint: 'this is a bug of Thimble; please report it with the command and the input',
  },
} as const satisfies Record<string, Message>
