// All cases of an operator as one graph: each case once for every variant, on the same inputs.

import { boards } from '../../boards/index.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { emitInvoke, type ModelModule } from '../../compiler/emit/model/invoke.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import type { Graph, Tensor, TensorId } from '../../compiler/graph/graph.ts'
import type { Operator } from '../../compiler/graph/operator.ts'
import type { Compiled } from '../../compiler/index.ts'
import { planMemory } from '../../compiler/memory/plan.ts'
import { provePlan } from '../../compiler/memory/prove.ts'
import { packageFiles } from '../../compiler/package/files.ts'
import { programOf } from '../../compiler/package/program.ts'
import { makeReport } from '../../compiler/report/report.ts'
import { layerByLayer } from '../../compiler/schedule/layer-by-layer.ts'
import type { Schedule } from '../../compiler/schedule/schedule.ts'
import { streamSegment } from '../../compiler/schedule/stream.ts'
import { buildSteps } from '../../compiler/schedule/steps.ts'
import type { Selected } from '../../compiler/select/select.ts'
import { lineReader } from '../../compiler/sources.ts'
import type { OpCase, TensorInfo } from '../../kernels/op.ts'
import type { Program } from '../../runtime/hosts/host.ts'
import { readSource } from '../sources.ts'
import type { Variant } from './find.ts'

/** A case computed by a variant: one output of the graph. */
export interface CaseRun {
  readonly case: OpCase
  readonly variant: Variant
  /** Position of its first input among the inputs of the graph. */
  readonly firstInput: number
}

export interface CaseGraph {
  readonly graph: Graph
  readonly program: Program
  readonly module: ModelModule
  readonly compiled: Pick<Compiled, 'schedule' | 'plan' | 'model' | 'report'>
  /** One entry per output of the graph, in its order. */
  readonly runs: readonly CaseRun[]
}

export interface CaseGraphOptions {
  /** Rows per call of `run`; Infinity, and unless given: all of them in one call. */
  readonly bandOf?: (run: Pick<CaseRun, 'case' | 'variant'>) => number
  /** Order statements for a core that issues two instructions in a cycle. */
  readonly dualIssue?: boolean
  /** Whether the plan is proved; true unless given. */
  readonly proved?: boolean
}

/** Builds and compiles the graph. Null after diagnostics (a kernel that does not compile). */
export function caseGraph(
  name: string,
  cases: readonly OpCase[],
  variants: readonly Variant[],
  bag: DiagnosticBag,
  { bandOf = () => Infinity, dualIssue = false, proved = true }: CaseGraphOptions = {},
): CaseGraph | null {
  const { graph, selected, runs } = collect(name, cases, variants)
  const schedule = banded(withoutRenaming(graph, selected), runs.map(bandOf))
  const compiled = compileSchedule(schedule, bag, { dualIssue, proved })
  return compiled === null ? null : { graph, runs, ...compiled }
}

/** Places, emits and packages a schedule. Null after diagnostics. */
export function compileSchedule(
  schedule: Schedule,
  bag: DiagnosticBag,
  { dualIssue = false, proved = true }: Omit<CaseGraphOptions, 'bandOf'> = {},
): Pick<CaseGraph, 'program' | 'module' | 'compiled'> | null {
  const plan = planMemory(schedule)
  const kernels = new KernelProgram(readSource, bag)
  const input = { schedule, plan, kernels, lineOf: lineReader(readSource), trace: false, dualIssue }
  const module = emitInvoke(input, bag)
  if (module === null) return null
  if (proved) provePlan(schedule, plan, module)
  const report = makeReport(schedule, plan, module.module, boards.get('host')?.name ?? '')
  const files = packageFiles({ schedule, plan, model: module, report, trace: false })
  const program = programOf({ schedule, plan, model: module, files }, false, readSource)
  const compiled = { schedule, plan, model: module, report }
  return { program, module, compiled }
}

/**
 * A RESHAPE that only renames would not run its kernel. It has to when both its ends are outputs, so
 * inputs count as outputs, too.
 */
function withoutRenaming(graph: Graph, selected: readonly Selected[]): Schedule {
  const outputs = [...graph.outputs, ...graph.inputs]
  return layerByLayer({ ...buildSteps({ ...graph, outputs }, selected), graph })
}

/** Step i in runs of `bands[i]` positions. */
function banded(schedule: Schedule, bands: readonly number[]): Schedule {
  const segments = schedule.segments.map((whole, i) => {
    const band = bands[i] ?? Infinity
    return band === Infinity ? whole : streamSegment(schedule, i, i + 1, band, false)
  })
  return { ...schedule, segments }
}

interface Collected {
  readonly graph: Graph
  readonly selected: readonly Selected[]
  readonly runs: readonly CaseRun[]
}

function collect(name: string, cases: readonly OpCase[], variants: readonly Variant[]): Collected {
  const tensors: Tensor[] = []
  const inputs: TensorId[] = []
  const selected: Selected[] = []
  const runs: CaseRun[] = []
  const add = (label: string, info: TensorInfo): TensorId => {
    const id = tensors.length
    tensors.push(tensorOfInfo(id, label, info))
    return id
  }
  for (const each of cases) {
    const { context } = each
    const firstInput = inputs.length
    const operands = context.inputs.map((info, i) => {
      if (info === null) return -1
      const id = add(`${each.name}: input ${i}`, info)
      if (info.data === null) inputs.push(id)
      return id
    })
    for (const variant of variants.filter(v => v.when(context))) {
      const label = `${each.name}: ${variant.name}`
      const outputs = context.outputs.map(info => add(label, info))
      const sourceIndex = selected.length
      const operator: Operator = {
        attributes: context.attributes,
        sourceIndex,
        inputs: operands,
        outputs,
      }
      const { rows, accumulates = false } = variant
      selected.push({
        operator,
        calls: variant.lower(context),
        inPlace: variant.inPlace(context),
        rows: rows === null ? null : (index, row) => rows(context, index, row),
        accumulates,
        streamed: null,
      })
      runs.push({ case: each, variant, firstInput })
    }
  }
  const operators = selected.map(s => s.operator)
  const outputs = operators.flatMap(operator => operator.outputs)
  return { graph: { name, file: name, tensors, operators, inputs, outputs }, selected, runs }
}

function tensorOfInfo(id: TensorId, name: string, info: TensorInfo): Tensor {
  const { shape, dtype, scale, zeroPoint, axis, data } = info
  const quantization = scale.length === 0 ? null : { scale, zeroPoint, axis }
  return { id, sourceIndex: id, name, shape, dtype, quantization, data }
}
