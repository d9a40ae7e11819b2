// What calls cost in core cycles: the interface of cost models.

import type { KernelCall } from '../../kernels/op.ts'

/** Cycles of a call, of all batches: each time it is made, for each group of rows, for each output row. */
export interface CallCost {
  readonly run: number
  readonly group: number
  readonly row: number
}

export interface CostModel {
  readonly name: string
  /** Whether cycles of `<operator folder>/<variant>` come from measurements. */
  readonly hasKernel: (kernel: string) => boolean
  /** `outputBytes`: what one batch of the call writes. */
  readonly callCost: (call: KernelCall, outputBytes: number) => CallCost
  /**
   * What the model's own function takes for each call: arguments, loops, tables. `whole` where an
   * operator runs once, `streamed` where it runs a few rows at a time.
   */
  readonly dispatch: { readonly whole: number; readonly streamed: number }
  /** Rows that move from or to the caller by its functions: each time, and for each byte. */
  readonly transfer: { readonly run: number; readonly byte: number }
}
