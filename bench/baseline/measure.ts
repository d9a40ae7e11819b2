// Exact instruction counts of some kernels and the bundled network, per core, to notice when they grow.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { kernelBench, modelBench, type Bench } from '../../cli/bench/subjects.ts'
import { profileModel } from '../../cli/bench/profile.ts'
import { benchResult } from '../../cli/bench/result.ts'
import { defaultForm } from '../../cli/options.ts'
import { projectRoot } from '../../cli/sources.ts'
import { boards } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { isMissing, missingError } from '../../runtime/hosts/host-error.ts'
import { isArmCore } from '../../runtime/hosts/targets.ts'
import { requireTools } from '../../runtime/hosts/toolchain.ts'

/** Instructions by core, then by what ran. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Baseline {
  /** First line of the version of arm-none-eabi-gcc: another one makes other code. */
  readonly compiler: string
  readonly instructions: Counts
}

/** Boards that stand for their cores. */
const measured = ['mps2-an386', 'mps2-an500', 'rp2040'] as const

const shapes = {
  conv2d: '20x20x48->24 1x1; 40x40x16->48 1x1; 7x7x17->5 1x1; 40x40x3->16 3x3 s2; 9x9x8->8 3x3',
  depthwise_conv2d: '20x20x48 3x3; 20x20x48 5x5 s2; 10x10x60 7x7; 9x9x5 3x3',
  fully_connected: '320->100; 63->7',
} as const

/** Throws HostError TH5101 without the tools, and those of building and running. */
export async function measureBaseline(onPart: (what: string) => void): Promise<Baseline> {
  const instructions: Record<string, Record<string, number>> = {}
  for (const name of measured) {
    const board = boards.get(name)!
    if (!isArmCore(board.core)) throw new Error(`${name} has no Cortex-M`)
    const bag = new DiagnosticBag()
    const counts: Record<string, number> = {}
    for (const [kind, shape] of Object.entries(shapes)) {
      onPart(`${kind} on ${name}`)
      const bench = kernelBench(kind, board, { shape, case: undefined }, bag)
      for (const each of (await run(bench, bag, board.core)).operators) {
        counts[`${kind} ${each.name.split(': ')[0] ?? ''}`] = each.instructions
      }
    }
    onPart(`spoken-digits on ${name}`)
    const model = join(projectRoot, 'zoo/spoken-digits/spoken_digits.tflite')
    const bench = modelBench(model, board, name, defaultForm, bag)
    counts['spoken-digits'] = (await run(bench, bag, board.core)).instructions
    instructions[board.core] = counts
  }
  return { compiler: compilerVersion(), instructions }
}

async function run(
  bench: Bench | null,
  bag: DiagnosticBag,
  core: Parameters<typeof profileModel>[2],
): Promise<ReturnType<typeof benchResult>> {
  if (bench === null) throw new Error(bag.errors[0]?.text ?? 'refused')
  const profile = await profileModel(bench.compiled, bench.program, core)
  if (isMissing(profile)) throw missingError('the baseline', profile)
  return benchResult(bench.subject, bench.compiled, profile)
}

export function compilerVersion(): string {
  const tools = requireTools('arm-none-eabi-gcc')
  if (isMissing(tools)) throw missingError('the baseline', tools)
  const text = execFileSync(tools['arm-none-eabi-gcc'], ['--version'], { encoding: 'utf8' })
  return text.split('\n')[0] ?? ''
}

export interface Change {
  readonly core: string
  readonly what: string
  /** 0: it was not there. */
  readonly before: number
  /** 0: it is not there any more. */
  readonly now: number
}

/** Everything in either of the two, in the order of the new one. */
export function changes(before: Counts, now: Counts): readonly Change[] {
  const cores = [...new Set([...Object.keys(now), ...Object.keys(before)])]
  return cores.flatMap(core => {
    const [old, young] = [before[core] ?? {}, now[core] ?? {}]
    const names = [...new Set([...Object.keys(young), ...Object.keys(old)])]
    return names.map(what => ({ core, what, before: old[what] ?? 0, now: young[what] ?? 0 }))
  })
}

/** Growth that is let pass: 2 %. */
export const tolerance = 1.02

/** What has grown, or is measured and not in the baseline, or the other way round. */
export function regressions(list: readonly Change[]): readonly Change[] {
  return list.filter(({ before, now }) => before === 0 || now === 0 || now > before * tolerance)
}
