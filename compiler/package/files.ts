// The C package of a compiled model as a map from path to text.

import type { ModelModule } from '../emit/model/invoke.ts'
import type { MemoryPlan } from '../memory/plan.ts'
import type { Report } from '../report/report.ts'
import type { Optimize } from '../../kernels/op.ts'
import type { Schedule } from '../schedule/schedule.ts'
import {
  kernelsHeader,
  kernelsSource,
  modelSource,
  splitModule,
  supportHeader,
  weightsHeader,
  weightsSource,
} from './c-files.ts'
import { cmakeLists } from './cmake.ts'
import { modelHeader } from './header.ts'
import { endsOf, hasStreams } from './io.ts'
import { packageReadme } from './readme.ts'
import { rowsHeader } from './rows-header.ts'

export interface PackageInput {
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly model: ModelModule
  readonly report: Report
  readonly trace: boolean
  /** Default `balanced`. */
  readonly optimize?: Optimize
  /** `#line` directives in the kernels' C file; left out: none. */
  readonly lines?: boolean
}

export function packageFiles(input: PackageInput): ReadonlyMap<string, string> {
  const { schedule, plan, model, report, trace, lines = false, optimize = 'balanced' } = input
  const { name } = schedule.graph
  const { module, entry } = model
  const ends = endsOf(schedule, plan)
  const parts = splitModule(module, entry)
  const core = {
    dsp: parts.support.some(f => f.intrinsic?.requires === 'dsp'),
    dualIssue: module.ordered === true,
  }
  return new Map([
    [`${name}.h`, modelHeader({ name, arenaBytes: plan.arenaBytes, ends })],
    [`${name}.c`, modelSource(name, module, parts, trace)],
    ...(hasStreams(ends) ? [['thimble_rows.h', rowsHeader()] as const] : []),
    [`${name}_weights.h`, weightsHeader(name, module)],
    [`${name}_weights.c`, weightsSource(name, module)],
    ['thimble_kernels.h', kernelsHeader(module, parts)],
    ['thimble_kernels.c', kernelsSource(parts, lines)],
    ['thimble_intrinsics.h', supportHeader(parts, module.ordered)],
    ['CMakeLists.txt', cmakeLists(name, core, optimize)],
    ['README.md', packageReadme(name, report, ends)],
  ])
}
