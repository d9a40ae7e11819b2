// The timing of each core.

import type { ArmCore } from '../../hosts/targets.ts'
import { cortexM0PlusTiming } from './cortex-m0plus.ts'
import { cortexM4Timing } from './cortex-m4.ts'
import { mcaTiming } from './mca.ts'
import type { Timing } from './timing.ts'

export const timings: Readonly<Record<ArmCore, Timing>> = {
  'cortex-m0plus': cortexM0PlusTiming,
  'cortex-m4': cortexM4Timing,
  // Arm publishes no table for the M33; its pipeline is of the same length and LLVM models it as an M4, too.
  'cortex-m33': cortexM4Timing,
  'cortex-m7': mcaTiming({ cpu: 'cortex-m7', triple: 'thumbv7em-none-eabi' }),
  'cortex-m55': mcaTiming({ cpu: 'cortex-m55', triple: 'thumbv8.1m.main-none-eabi' }),
}
