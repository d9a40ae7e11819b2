// An uncalibrated estimate: counts of work times round figures.

import type { KernelCall } from '../../kernels/op.ts'
import type { CallCost, CostModel } from './model.ts'

/** Cycles of a multiply-accumulate of plain loops: two loads, an offset, a multiply-add, the loop. */
const macCycles = 6
/** Requantisation and its tables. */
const outputByteCycles = 40
/** Up to 11 arguments through the stack, the parameters of the window. */
const callCycles = 130

/**
 * For plain loops on a core without packed arithmetic. Only ratios matter to the search: whether more
 * calls are worth less memory. Also what calibrated models say of kernels that were not measured.
 */
export const estimate: CostModel = {
  name: 'estimate, not calibrated',
  hasKernel: () => false,
  callCost: estimatedCost,
  dispatch: { whole: 20, streamed: 20 },
  transfer: { run: 150, byte: 1 },
}

export function estimatedCost(call: KernelCall, outputBytes: number): CallCost {
  const { macs, batches, outputRows } = call
  const work = macCycles * macs + outputByteCycles * outputBytes * batches
  return { run: callCycles * batches, group: 0, row: work / outputRows }
}
