// Every diagnostic the project can give: stable code, severity, sentence and way out.

import { emitMessages } from './messages/emit.ts'
import { fitMessages } from './messages/fit.ts'
import { graphMessages } from './messages/graph.ts'
import { importMessages } from './messages/import.ts'
import { internalMessages } from './messages/internal.ts'
import { kernelMessages } from './messages/kernel.ts'
import type { Message } from './message.ts'
import { runMessages } from './messages/run.ts'

/** Codes are never renumbered and never reused; ranges are listed in docs/diagnostics.md. */
export const messages = {
  ...kernelMessages,
  ...importMessages,
  ...graphMessages,
  ...fitMessages,
  ...emitMessages,
  ...runMessages,
  ...internalMessages,
} as const satisfies Record<string, Message>

export type Code = keyof typeof messages
