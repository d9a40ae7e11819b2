// Oracles of the operators that only move elements: for each output position, where it comes from.

import type { OpContext } from '../../kernels/op.ts'
import { encode, inputAt, outputInfo, positions, valueAt, type RawInputs } from './tensor.ts'

export function padOracle(context: OpContext<'pad' | 'padv2'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const paddings = inputAt(context, inputs, 1).data
  const y = outputInfo(context)
  const value =
    context.attributes.kind === 'pad' ? y.zeroPoint[0]! : inputAt(context, inputs, 2).data[0]!
  const values = positions(y.shape).map(position => {
    const source = position.map((p, d) => p - paddings[2 * d]!)
    const inside = source.every((p, d) => p >= 0 && p < x.info.shape[d]!)
    return inside ? valueAt(x, source) : value
  })
  return encode(y, values)
}

export function concatenationOracle(
  context: OpContext<'concatenation'>,
  inputs: RawInputs,
): Uint8Array {
  const y = outputInfo(context)
  const { axis } = context.attributes
  const parts = inputs.map((_, i) => inputAt(context, inputs, i))
  const values = positions(y.shape).map(position => {
    let along = position[axis]!
    for (const part of parts) {
      const extent = part.info.shape[axis]!
      if (along < extent) return valueAt(part, position.with(axis, along))
      along -= extent
    }
    throw new Error('beyond the last input')
  })
  return encode(y, values)
}

export function reshapeOracle(context: OpContext<'reshape'>, inputs: RawInputs): Uint8Array {
  return encode(outputInfo(context), Array.from(inputAt(context, inputs, 0).data))
}

export function transposeOracle(context: OpContext<'transpose'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const permutation = Array.from(inputAt(context, inputs, 1).data)
  const y = outputInfo(context)
  const values = positions(y.shape).map(position => {
    const source: number[] = []
    permutation.forEach((dimension, d) => (source[dimension] = position[d]!))
    return valueAt(x, source)
  })
  return encode(y, values)
}

/** A float32 sum and product, as TFLite computes positions. */
function nearest(
  i: number,
  input: number,
  output: number,
  { alignCorners, halfPixelCenters }: OpContext<'resize_nearest_neighbor'>['attributes'],
): number {
  const f = Math.fround
  const scale = alignCorners && output > 1 ? f((input - 1) / (output - 1)) : f(input / output)
  const position = f(f(i + (halfPixelCenters ? 0.5 : 0)) * scale)
  // Positions are not negative, so ties away from zero are ties upwards.
  const chosen = alignCorners ? Math.round(position) : Math.floor(position)
  return Math.min(Math.max(chosen, 0), input - 1)
}

export function resizeNearestOracle(
  context: OpContext<'resize_nearest_neighbor'>,
  inputs: RawInputs,
): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const y = outputInfo(context)
  const values = positions(y.shape).map(([n = 0, h = 0, w = 0, c = 0]) =>
    valueAt(x, [
      n,
      nearest(h, x.info.shape[1]!, y.shape[1]!, context.attributes),
      nearest(w, x.info.shape[2]!, y.shape[2]!, context.attributes),
      c,
    ]),
  )
  return encode(y, values)
}
