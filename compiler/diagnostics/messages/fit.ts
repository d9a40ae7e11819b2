// TH4xxx: what does not fit a board.

import type { Message } from '../message.ts'

export const fitMessages = {} as const satisfies Record<string, Message>
