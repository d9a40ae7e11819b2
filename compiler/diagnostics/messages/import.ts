// TH2xxx: reading models.

import type { Message } from '../messages.ts'

export const importMessages = {} as const satisfies Record<string, Message>
