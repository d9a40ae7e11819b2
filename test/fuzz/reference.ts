// Runs a whole model on the oracles, operator by operator.

import { tensorBytes, tensorOf, type Graph, type TensorId } from '../../compiler/graph/graph.ts'
import { contextOf } from '../../compiler/graph/context.ts'
import type { TensorInfo } from '../../kernels/op.ts'
import { evaluate } from '../oracle/index.ts'
import type { Random } from './random.ts'

/** Random bytes for each input; floats around the range int8 scales cover, and the odd ones. */
export function randomInputs(graph: Graph, random: Random): Uint8Array[] {
  return graph.inputs.map(id => {
    const tensor = tensorOf(graph, id)
    if (tensor.dtype !== 'float32') {
      const fill = random.pick(['random', 'random', 'random', 'min', 'max', 'ends'])
      return Uint8Array.from({ length: tensorBytes(tensor) }, () => {
        if (fill === 'random') return random.int(0, 255)
        return fill === 'min' || (fill === 'ends' && random.chance(0.5)) ? 0x80 : 0x7f
      })
    }
    const odd = [0, -0, 1e30, -1e30, 0.5, -0.5, 1e-40]
    const spread = random.logarithmic(0.01, 100)
    const values = Float32Array.from({ length: tensorBytes(tensor) / 4 }, () =>
      random.chance(0.1) ? random.pick(odd) : (random.unit() - 0.5) * spread,
    )
    return new Uint8Array(values.buffer)
  })
}

/** Bytes of every tensor of the model, by id. */
export function evaluateGraph(
  graph: Graph,
  inputs: readonly Uint8Array[],
): Map<TensorId, Uint8Array> {
  const values = new Map<TensorId, Uint8Array>()
  for (const { id, data } of graph.tensors) if (data !== null) values.set(id, data)
  graph.inputs.forEach((id, i) => values.set(id, inputs[i]!))
  for (const operator of graph.operators) {
    const context = contextOf(graph, operator)
    const operands = operator.inputs.map(id => (id === -1 ? null : values.get(id)!))
    const narrow = context.inputs.map((info, i) => narrowed(info, operands[i] ?? null))
    values.set(
      operator.outputs[0]!,
      evaluate(
        { ...context, inputs: narrow.map(n => n.info) },
        narrow.map(n => n.bytes),
      ),
    )
  }
  return values
}

/** The oracles know int32 lists of axes and sizes only. */
function narrowed(
  info: TensorInfo | null,
  bytes: Uint8Array | null,
): { info: TensorInfo | null; bytes: Uint8Array | null } {
  if (info?.dtype !== 'int64' || bytes === null) return { info, bytes }
  const wide = new BigInt64Array(bytes.slice().buffer)
  const narrow = new Uint8Array(Int32Array.from(wide, Number).buffer)
  return { info: { ...info, dtype: 'int32', data: narrow }, bytes: narrow }
}
