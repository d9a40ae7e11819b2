// The cost model of a core: calibrated where a table of it ships, else an estimate.

import { costTables } from '../../boards/costs.ts'
import type { CostCompiler } from '../../boards/cost-table.ts'
import type { Core } from '../../boards/schema.ts'
import { calibratedModel } from './calibrated.ts'
import { estimate } from './estimate.ts'
import type { CostModel } from './model.ts'

/** Cores without a table of their own whose instructions and pipeline are near those of another one. */
const standIns: Readonly<Record<string, string>> = { 'cortex-m33': 'cortex-m4' }

export function costModel({ name }: Core, compiler: CostCompiler = 'gcc'): CostModel {
  const own = costTables.get(`${name}.${compiler}`)
  if (own !== undefined) return calibratedModel(own)
  const near = costTables.get(`${standIns[name] ?? ''}.${compiler}`)
  if (near === undefined) return estimate
  const model = calibratedModel(near)
  return { ...model, name: `${model.name}, for want of one of the ${name}` }
}
