// Random models: some operators on each other's results, some of the tensors handed out.

import type { Graph } from '../../compiler/graph/graph.ts'
import { operators } from './operators.ts'
import { Random } from './random.ts'
import { elements, largestTensor, newState, shapeAt, type State } from './state.ts'

/** A model of about `size` operators; `kind` makes the first one of that kind. */
export function randomGraph(seed: number, size: number, kind?: string): Graph {
  const random = new Random(seed)
  const s = newState(`fuzz_${seed}`, random)
  let added = 0
  for (let attempt = 0; added < size && attempt < 20 * size; attempt++) {
    const name = added === 0 && kind !== undefined ? kind : random.pick(Object.keys(operators))
    if (addOperator(s, name)) added++
  }
  choseOutputs(s)
  return s.builder.graph()
}

/** False when the random operands do not fit, which the builder reports by throwing. */
function addOperator(s: State, name: string): boolean {
  let id: number | null
  try {
    id = operators[name]!(s)
  } catch {
    return false
  }
  if (id === null) return false
  if (elements(shapeAt(s, id)) <= largestTensor) s.values.push(id)
  else s.builder.output(id)
  return true
}

/** The last tensor, and any others: used ones, inputs, one of them twice. */
function choseOutputs(s: State): void {
  const { random: r, builder } = s
  if (s.values.length === 0) operators['input']!(s)
  const chosen = new Set([s.values.at(-1)])
  if (r.chance(0.4)) for (let i = r.int(1, 4); i > 0; i--) chosen.add(r.pick(s.values))
  if (s.floats.length > 0 && r.chance(0.5)) chosen.add(r.pick(s.floats))
  for (const id of r.shuffled([...chosen])) builder.output(id)
}
