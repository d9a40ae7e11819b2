// Builds the measuring firmware of a compiled model and profiles it.

import type { Compiled } from '../../compiler/index.ts'
import { packageFiles } from '../../compiler/package/files.ts'
import { buildCoreFirmware } from '../../runtime/hosts/firmware.ts'
import type { Missing, Program } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import type { BuildOptions } from '../../runtime/hosts/options.ts'
import { machines, type ArmCore } from '../../runtime/hosts/targets.ts'
import { profileFirmware, type MemoryRegion, type Profile } from '../../runtime/profile/index.ts'
import { callOrder } from './call-order.ts'

/** What of a compiled model is needed; `Compiled` has it, and so has a graph of kernel cases. */
export type Profiled = Pick<Compiled, 'schedule' | 'plan' | 'model' | 'report'>

export interface BenchProfileOptions extends Pick<BuildOptions, 'compiler' | 'flags'> {
  /** Count data accesses by region; several times slower. */
  readonly memory?: boolean
  /** Attribute work to source lines; true unless given. */
  readonly lines?: boolean
  /** Called when a part of the work begins. */
  readonly onPart?: (what: string) => void
  /** All inputs concatenated; noise unless given. */
  readonly input?: Uint8Array
}

/**
 * Profiles one inference of `compiled` on the emulated core. `program` is the same model in the form of
 * hosts, without tracing. Throws HostError of `buildCoreFirmware` and `profileFirmware`.
 */
export async function profileModel(
  compiled: Profiled,
  program: Program,
  core: ArmCore,
  options: BenchProfileOptions = {},
): Promise<Profile | Missing> {
  const { schedule, plan, model, report } = compiled
  const cFiles = packageFiles({ schedule, plan, model, report, trace: false, lines: true })
  const { memory = false, lines = true, onPart, input, compiler = 'gcc', flags = [] } = options
  onPart?.(`compiling for ${core}`)
  const elf = await buildCoreFirmware({ ...program, cFiles }, core, input, { compiler, flags })
  if (isMissing(elf)) return elf
  onPart?.(`running on ${machines[core]}`)
  const regions = memory ? { regions: regionsOf(core) } : {}
  return profileFirmware(elf, core, { order: callOrder(compiled), lines, ...regions })
}

/** Where linker scripts of the machines put code with constants, data, and the harness's own buffers. */
function regionsOf(core: ArmCore): readonly MemoryRegion[] {
  const isTightlyCoupled = machines[core] === 'mps3-an547'
  const [flash, sram] = isTightlyCoupled ? [0x0100_0000, 0x2100_0000] : [0, 0x2000_0000]
  return [
    { name: 'flash', begin: flash, end: flash + 0x40_0000 },
    { name: 'sram', begin: sram, end: sram + 0x40_0000 },
  ]
}
