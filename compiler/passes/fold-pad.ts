// Folds PAD operators into the convolutions that read them, which then pad on their own.

import type { ExtraPad } from '../../kernels/attributes.ts'
import { constantValues } from '../graph/constants.ts'
import { tensorOf, type FoldedPad, type Graph, type TensorId } from '../graph/graph.ts'
import type { Operator } from '../graph/operator.ts'
import { findUses } from '../graph/uses.ts'

/**
 * A PAD goes when it pads height and width only, with the zero point of its input, and when every
 * reader is a convolution that takes it as its image. Convolutions pad with the zero point of their
 * input as well, so their results do not change. A PAD whose result leaves the graph stays.
 */
export function foldPad(graph: Graph): Graph {
  const plan = planFolding(graph)
  if (plan.folded.length === 0) return graph
  const operators = graph.operators.flatMap(operator => {
    if (plan.removed.has(operator)) return []
    return [plan.replaced.get(operator) ?? operator]
  })
  return { ...graph, operators, folded: [...(graph.folded ?? []), ...plan.folded] }
}

interface Folding {
  readonly removed: ReadonlySet<Operator>
  readonly replaced: ReadonlyMap<Operator, Operator>
  readonly folded: readonly FoldedPad[]
}

/** Goes from the last operator to the first, so that a chain of PADs is taken up from its end. */
function planFolding(graph: Graph): Folding {
  const readersOf = new Map(findUses(graph).consumers)
  const outputs = new Set(graph.outputs)
  const removed = new Set<Operator>()
  const replaced = new Map<Operator, Operator>()
  const folded: FoldedPad[] = []
  for (const pad of graph.operators.toReversed()) {
    const fold = foldable(graph, pad)
    if (fold === null || outputs.has(fold.tensor)) continue
    const readers = readersOf.get(fold.tensor) ?? []
    const current = readers.map(reader => replaced.get(reader) ?? reader)
    if (readers.length === 0 || !current.every(op => readsAsImage(op, fold.tensor))) continue
    readers.forEach((reader, i) => replaced.set(reader, absorb(current[i] ?? reader, fold)))
    const others = (readersOf.get(fold.source) ?? []).filter(reader => reader !== pad)
    readersOf.set(fold.source, [...others, ...readers])
    removed.add(pad)
    folded.push(fold)
  }
  return { removed, replaced, folded: folded.reverse() }
}

/** The convolution reading the PAD's input, with the PAD's rows and columns on top of its own. */
function absorb(operator: Operator, { source, pads }: FoldedPad): Operator {
  const { attributes, inputs } = operator
  if (attributes.kind !== 'conv2d' && attributes.kind !== 'depthwise_conv2d') {
    throw new Error(`${attributes.kind} cannot absorb padding`)
  }
  const extraPad = sum(attributes.extraPad, pads)
  return {
    ...operator,
    attributes: { ...attributes, extraPad },
    inputs: [source, ...inputs.slice(1)],
  }
}

function sum(a: ExtraPad, b: ExtraPad): ExtraPad {
  return {
    top: a.top + b.top,
    bottom: a.bottom + b.bottom,
    left: a.left + b.left,
    right: a.right + b.right,
  }
}

function readsAsImage({ attributes, inputs }: Operator, tensor: TensorId): boolean {
  const convolution = attributes.kind === 'conv2d' || attributes.kind === 'depthwise_conv2d'
  return convolution && inputs[0] === tensor && inputs.lastIndexOf(tensor) === 0
}

/** What folding a PAD would mean; null when it does something a convolution cannot. */
function foldable(graph: Graph, operator: Operator): FoldedPad | null {
  const { attributes, inputs, outputs } = operator
  if (attributes.kind !== 'pad' && attributes.kind !== 'padv2') return null
  const source = tensorOf(graph, inputs[0] ?? -1)
  const result = tensorOf(graph, outputs[0] ?? -1)
  const from = source.quantization
  const to = result.quantization
  if (source.shape.length !== 4 || from?.scale.length !== 1 || to === null) return null
  if (from.scale[0] !== to.scale[0] || from.zeroPoint[0] !== to.zeroPoint[0]) return null
  if (attributes.kind === 'padv2') {
    const value = constantValues(tensorOf(graph, inputs[2] ?? -1))
    if (value?.[0] !== from.zeroPoint[0]) return null
  }
  const pads = spatialPads(constantValues(tensorOf(graph, inputs[1] ?? -1)))
  return pads === null ? null : { tensor: result.id, source: source.id, pads }
}

/** paddings [4, 2] as rows and columns; null when batch or channels are padded too. */
function spatialPads(values: readonly number[] | null): ExtraPad | null {
  if (values?.length !== 8) return null
  const [n0, n1, top = 0, bottom = 0, left = 0, right = 0, c0, c1] = values
  return [n0, n1, c0, c1].every(value => value === 0) ? { top, bottom, left, right } : null
}
