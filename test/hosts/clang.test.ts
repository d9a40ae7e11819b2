// The package by a second compiler for Cortex-M: without a warning, and the same bytes as the reference.
import t from 'tap'
import { caseGraph } from '../../cli/kernels/case-graph.ts'
import { findKernel } from '../../cli/kernels/find.ts'
import { testKernel } from '../../cli/kernels/test-kernel.ts'
import { hostList } from '../../cli/hosts.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { findTool } from '../../runtime/hosts/toolchain.ts'

// Compilers and QEMU take their time on a busy machine.
t.setTimeout(600_000)

const tools = ['arm-clang', 'arm-none-eabi-gcc', 'qemu-system-arm'] as const
const missing = tools.find(tool => findTool(tool) === null)
const skip = missing === undefined ? false : `${missing} is missing`

// Products, a table, sums with two scales, a division: what the compilers do differently.
const operators = ['add', 'conv2d', 'depthwise_conv2d', 'softmax']

for (const operator of operators) {
  t.test(`clang's ${operator} equals the reference on Cortex-M4 and M7`, { skip }, async t => {
    const bag = new DiagnosticBag()
    const found = findKernel(operator, bag)
    if (found === null) throw new Error(formatDiagnostics(bag.all))
    const { definition, variants, reference } = found
    const graph = caseGraph('kernel_by_clang', definition.cases.slice(0, 6), variants, bag)
    if (graph === null) throw new Error(formatDiagnostics(bag.all))
    const hosts = hostList('test', 'js,qemu:mps2-an386,qemu:mps2-an500')
    const options = { compiler: 'clang', strict: true } as const
    const verdicts = await testKernel(graph, reference.name, hosts, () => undefined, options)
    for (const { host, compared, differences } of verdicts) {
      t.ok(compared > 0, host)
      t.same(differences, [], host)
    }
  })
}
