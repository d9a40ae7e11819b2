// TH3xxx: graph, quantisation and schedule.

import type { Message } from '../messages.ts'

export const graphMessages = {} as const satisfies Record<string, Message>
