// What `thimble bench` finds out, as plain data: printed as JSON, compared, extended by board cycles.

import type { Graph } from '../../compiler/graph/graph.ts'
import { countOperator } from '../../compiler/graph/counts.ts'
import { tensorOf } from '../../compiler/graph/graph.ts'
import type { Compiled } from '../../compiler/index.ts'
import type { Report } from '../../compiler/report/report.ts'
import type { ArmCompiler } from '../../runtime/hosts/options.ts'
import type { ArmCore } from '../../runtime/hosts/targets.ts'
import type {
  FunctionWork,
  LineWork,
  MemoryWork,
  Profile,
  Work,
} from '../../runtime/profile/index.ts'

/** Exact instructions and modelled cycles of the core; those per MAC are null where nothing is multiplied. */
export interface BenchFigures {
  /** Of the graph: what a plan computes twice counts once. */
  readonly macs: number
  readonly instructions: number
  readonly instructionsPerMac: number | null
  /** With memory that never waits. */
  readonly coreCycles: number
  readonly coreCyclesPerMac: number | null
}

export interface BenchOperator extends BenchFigures {
  /** Position among the operators of the compiled graph. */
  readonly index: number
  /** TFLite's name, CONV_2D. */
  readonly op: string
  /** Of its first output; for kernels, the case. */
  readonly name: string
  /** Kernel files it calls, joined by '+'. */
  readonly kernel: string
  readonly outputShape: readonly number[]
  /** Data accesses, when they were counted. */
  readonly memory: readonly MemoryWork[]
}

export interface BenchResult extends BenchFigures {
  readonly kind: 'model' | 'kernel'
  /** File of the model, or name of the kernel. */
  readonly subject: string
  readonly board: string
  readonly optimize: Report['optimize']
  readonly compiler: ArmCompiler
  readonly core: ArmCore
  /** Machine of QEMU that ran it. */
  readonly machine: string
  readonly sramBytes: number
  /** As the firmware painted it, without the functions that move rows. */
  readonly stackBytes: number | null
  /** CRC-32 of the outputs for the generated inputs. */
  readonly output: string | null
  /** The model's own function between kernels, and what it calls besides kernels. */
  readonly schedule: Work
  readonly transfers: Work
  readonly operators: readonly BenchOperator[]
  readonly functions: readonly FunctionWork[]
  readonly lines: readonly LineWork[]
  readonly memory: readonly MemoryWork[]
  readonly warnings: readonly string[]
}

/** A result with the profile it was made of. */
export interface Benched {
  readonly result: BenchResult
  readonly profile: Profile
}

export interface Subject {
  readonly kind: BenchResult['kind']
  readonly subject: string
  readonly board: string
  /** `gcc` unless given. */
  readonly compiler?: ArmCompiler
}

export function benchResult(
  subject: Subject,
  { schedule, report }: Pick<Compiled, 'schedule' | 'report'>,
  profile: Profile,
): BenchResult {
  const { core, machine, stackBytes, output, functions, lines, memory, warnings } = profile
  const operators = operatorsOf(schedule.graph, report.layers, profile)
  return {
    ...subject,
    optimize: report.optimize,
    compiler: subject.compiler ?? 'gcc',
    core,
    machine,
    ...figures(
      operators.reduce((sum, { macs }) => sum + macs, 0),
      profile,
    ),
    sramBytes: report.sramBytes,
    stackBytes,
    output,
    schedule: profile.schedule,
    transfers: profile.transfers,
    operators,
    functions,
    lines: lines.filter(({ file }) => file !== ''),
    memory,
    warnings,
  }
}

function operatorsOf(
  graph: Graph,
  layers: Compiled['report']['layers'],
  { operators, operatorMemory }: Profile,
): readonly BenchOperator[] {
  return graph.operators.map((operator, index) => {
    const { op = '', name = '', kernel = '' } = layers[index] ?? {}
    const work = operators[index] ?? { instructions: 0, cycles: 0 }
    const [output] = operator.outputs
    return {
      ...{ index, op, name, kernel },
      outputShape: output === undefined ? [] : tensorOf(graph, output).shape,
      ...figures(countOperator(graph, operator).macs, work),
      memory: operatorMemory
        .filter(({ operator }) => operator === index)
        .map(({ region, reads, readBytes, writes, writtenBytes, unaligned }) => ({
          ...{ region, reads, readBytes, writes, writtenBytes, unaligned },
        })),
    }
  })
}

function figures(macs: number, { instructions, cycles }: Work): BenchFigures {
  const per = (value: number): number | null =>
    macs === 0 ? null : Math.round((value / macs) * 10_000) / 10_000
  return {
    macs,
    instructions,
    instructionsPerMac: per(instructions),
    coreCycles: cycles,
    coreCyclesPerMac: per(cycles),
  }
}
