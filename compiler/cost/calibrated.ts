// A cost model out of a table of fitted coefficients.

import type { Coefficients, CostTable, KernelCosts } from '../../boards/cost-table.ts'
import type { KernelCall, WorkCounts } from '../../kernels/op.ts'
import { estimate, estimatedCost } from './estimate.ts'
import { featuresOf } from './features.ts'
import type { CostModel } from './model.ts'

/** Kernels that the table does not have cost what `estimate` says. */
export function calibratedModel(table: CostTable): CostModel {
  const kernels = new Map(table.kernels.map(costs => [costs.kernel, costs]))
  return {
    name: `${table.core}.${table.compiler}`,
    hasKernel: kernel => kernels.has(kernel),
    callCost: (call, outputBytes) => {
      const costs = kernels.get(call.kernel)
      if (costs === undefined) return estimatedCost(call, outputBytes)
      const cycles = instanceCycles(costs, call)
      const { run, group, rows } = featuresOf(call, outputBytes)
      return {
        run: call.batches * dot(cycles, run),
        group: call.batches * dot(cycles, group),
        row: (call.batches * dot(cycles, rows)) / call.outputRows,
      }
    },
    dispatch: table.callCycles,
    transfer: estimate.transfer,
  }
}

/** The coefficients of a call's instance, or those for all others. */
export function instanceCycles(
  { instances, cycles }: KernelCosts,
  { statics }: KernelCall,
): Coefficients {
  const own = instances.find(instance =>
    Object.entries(instance.statics).every(([name, value]) => statics[name] === value),
  )
  return own?.cycles ?? cycles
}

function dot(cycles: Coefficients, counts: WorkCounts): number {
  return Object.entries(counts).reduce((sum, [name, n]) => sum + (cycles[name] ?? 0) * n, 0)
}
