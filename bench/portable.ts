// The portable kernels against the reference ones on a core without SIMD: modelled cycles, as JSON.
//
//   npx tsx bench/portable.ts [--only TEXT] [--out bench/portable.json]
//
// Prints the table of docs/measuring.md. --only takes the shapes whose operator and name contain TEXT.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { boards, coreOf } from '../boards/index.ts'
import { profileModel } from '../cli/bench/profile.ts'
import { benchResult, type BenchOperator } from '../cli/bench/result.ts'
import { caseGraph } from '../cli/kernels/case-graph.ts'
import { findKernel } from '../cli/kernels/find.ts'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { conv2dCase } from '../kernels/conv2d/cases.ts'
import { depthwiseCase } from '../kernels/depthwise_conv2d/cases.ts'
import { fullyConnectedCase } from '../kernels/fully_connected/cases.ts'
import type { OpCase } from '../kernels/op.ts'
import { isMissing, missingError } from '../runtime/hosts/host-error.ts'
import { isArmCore } from '../runtime/hosts/targets.ts'
import { portableTable, type PortableRow } from './portable/table.ts'

const ranges: Readonly<Record<PortableRow['weights'], number>> = { trained: 32, full: 127 }
type Weights = PortableRow['weights']

type Image = readonly [height: number, width: number, channels: number]

function convolution(image: Image, outputs: number, taps: number, stride: number, range: number) {
  const [height, width, channels] = image
  return conv2dCase(shapeName([...image], taps, stride, outputs), {
    ...{ input: [1, height, width, channels], kernel: [taps, taps], outputs },
    ...{ stride: [stride, stride], activation: 'relu6', outputZeroPoint: -128, weightRange: range },
  })
}

function depthwise(image: Image, taps: number, stride: number, range: number) {
  const [height, width, channels] = image
  return depthwiseCase(shapeName([...image], taps, stride), {
    ...{ input: [1, height, width, channels], kernel: [taps, taps] },
    ...{ stride: [stride, stride], activation: 'relu6', outputZeroPoint: -128, weightRange: range },
  })
}

function shapeName(image: readonly number[], taps: number, stride: number, outputs?: number) {
  const to = outputs === undefined ? '' : `->${outputs}`
  return `${image.join('x')}${to} ${taps}x${taps}${stride === 1 ? '' : ` s${stride}`}`
}

function dense(depth: number, units: number, range: number) {
  const spec = { input: [1, depth], depth, units, weightRange: range }
  return fullyConnectedCase(`${depth}->${units}`, spec)
}

function casesOf(range: number): readonly OpCase[] {
  return [
    dense(320, 1000, range),
    dense(640, 128, range),
    dense(64, 12, range),
    convolution([20, 20, 48], 24, 1, 1, range),
    convolution([10, 10, 96], 40, 1, 1, range),
    convolution([40, 40, 16], 48, 1, 1, range),
    convolution([25, 5, 64], 64, 1, 1, range),
    convolution([40, 40, 3], 16, 3, 2, range),
    convolution([40, 40, 3], 16, 3, 1, range),
    convolution([10, 10, 8], 8, 3, 1, range),
    depthwise([20, 20, 48], 3, 1, range),
    depthwise([20, 20, 48], 3, 2, range),
    depthwise([25, 5, 64], 3, 1, range),
    depthwise([5, 5, 64], 3, 1, range),
    depthwise([20, 20, 48], 5, 1, range),
    depthwise([20, 20, 48], 5, 2, range),
    depthwise([10, 10, 60], 7, 1, range),
    depthwise([10, 10, 60], 7, 2, range),
  ]
}

const board = boards.get('rp2040')!

/** Both variants of each case in one firmware. */
async function measure(kind: string, cases: readonly OpCase[]): Promise<readonly BenchOperator[]> {
  const bag = new DiagnosticBag()
  const variants = ['portable', 'reference'].map(name => {
    const variant = findKernel(`${kind}/${name}`, bag)?.variants[0]
    if (variant === undefined) throw new Error(`${kind} has no variant ${name}`)
    return variant
  })
  const graph = caseGraph(`portable_${kind}`, cases, variants, bag, {
    dualIssue: coreOf(board).dualIssue ?? false,
  })
  if (graph === null || !isArmCore(board.core)) throw new Error(JSON.stringify(bag.all))
  const profile = await profileModel(graph.compiled, graph.program, board.core, { lines: false })
  if (isMissing(profile)) throw missingError('the comparison', profile)
  const subject = { kind: 'kernel', subject: kind, board: board.name } as const
  return benchResult(subject, graph.compiled, profile).operators
}

async function compare(kind: string, cases: readonly OpCase[], weights: Weights) {
  const operators = await measure(kind, cases)
  return cases.map((each, i): PortableRow => {
    // Cases come in order, each once for every variant that takes it.
    const [portable, reference] = operators.slice(2 * i, 2 * i + 2)
    if (portable?.kernel !== `${kind}/portable` || reference?.kernel !== `${kind}/reference`)
      throw new Error(`${each.name} is not for ${kind}/portable`)
    return {
      ...{ op: kind, shape: each.name, weights, macs: portable.macs },
      ...{ reference: reference.coreCycles, portable: portable.coreCycles },
      ratio: Number((reference.coreCycles / portable.coreCycles).toFixed(2)),
      cyclesPerMac: Number((portable.coreCycles / portable.macs).toFixed(2)),
    }
  })
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
})
const rows: PortableRow[] = []
for (const weights of ['trained', 'full'] as const) {
  const chosen = casesOf(ranges[weights]).filter(({ name, context }) =>
    `${context.attributes.kind} ${name}`.includes(values.only),
  )
  for (const kind of new Set(chosen.map(({ context }) => context.attributes.kind))) {
    const cases = chosen.filter(({ context }) => context.attributes.kind === kind)
    rows.push(...(await compare(kind, cases, weights)))
  }
}
process.stdout.write(`${portableTable(rows)}\n`)
if (values.out !== undefined) {
  const figures = { core: board.core, least: Math.min(...rows.map(({ ratio }) => ratio)), rows }
  writeFileSync(values.out, `${JSON.stringify(figures, null, 2)}\n`)
}
