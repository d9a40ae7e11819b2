// Checks that a graph holds together: ids, data, order, single writers, shapes. For use after each pass.

import type { DiagnosticBag } from '../diagnostics/bag.ts'
import type { Location } from '../diagnostics/location.ts'
import { tensorBytes, type Graph, type Tensor, type TensorId } from './graph.ts'
import { operatorLocation } from './locate.ts'
import type { Operator } from './operator.ts'
import { inferShape, type Operand } from './shape.ts'

/** Adds TH305x for everything wrong with the structure of `graph`; true when there is nothing. */
export function verifyGraph(graph: Graph, bag: DiagnosticBag): boolean {
  const before = bag.errors.length
  const file: Location = { kind: 'file', file: graph.file }
  graph.tensors.forEach((tensor, index) => {
    const reason = faultOf(tensor, index)
    if (reason !== null) bag.add('TH3051', file, { index, reason })
  })
  const known = new Set<TensorId>()
  graph.tensors.forEach(({ data }, id) => data !== null && known.add(id))
  graph.inputs.forEach((id, position) => {
    if (!exists(graph, id)) missing(graph, bag, file, `input ${position} of the graph`, id)
    else if (known.has(id)) bag.add('TH3054', file, { index: id })
    known.add(id)
  })
  for (const operator of graph.operators) verifyOperator(graph, operator, known, bag)
  graph.outputs.forEach((id, position) => {
    if (!exists(graph, id)) missing(graph, bag, file, `output ${position} of the graph`, id)
    else if (!known.has(id)) bag.add('TH3056', file, { position, index: id })
  })
  verifyFolded(graph, known, bag)
  return bag.errors.length === before
}

function exists(graph: Graph, id: TensorId): boolean {
  return graph.tensors[id] !== undefined
}

function missing(
  graph: Graph,
  bag: DiagnosticBag,
  location: Location,
  role: string,
  index: number,
): void {
  bag.add('TH3052', location, { role, index, count: graph.tensors.length })
}

function faultOf(tensor: Tensor, index: number): string | null {
  const { shape, data, quantization } = tensor
  if (tensor.id !== index) return `its id is ${tensor.id}`
  if (shape.some(dim => !Number.isInteger(dim) || dim < 1))
    return `its shape is [${shape.join(', ')}]`
  if (data !== null && data.length !== tensorBytes(tensor)) {
    return `it needs ${tensorBytes(tensor)} bytes and has ${data.length}`
  }
  if (quantization === null) return null
  const { scale, zeroPoint, axis } = quantization
  if (scale.length !== zeroPoint.length) {
    return `it has ${scale.length} scales and ${zeroPoint.length} zero points`
  }
  if (scale.length !== 1 && scale.length !== shape[axis]) {
    return `it has ${scale.length} scales along dimension ${axis}`
  }
  return null
}

function verifyOperator(
  graph: Graph,
  operator: Operator,
  known: Set<TensorId>,
  bag: DiagnosticBag,
): void {
  const location = operatorLocation(graph, operator)
  operator.inputs.forEach((id, position) => {
    if (id === -1) return
    if (!exists(graph, id)) missing(graph, bag, location, `input ${position}`, id)
    else if (!known.has(id)) bag.add('TH3053', location, { position, index: id })
  })
  operator.outputs.forEach((id, position) => {
    if (!exists(graph, id)) missing(graph, bag, location, `output ${position}`, id)
    else if (known.has(id)) bag.add('TH3054', location, { index: id })
    known.add(id)
  })
  const reason = shapeFault(graph, operator)
  if (reason !== null) bag.add('TH3055', location, { reason })
}

function shapeFault(graph: Graph, { attributes, inputs, outputs }: Operator): string | null {
  const operands: (Operand | null)[] = inputs.map(id => graph.tensors[id] ?? null)
  if (operands.some((operand, i) => operand === null && inputs[i] !== -1)) return null
  if (outputs.length !== 1) return `${outputs.length} outputs where one is expected`
  const declared = graph.tensors[outputs[0] ?? -1]?.shape
  if (declared === undefined) return null
  const result = inferShape(attributes, operands, declared)
  if (result.kind === 'misfit') return result.reason
  const [stated, inferred] = [declared.join(', '), result.shape.join(', ')]
  return stated === inferred ? null : `the output is [${stated}], the inputs make it [${inferred}]`
}

/** Folded tensors are rebuilt in order, so each source has to exist by then; no operator has them. */
function verifyFolded(graph: Graph, known: ReadonlySet<TensorId>, bag: DiagnosticBag): void {
  const rebuilt = new Set(known)
  graph.folded?.forEach(({ tensor, source, pads }, position) => {
    const wrong = (reason: string): void => {
      bag.add('TH3057', { kind: 'file', file: graph.file }, { position, reason })
    }
    const [from, to] = [graph.tensors[source]?.shape, graph.tensors[tensor]?.shape]
    if (from === undefined || to === undefined) wrong('a tensor does not exist')
    else if (rebuilt.has(tensor)) wrong(`tensor ${tensor} is computed as well`)
    else if (!rebuilt.has(source)) wrong(`tensor ${source} does not exist yet`)
    else if (
      to[1] !== (from[1] ?? 0) + pads.top + pads.bottom ||
      to[2] !== (from[2] ?? 0) + pads.left + pads.right
    ) {
      wrong(`[${from.join(', ')}] does not become [${to.join(', ')}]`)
    }
    rebuilt.add(tensor)
  })
}
