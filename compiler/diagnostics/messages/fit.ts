// TH4xxx: what does not fit a board.

import type { Message } from '../messages.ts'

export const fitMessages = {} as const satisfies Record<string, Message>
