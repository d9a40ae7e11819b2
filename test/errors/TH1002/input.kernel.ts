import { missing } from './missing.kernel.ts'
