// Runs all cases of an operator on hosts: every variant equals the reference, every host the first.

import type { InferenceResult } from '../../runtime/hosts/host.ts'
import { createRunner, type HostChoice, type RunnerOptions } from '../hosts.ts'
import { firstDifference, sameBytes, type Difference } from '../verify/difference.ts'
import type { CaseGraph } from './case-graph.ts'
import { caseInputs, fills } from './case-inputs.ts'

export interface KernelDifference extends Omit<
  Difference,
  'case' | 'operator' | 'tensor' | 'name'
> {
  readonly host: string
  readonly case: string
  readonly variant: string
  readonly inputs: string
  /** What it should have equalled. */
  readonly than: string
}

export interface KernelVerdict {
  readonly host: string
  /** Outputs compared: cases times variants times inputs. */
  readonly compared: number
  readonly differences: readonly KernelDifference[]
  readonly milliseconds: number
}

/** One verdict per host. Throws HostError and KernelTrap. */
export async function testKernel(
  cases: CaseGraph,
  reference: string,
  hosts: readonly HostChoice[],
  onHost: (label: string) => void,
  options: RunnerOptions = {},
): Promise<readonly KernelVerdict[]> {
  const verdicts: KernelVerdict[] = []
  let first: HostResults | null = null
  for (const choice of hosts) {
    onHost(choice.label)
    const started = performance.now()
    const results = await runCases(cases, choice, options)
    first ??= { label: choice.label, results }
    const differences = compare(cases, reference, choice.label, results, first)
    const milliseconds = Math.round(performance.now() - started)
    const compared = cases.runs.length * fills.length
    verdicts.push({ host: choice.label, compared, differences, milliseconds })
  }
  return verdicts
}

interface HostResults {
  readonly label: string
  readonly results: readonly InferenceResult[]
}

async function runCases(
  { program, runs }: CaseGraph,
  choice: HostChoice,
  options: RunnerOptions,
): Promise<readonly InferenceResult[]> {
  // Variants of one case share its inputs.
  const cases = [...new Set(runs.map(run => run.case))]
  const inferences = fills.map(fill => cases.flatMap(each => caseInputs(each.context, fill)))
  const runner = await createRunner(choice, program, options)
  try {
    return await runner.run(inferences)
  } finally {
    await runner.close()
  }
}

/** The host's reference outputs against the first host's, its other variants against its reference. */
function compare(
  { graph, runs }: CaseGraph,
  reference: string,
  host: string,
  results: readonly InferenceResult[],
  first: HostResults,
): readonly KernelDifference[] {
  const differences: KernelDifference[] = []
  results.forEach((result, position) => {
    runs.forEach((run, output) => {
      const isReference = run.variant.name === reference
      const origin = runs.findIndex(r => r.case === run.case && r.variant.name === reference)
      const against = isReference || origin < 0 ? output : origin
      const source = isReference || origin < 0 ? first.results[position] : result
      const expected = source?.outputs[against]
      const actual = result.outputs[output]
      const tensor = graph.tensors[graph.outputs[output] ?? -1]
      if (expected === undefined || actual === undefined || tensor === undefined) {
        throw new Error(`host ${host} gave too few outputs`)
      }
      if (sameBytes(expected, actual)) return
      differences.push({
        host,
        case: run.case.name,
        variant: run.variant.name,
        inputs: fills[position] ?? '',
        than: isReference ? `host ${first.label}` : reference,
        ...firstDifference(tensor, expected, actual),
      })
    })
  })
  return differences
}
