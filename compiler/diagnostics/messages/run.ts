// TH6xxx: boards and running on a host.

import type { Message } from '../messages.ts'

export const runMessages = {} as const satisfies Record<string, Message>
