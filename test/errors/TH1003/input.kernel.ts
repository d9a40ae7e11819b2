import { readFileSync } from 'node:fs'
import { defineOp } from '../../../kernels/op.ts'
import type { i32 } from 'runtime/lang/types.ts'
