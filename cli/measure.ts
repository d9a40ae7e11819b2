// Completes a report with what the board's compiler makes of the package: code and stack.

import { endsOf } from '../compiler/package/io.ts'
import { packageReadme } from '../compiler/package/readme.ts'
import type { Report } from '../compiler/report/report.ts'
import { isMissing } from '../runtime/hosts/host-error.ts'
import { measurePackage } from '../runtime/hosts/measure.ts'
import type { StackBound } from '../runtime/hosts/stack-bound.ts'
import { isArmCore } from '../runtime/hosts/targets.ts'
import type { BuiltModel } from './model.ts'

export interface Measured {
  readonly report: Report
  /** The package, its README with these figures. */
  readonly files: ReadonlyMap<string, string>
  /** Why a figure is missing. */
  readonly notes: readonly string[]
}

/** Code and stack as the board's compiler makes them; null with a note where there is none. */
export async function measure(built: BuiltModel): Promise<Measured> {
  const { report, files } = built.compiled
  const { core } = built.board
  const about = 'code size and stack bound'
  if (!isArmCore(core)) {
    return { report, files, notes: [`${about} are measured for Cortex-M boards only`] }
  }
  const result = await measurePackage(built.program, core)
  if (isMissing(result)) {
    const note = `${about} are not known: ${result.tool} is missing; ${result.howToGet}`
    return { report, files, notes: [note] }
  }
  const { codeBytes, staticBytes, stack } = result
  const complete: Report = {
    ...report,
    sramBytes: report.sramBytes + staticBytes,
    stackBytes: stack.bytes,
    flash: { ...report.flash, code: codeBytes },
  }
  const notes = stackNotes(built, stack)
  return { report: complete, files: withReadme(built, complete), notes }
}

function stackNotes({ program }: BuiltModel, stack: StackBound): readonly string[] {
  if (stack.bytes === null) return [`the stack has no known bound: ${stack.reason}`]
  const streamed = [...program.inputs, ...program.outputs].some(end => end.kind === 'streamed')
  return streamed ? ['the stack is that without the functions that move rows, which are yours'] : []
}

function withReadme({ compiled }: BuiltModel, report: Report): ReadonlyMap<string, string> {
  const { schedule, plan, files } = compiled
  const readme = packageReadme(schedule.graph.name, report, endsOf(schedule, plan))
  return new Map([...files, ['README.md', readme]])
}
