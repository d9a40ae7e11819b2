// The cost tables that ship, by core and compiler: `cortex-m4.gcc`.

import type { CostTable } from './cost-table.ts'
import cortexM4 from './costs/cortex-m4.gcc.json' with { type: 'json' }

const tables = [cortexM4] as readonly unknown[] as readonly CostTable[]

export const costTables: ReadonlyMap<string, CostTable> = new Map(
  tables.map(table => [`${table.core}.${table.compiler}`, table]),
)
