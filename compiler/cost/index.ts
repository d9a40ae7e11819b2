// The cost model of a core: calibrated where a table of it ships, else an estimate.

import { costTables } from '../../boards/costs.ts'
import type { CostCompiler } from '../../boards/cost-table.ts'
import type { Core } from '../../boards/schema.ts'
import { calibratedModel } from './calibrated.ts'
import { estimate } from './estimate.ts'
import type { CostModel } from './model.ts'

export function costModel(core: Core, compiler: CostCompiler = 'gcc'): CostModel {
  const table = costTables.get(`${core.name}.${compiler}`)
  return table === undefined ? estimate : calibratedModel(table)
}
