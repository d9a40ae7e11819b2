// Shapes and values every AVERAGE_POOL_2D variant must pass.

import type { OpCase } from '../op.ts'
import { poolCases } from '../pool-cases.ts'

export const averagePool2dCases: readonly OpCase<'average_pool2d'>[] = poolCases('average_pool2d')
