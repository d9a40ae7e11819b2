// Input bytes for kernel tests: seeded values, and the extremes.

import type { OpContext, TensorInfo } from '../../kernels/op.ts'
import { bytesOf } from './checked-calls.ts'

/** mulberry32: a small seeded generator of numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Fill = 'random' | 'min' | 'max' | 'alternating'

export const fills: readonly Fill[] = ['random', 'min', 'max', 'alternating']

/** float32 values about the range an int8 output covers, some beyond it and some exactly on ties. */
function floats(
  info: TensorInfo,
  output: TensorInfo,
  fill: Fill,
  random: () => number,
): Uint8Array {
  const [scale = 1, zeroPoint = 0] = [output.scale[0], output.zeroPoint[0]]
  const count = bytesOf(info) / 4
  const special = [0, -0, NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45]
  const values = Float32Array.from({ length: count }, (_, i) => {
    if (fill === 'min') return -1e9
    if (fill === 'max') return 1e9
    if (fill === 'alternating') return special[i % special.length]!
    const steps = Math.floor(random() * 300) - 150 - zeroPoint
    return (i % 3 === 0 ? steps + 0.5 : steps + random()) * scale
  })
  return new Uint8Array(values.buffer)
}

function bytesFor(info: TensorInfo, output: TensorInfo, fill: Fill, random: () => number) {
  if (info.data !== null) return info.data
  if (info.dtype === 'float32') return floats(info, output, fill, random)
  return Uint8Array.from({ length: bytesOf(info) }, (_, i) => {
    if (fill === 'min') return 0x80
    if (fill === 'max') return 0x7f
    if (fill === 'alternating') return i % 2 === 0 ? 0x80 : 0x7f
    return Math.floor(random() * 256)
  })
}

/** Bytes of every input of an operator: constants as they are, the others filled. */
export function inputBytes(context: OpContext, fill: Fill, seed: number): (Uint8Array | null)[] {
  const random = randomNumbers(seed)
  const output = context.outputs[0]!
  return context.inputs.map(info => (info === null ? null : bytesFor(info, output, fill, random)))
}
