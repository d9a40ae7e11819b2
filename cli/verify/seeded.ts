// Inputs for comparing hosts when nothing is stored: seeded noise, extremes, ramps.

import { tensorBytes, tensorOf, type Graph, type Tensor } from '../../compiler/graph/graph.ts'
import type { Case } from './host-run.ts'

type Kind = 'uniform' | 'min' | 'max' | 'zero_point' | 'ramp' | 'checker'

/** The first ones say most, as users may ask for fewer. */
const kinds: readonly Kind[] = ['uniform', 'ramp', 'min', 'max', 'zero_point', 'checker']

export const seededCaseCount = 8

/** The same inputs for the same model: `count` cases of the kinds in turn, then more noise. */
export function seededCases(graph: Graph, count = seededCaseCount): readonly Case[] {
  return Array.from({ length: count }, (_, position) => {
    const kind = kinds[position] ?? 'uniform'
    const inference = graph.inputs.map((id, input) => {
      const random = generator(position * 1009 + input + 1)
      return values(graph, tensorOf(graph, id), kind, random)
    })
    return { id: `${kind}-${position}`, inference }
  })
}

/** mulberry32: numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function values(graph: Graph, tensor: Tensor, kind: Kind, random: () => number): Uint8Array {
  const [low, high, zero] = rangeOf(graph, tensor)
  const isFloat = tensor.dtype === 'float32'
  const count = tensorBytes(tensor) / (isFloat ? 4 : 1)
  const value = (i: number): number => {
    switch (kind) {
      case 'uniform':
        return low + random() * (high - low + (isFloat ? 0 : 1))
      case 'min':
        return low
      case 'max':
        return high
      case 'zero_point':
        return zero
      case 'ramp':
        return low + (i % (isFloat ? 257 : 256)) * ((high - low) / 255)
      case 'checker':
        return i % 2 === 0 ? low : high
    }
  }
  if (isFloat)
    return new Uint8Array(Float32Array.from({ length: count }, (_, i) => value(i)).buffer)
  return new Uint8Array(Int8Array.from({ length: count }, (_, i) => Math.floor(value(i))).buffer)
}

/** Lowest and highest value and zero; a float input reaches past what its QUANTIZE can hold. */
function rangeOf(graph: Graph, tensor: Tensor): readonly [number, number, number] {
  if (tensor.dtype !== 'float32') return [-128, 127, tensor.quantization?.zeroPoint[0] ?? 0]
  const reader = graph.operators.find(operator => operator.inputs.includes(tensor.id))
  const to = reader === undefined ? undefined : tensorOf(graph, reader.outputs[0] ?? -1)
  const { scale: [scale = 1] = [], zeroPoint: [zero = 0] = [] } = to?.quantization ?? {}
  return [(-128 - zero - 6) * scale, (127 - zero + 6) * scale, 0]
}
