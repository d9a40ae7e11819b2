// The cost tables that ship, by core and compiler: `cortex-m4.gcc`.

import type { CostTable } from './cost-table.ts'

const tables: readonly CostTable[] = []

export const costTables: ReadonlyMap<string, CostTable> = new Map(
  tables.map(table => [`${table.core}.${table.compiler}`, table]),
)
