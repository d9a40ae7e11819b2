// TH5xxx: emission, packages and toolchains.

import type { Message } from '../messages.ts'

export const emitMessages = {} as const satisfies Record<string, Message>
