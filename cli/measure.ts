// Completes a report with what the board's compiler makes of the package: code and stack.

import type { Board } from '../boards/schema.ts'
import type { Report } from '../compiler/report/report.ts'
import { isMissing } from '../runtime/hosts/host-error.ts'
import { measurePackage } from '../runtime/hosts/measure.ts'
import type { ArmCore } from '../runtime/hosts/targets.ts'
import type { BuiltModel } from './model.ts'

export interface Measured {
  readonly report: Report
  /** Why a figure is missing. */
  readonly notes: readonly string[]
}

/** Code and stack as the board's compiler makes them; null with a note where there is none. */
export async function measure({ board, compiled, program }: BuiltModel): Promise<Measured> {
  const { report } = compiled
  const core = armCore(board)
  const about = 'code size and stack bound'
  if (core === null) return { report, notes: [`${about} are measured for Cortex-M boards only`] }
  const result = await measurePackage(program, core)
  if (isMissing(result)) {
    const note = `${about} are not known: ${result.tool} is missing; ${result.howToGet}`
    return { report, notes: [note] }
  }
  const { codeBytes, stack } = result
  const flash = { ...report.flash, code: codeBytes }
  const notes = stack.bytes === null ? [`the stack has no known bound: ${stack.reason}`] : []
  return { report: { ...report, stackBytes: stack.bytes, flash }, notes }
}

function armCore({ core }: Board): ArmCore | null {
  return core === 'cortex-m4' || core === 'cortex-m7' ? core : null
}
