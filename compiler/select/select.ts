// Chooses a kernel variant for every operator and lowers it to kernel calls.

import type { Core } from '../../boards/schema.ts'
import type { KernelCall, OpContext, OpDefinition } from '../../kernels/op.ts'
import { opDefinition } from '../../kernels/registry.ts'
import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Graph } from '../graph/graph.ts'
import { operatorLocation } from '../graph/locate.ts'
import type { Operator } from '../graph/operator.ts'
import { contextOf } from './context.ts'

/** An operator with the kernel calls that compute it. */
export interface Selected {
  readonly operator: Operator
  readonly calls: readonly KernelCall[]
  /** Inputs (by position) that output 0 may overwrite. */
  readonly inPlace: readonly number[]
}

/** One entry per operator; null after diagnostics. */
export function selectKernels(
  graph: Graph,
  core: Core,
  bag: DiagnosticBag,
): readonly Selected[] | null {
  const before = bag.errors.length
  const selected = graph.operators.map(operator => selectKernel(graph, operator, core, bag))
  if (bag.errors.length > before) return null
  return selected.filter(s => s !== null)
}

function selectKernel(
  graph: Graph,
  operator: Operator,
  core: Core,
  bag: DiagnosticBag,
): Selected | null {
  const context = contextOf(graph, operator)
  const definition: OpDefinition = opDefinition(operator.attributes.kind)
  const problem = definition.problem(context)
  const variant = problem === null ? cheapest(definition, context, core) : null
  if (variant === null) {
    const reason = problem ?? 'has no kernel for this core'
    bag.add('TH3030', operatorLocation(graph, operator), { reason })
    return null
  }
  return {
    operator,
    calls: variant.lower(context),
    inPlace: variant.inPlace(context),
  }
}

/** Variants are listed best first; the first legal one is taken until costs are calibrated. */
function cheapest(
  definition: OpDefinition,
  context: OpContext,
  core: Core,
): OpDefinition['variants'][number] | null {
  const legal = definition.variants.filter(
    variant => core.features.includes(variant.requires) && variant.when(context),
  )
  return legal[0] ?? null
}
