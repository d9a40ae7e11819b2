// Shapes and values every MAX_POOL_2D variant must pass.

import type { OpCase } from '../op.ts'
import { poolCases } from '../pool-cases.ts'

export const maxPool2dCases: readonly OpCase<'max_pool2d'>[] = poolCases('max_pool2d')
