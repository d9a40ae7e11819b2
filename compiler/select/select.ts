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

/** One entry per operator. Where both take the same kernel, it is the same entry. */
export interface Selection {
  /** With the scratch that makes kernels fast. */
  readonly roomy: readonly Selected[]
  /** For when memory is short. */
  readonly tight: readonly Selected[]
}

type Variant = OpDefinition['variants'][number]

interface Target {
  readonly core: Core
  readonly cost: CostModel
  readonly optimize: Optimize
}

/** Null after diagnostics. */
export function selectKernels(
  graph: Graph,
  core: Core,
  bag: DiagnosticBag,
  cost: CostModel = costModel(core),
  optimize: Optimize = 'balanced',
): Selection | null {
  const before = bag.errors.length
  const target = { core, cost, optimize }
  const both = graph.operators.flatMap(each => selectKernel(graph, each, target, bag) ?? [])
  if (bag.errors.length > before) return null
  return { roomy: both.map(({ roomy }) => roomy), tight: both.map(({ tight }) => tight) }
}

function selectKernel(
  graph: Graph,
  operator: Operator,
  target: Target,
  bag: DiagnosticBag,
): { readonly roomy: Selected; readonly tight: Selected } | null {
  const context = contextOf(graph, operator)
  const definition: OpDefinition = opDefinition(operator.attributes.kind)
  const problem = definition.problem(context)
  const legal = problem === null ? legalVariants(definition, context, target) : []
  const plain = legal.filter(({ accumulates = false }) => !accumulates)
  if (plain.length === 0) {
    const reason = problem ?? 'has no kernel for this core'
    bag.add('TH3030', operatorLocation(graph, operator), { reason })
    return null
  }
  // Constants are made anew whenever a variant is lowered.
  const calls = new Map<Variant, readonly KernelCall[]>()
  const callsOf = (variant: Variant): readonly KernelCall[] => {
    const known = calls.get(variant) ?? variant.lower(context, undefined, target.optimize)
    calls.set(variant, known)
    return known
  }
  const best = (variants: readonly Variant[]): Variant | undefined =>
    fastest(definition, variants, callsOf, outputBytesOf(context), target)
  const streamed = best(legal.filter(({ accumulates = false }) => accumulates))
  const selected = (variant: Variant): Selected => ({
    operator,
    ...lowered(variant, context, callsOf(variant), target.optimize),
    streamed:
      streamed === undefined
        ? null
        : lowered(streamed, context, callsOf(streamed), target.optimize),
  })
  const thrifty = plain.filter(({ isRoomy = false }) => !isRoomy)
  const fast = best(plain)!
  const frugal = best(thrifty) ?? fast
  const roomy = selected(fast)
  return { roomy, tight: frugal === fast ? roomy : selected(frugal) }
}

function legalVariants(
  { variants }: OpDefinition,
  context: OpContext,
  { core, optimize }: Target,
): readonly Variant[] {
  return variants.filter(
    variant =>
      core.features.includes(variant.requires) &&
      variant.when(context) &&
      (variant.suits?.(context, optimize) ?? true),
  )
}

function outputBytesOf(context: OpContext): number {
  return context.outputs.reduce(
    (sum, tensor) => sum + elementCount(tensor.shape) * elementBytes(tensor),
    0,
  )
}

function lowered(
  variant: Variant,
  context: OpContext,
  calls: readonly KernelCall[],
  optimize: Optimize,
): Lowered {
  const { rows } = variant
  const cut = cutOf(variant, context, optimize)
  return {
    ...(cut === null ? {} : { cut }),
    calls,
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

/** How much faster a variant must be predicted to be taken for speed: single layers are off by some per cent. */
const speedMargin = 0.05

/**
 * Variants are listed best first. Where the first one is calibrated, the others that are, too, may be predicted
 * to be faster. For speed, forms that take more flash are to be worth it.
 */
function fastest(
  { kind }: OpDefinition,
  legal: readonly Variant[],
  callsOf: (variant: Variant) => readonly KernelCall[],
  outputBytes: number,
  { cost, optimize }: Target,
): Variant | undefined {
  const kernels = legal.filter(({ name }) => cost.hasKernel(`${kind}/${name}`))
  const [first] = legal
  if (kernels.length < 2 || kernels[0] !== first) return first
  const cycles = kernels.map(variant => callsCycles(callsOf(variant), outputBytes, cost))
  const margin = optimize === 'speed' ? speedMargin : 0
  const least = Math.min(...cycles) * (1 + margin)
  return kernels[cycles.findIndex(each => each <= least)] ?? first
}

/** Cycles of calls that do all of their rows at once. */
function callsCycles(calls: readonly KernelCall[], outputBytes: number, cost: CostModel): number {
  return calls.reduce((sum, call) => {
    const { run, group, row } = cost.callCost(call, outputBytes / call.batches / calls.length)
    return sum + run + group * groupsIn(call, call.outputRows) + row * call.outputRows
  }, 0)
}
