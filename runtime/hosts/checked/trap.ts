// The error of a checked kernel: what went wrong, at which kernel line, with which values.

import type { Span } from '../../../compiler/kir/node.ts'

export type TrapKind =
  | 'out-of-bounds'
  | 'misaligned'
  | 'overflow'
  | 'bad-shift'
  | 'zero-divisor'
  | 'read-after-overwrite'
  | 'uninitialised'
  | 'read-only'
  | 'does-not-fit'

/** Thrown by checked kernels. The message names the kernel's line and the values. */
export class KernelTrap extends Error {
  readonly trap: TrapKind
  readonly span: Span

  constructor(trap: TrapKind, span: Span, detail: string) {
    super(`${span.file}:${span.line}:${span.column}: ${detail} (${trap})`)
    this.name = 'KernelTrap'
    this.trap = trap
    this.span = span
  }
}
