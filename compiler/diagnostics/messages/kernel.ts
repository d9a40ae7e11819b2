// TH1xxx: the kernel subset and its types.

import type { Message } from '../messages.ts'

export const kernelMessages = {} as const satisfies Record<string, Message>
