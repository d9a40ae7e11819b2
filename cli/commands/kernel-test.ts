// `thimble kernel test`: the cases of an operator on hosts, variants against the reference.

import { command } from '../command.ts'
import { availableHosts, hostList } from '../hosts.ts'
import { caseGraph, type CaseGraph } from '../kernels/case-graph.ts'
import { fills } from '../kernels/case-inputs.ts'
import { findKernel } from '../kernels/find.ts'
import { testKernel, type KernelDifference, type KernelVerdict } from '../kernels/test-kernel.ts'
import { compilerArgs, compilerChoice } from '../options.ts'
import { progress } from '../progress.ts'
import { table } from '../table.ts'

export const kernelTestCommand = command({
  name: 'kernel test',
  description:
    "runs an operator's cases on hosts: all bytes equal, variants equal to the reference",
  examples: [
    'thimble kernel test conv2d',
    'thimble kernel test depthwise_conv2d/reference --hosts js,as,native,qemu',
  ],
  args: {
    name: {
      type: 'positional',
      description: 'an operator, or one of its variants: conv2d, conv2d/reference',
      required: true,
    },
    hosts: {
      type: 'string',
      description: 'hosts separated by commas; unless given, all that run here',
      valueHint: 'list',
    },
    ...compilerArgs,
  },
  run: async ({ name, hosts, compiler }, bag) => {
    const choices = hosts === undefined ? availableHosts() : hostList('kernel test', hosts)
    const found = findKernel(name, bag)
    if (found === null) return null
    const { definition, variants, reference } = found
    const tested = variants.includes(reference) ? variants : [...variants, reference]
    const graph = caseGraph(`kernel_${definition.kind}`, definition.cases, tested, bag)
    if (graph === null) return null
    const line = progress()
    try {
      const count = definition.cases.length
      const onHost = (label: string): void => line.say(`${count} cases of ${name} on ${label}`)
      const options = compilerChoice(compiler)
      const verdicts = await testKernel(graph, reference.name, choices, onHost, options)
      const equal = verdicts.every(verdict => verdict.differences.length === 0)
      const json = { kernel: name, cases: count, inputs: fills, equal, hosts: verdicts }
      line.done()
      return { json, text: report(name, graph, verdicts), exitCode: equal ? 0 : 1 }
    } finally {
      line.done()
    }
  },
})

function report(name: string, { runs }: CaseGraph, verdicts: readonly KernelVerdict[]): string {
  const rows = verdicts.map(({ host, compared, differences, milliseconds }) => [
    host,
    differences.length === 0 ? 'equal' : 'DIFFERENT',
    compared,
    differences.length,
    milliseconds,
  ])
  const shown = verdicts.flatMap(({ differences }) => differences.slice(0, 5)).map(describe)
  const cases = new Set(runs.map(run => run.case)).size
  const variants = [...new Set(runs.map(run => run.variant.name))].join(', ')
  return [
    `${name}: ${cases} cases (${variants}), ${fills.length} inputs each`,
    '',
    table(['host', 'result', 'outputs', 'different', 'ms'], rows),
    ...(shown.length === 0 ? [] : ['', 'Differences:', ...shown]),
    '',
  ].join('\n')
}

function describe(d: KernelDifference): string {
  const place = `element ${d.element ?? 0} [${d.position?.join(',') ?? ''}]`
  const values = `${String(d.actual)} where ${d.than} gives ${String(d.expected)}`
  return `  ${d.host}: case '${d.case}', ${d.variant}, inputs ${d.inputs}, ${place}: ${values}`
}
