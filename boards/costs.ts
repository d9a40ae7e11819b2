// The cost tables that ship, by core and compiler: `cortex-m4.gcc`.

import type { CostTable } from './cost-table.ts'
import cortexM0Plus from './costs/cortex-m0plus.gcc.json' with { type: 'json' }
import cortexM4 from './costs/cortex-m4.gcc.json' with { type: 'json' }
import cortexM55 from './costs/cortex-m55.gcc.json' with { type: 'json' }
import cortexM7 from './costs/cortex-m7.gcc.json' with { type: 'json' }

const tables = [
  cortexM0Plus,
  cortexM4,
  cortexM7,
  cortexM55,
] as readonly unknown[] as readonly CostTable[]

export const costTables: ReadonlyMap<string, CostTable> = new Map(
  tables.map(table => [`${table.core}.${table.compiler}`, table]),
)
