// What a random model under construction consists of, and the operands its operators are given.

import { GraphBuilder, type Quant } from '../../compiler/graph/build.ts'
import { tensorOf, type Tensor, type TensorId } from '../../compiler/graph/graph.ts'
import type { Random } from './random.ts'

export interface State {
  readonly random: Random
  readonly builder: GraphBuilder
  /** int8 tensors computed so far, inputs among them. */
  readonly values: TensorId[]
  /** float32 tensors computed so far. */
  readonly floats: TensorId[]
}

/** Keeps the exact and slow oracles quick. */
export const largestTensor = 1500

export function newState(name: string, random: Random): State {
  return { random, builder: new GraphBuilder(name), values: [], floats: [] }
}

export function tensorAt(s: State, id: TensorId): Tensor {
  return tensorOf(s.builder.graph(), id)
}

export function shapeAt(s: State, id: TensorId): readonly number[] {
  return tensorAt(s, id).shape
}

export function scaleAt(s: State, id: TensorId): number {
  return tensorAt(s, id).quantization?.scale[0] ?? 1
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}

export function randomZeroPoint(r: Random): number {
  return r.chance(0.3) ? r.pick([-128, 127, 0]) : r.int(-128, 127)
}

export function randomScale(r: Random): number {
  return r.chance(0.15) ? r.logarithmic(1e-6, 1e3) : r.logarithmic(0.004, 0.5)
}

export function randomQuant(r: Random): Quant {
  return { scale: randomScale(r), zeroPoint: randomZeroPoint(r) }
}

/** A factor from accumulator to output; now and then one that needs a left shift, or is next to nothing. */
export function randomFactor(r: Random, taps: number): number {
  if (r.chance(0.06)) return r.logarithmic(2 ** -45, 2 ** -25)
  if (r.chance(0.06)) return r.logarithmic(1, 2 ** 20)
  return r.logarithmic(0.1, 4) / (50 * Math.sqrt(taps))
}

/** Quantisation of an output that a factor of that kind leads to from `scale`. */
export function outputQuant(r: Random, scale: number, taps = 1): Quant {
  return { scale: scale / randomFactor(r, taps), zeroPoint: randomZeroPoint(r) }
}

export function randomExtent(r: Random): number {
  return r.chance(0.2) ? 1 : r.int(1, r.chance(0.1) ? 17 : 6)
}

export function randomShape(r: Random, rank: number): number[] {
  for (;;) {
    const shape = r.list(rank, () => randomExtent(r))
    if (elements(shape) <= largestTensor / 2) return shape
  }
}

export function newInput(s: State, rank: number, quant = randomQuant(s.random)): TensorId {
  const id = s.builder.input(randomShape(s.random, rank), quant)
  s.values.push(id)
  return id
}

/** A tensor there is already, or a new input, or now and then a constant. */
export function anyValue(s: State): TensorId {
  const { random: r, values } = s
  if (r.chance(0.04)) return newConstant(s, randomShape(r, r.int(0, 5)), randomQuant(r))
  // Recent tensors make deep graphs, old ones long lives.
  if (values.length > 0 && r.chance(0.9)) {
    return r.chance(0.6) ? values[values.length - 1]! : r.pick(values)
  }
  return newInput(s, r.pick([1, 2, 3, 4, 4, 4, 5, 6]))
}

/** As `anyValue`, with four dimensions. */
export function anyImage(s: State): TensorId {
  const { random: r } = s
  if (r.chance(0.04)) return newConstant(s, randomShape(r, 4), randomQuant(r))
  const images = s.values.filter(id => shapeAt(s, id).length === 4)
  if (images.length > 0 && r.chance(0.9)) return r.chance(0.5) ? images.at(-1) : r.pick(images)
  return newInput(s, 4)
}

/** A constant of the same kind as values: int8 with one scale. */
export function newConstant(s: State, shape: readonly number[], quant: Quant): TensorId {
  const { random: r } = s
  return s.builder.tensor({
    shape,
    values: r.list(elements(shape), () => r.int(-128, 127)),
    quantization: {
      scale: [Math.fround(quant.scale as number)],
      zeroPoint: [quant.zeroPoint as number],
      axis: 0,
    },
    name: `constant_${r.int(0, 9999)}`,
  })
}
