// Chooses a kernel variant for every operator and lowers it to kernel calls.

import type { Core } from '../../boards/schema.ts'
import type {
  ColumnsOf,
  KernelCall,
  OpContext,
  OpDefinition,
  Optimize,
  RowWindow,
  Strip,
} from '../../kernels/op.ts'
import { opDefinition } from '../../kernels/registry.ts'
import { elementBytes, elementCount } from '../../kernels/shape.ts'
import { costModel } from '../cost/index.ts'
import { groupsIn } from '../cost/features.ts'
import type { CostModel } from '../cost/model.ts'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Graph } from '../graph/graph.ts'
import { operatorLocation } from '../graph/locate.ts'
import type { Operator } from '../graph/operator.ts'
import { contextOf } from '../graph/context.ts'

/** How an operator is computed for some columns of its output. */
export interface Cut {
  readonly columns: ColumnsOf
  readonly lower: (strip: Strip) => readonly KernelCall[]
}

/** What a kernel variant makes of an operator. */
export interface Lowered {
  readonly calls: readonly KernelCall[]
  /** Inputs (by position) that output 0 may overwrite. */
  readonly inPlace: readonly number[]
  /** Rows of input `index` that a row of work reads; null without row structure. */
  readonly rows: ((index: number, row: number) => RowWindow) | null
  /** Rows of work are input rows, and the output is there after the last one. */
  readonly accumulates: boolean
  /** Left out: it cannot be cut by columns. */
  readonly cut?: Cut
}

/** An operator with the kernel calls that compute it. */
export interface Selected extends Lowered {
  readonly operator: Operator
  /** How to compute it when its input comes row by row, if that differs. */
  readonly streamed: Lowered | null
}

type Variant = OpDefinition['variants'][number]

interface Target {
  readonly core: Core
  readonly cost: CostModel
  readonly optimize: Optimize
  /** Memory is short. */
  readonly isTight: boolean
}

/** One entry per operator; null after diagnostics. */
export function selectKernels(
  graph: Graph,
  core: Core,
  bag: DiagnosticBag,
  cost: CostModel = costModel(core),
  optimize: Optimize = 'balanced',
  isTight = false,
): readonly Selected[] | null {
  const before = bag.errors.length
  const target = { core, cost, optimize, isTight }
  const selected = graph.operators.map(each => selectKernel(graph, each, target, bag))
  if (bag.errors.length > before) return null
  return selected.filter(s => s !== null)
}

function selectKernel(
  graph: Graph,
  operator: Operator,
  target: Target,
  bag: DiagnosticBag,
): Selected | null {
  const context = contextOf(graph, operator)
  const definition: OpDefinition = opDefinition(operator.attributes.kind)
  const problem = definition.problem(context)
  const variant = problem === null ? best(definition, context, target, false) : null
  if (variant === null) {
    const reason = problem ?? 'has no kernel for this core'
    bag.add('TH3030', operatorLocation(graph, operator), { reason })
    return null
  }
  const streamed = best(definition, context, target, true)
  return {
    operator,
    ...lowered(variant, context, target.optimize),
    streamed: streamed === null ? null : lowered(streamed, context, target.optimize),
  }
}

function lowered(variant: Variant, context: OpContext, optimize: Optimize): Lowered {
  const { rows } = variant
  const cut = cutOf(variant, context, optimize)
  return {
    ...(cut === null ? {} : { cut }),
    calls: variant.lower(context, undefined, optimize),
    inPlace: variant.inPlace(context),
    rows: rows === null ? null : (index, row) => rows(context, index, row),
    accumulates: variant.accumulates ?? false,
  }
}

function cutOf(variant: Variant, context: OpContext, optimize: Optimize): Cut | null {
  const shape = context.outputs[0]?.shape
  if (shape?.length !== 4 || shape[0] !== 1 || variant.rows === null) return null
  const columns = variant.columns?.(context) ?? null
  if (columns === null) return null
  return { columns, lower: strip => variant.lower(context, strip, optimize) }
}

/**
 * Variants are listed best first. Where the first legal one is calibrated, the others that are, too, may
 * be predicted to be faster.
 */
function best(
  definition: OpDefinition,
  context: OpContext,
  { core, cost, optimize, isTight }: Target,
  accumulates: boolean,
): Variant | null {
  const legal = definition.variants.filter(
    variant =>
      (variant.accumulates ?? false) === accumulates &&
      core.features.includes(variant.requires) &&
      variant.when(context) &&
      (variant.suits?.(context, optimize) ?? true) &&
      !(isTight && variant.isRoomy === true),
  )
  const kernels = legal.filter(({ name }) => cost.hasKernel(`${definition.kind}/${name}`))
  const [first] = legal
  if (first === undefined) return null
  if (kernels.length < 2 || kernels[0] !== first) return first
  const outputBytes = context.outputs.reduce(
    (sum, tensor) => sum + elementCount(tensor.shape) * elementBytes(tensor),
    0,
  )
  const cycles = kernels.map(variant =>
    callsCycles(variant.lower(context, undefined, optimize), outputBytes, cost),
  )
  return kernels[cycles.indexOf(Math.min(...cycles))] ?? first
}

/** Cycles of calls that do all of their rows at once. */
function callsCycles(calls: readonly KernelCall[], outputBytes: number, cost: CostModel): number {
  return calls.reduce((sum, call) => {
    const { run, group, row } = cost.callCost(call, outputBytes / call.batches / calls.length)
    return sum + run + group * groupsIn(call, call.outputRows) + row * call.outputRows
  }, 0)
}
