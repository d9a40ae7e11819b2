// Inputs of kernel tests: the same seeded noise and extremes every time.

import type { OpContext, TensorInfo } from '../../kernels/op.ts'
import { elementBytes, elementCount } from '../../kernels/shape.ts'
import type { Inference } from '../../runtime/hosts/host.ts'
import { generator } from '../verify/seeded.ts'

export const fills = ['random', 'min', 'max', 'alternating', 'random again'] as const

export type Fill = (typeof fills)[number]

/** Bytes of the inputs of a case that are not constant. */
export function caseInputs(context: OpContext, fill: Fill): Inference {
  const seed = fill === 'random again' ? 2 : 1
  const [output] = context.outputs
  return context.inputs
    .filter(info => info !== null)
    .filter(({ data }) => data === null)
    .map((info, i) => bytesOf(info, output, fill, generator(seed * 1000 + i)))
}

function bytesOf(
  info: TensorInfo,
  output: TensorInfo | undefined,
  fill: Fill,
  random: () => number,
): Uint8Array {
  if (info.dtype === 'float32') return floats(info, output, fill, random)
  return Uint8Array.from({ length: elementCount(info.shape) * elementBytes(info) }, (_, i) => {
    if (fill === 'min') return 0x80
    if (fill === 'max') return 0x7f
    if (fill === 'alternating') return i % 2 === 0 ? 0x80 : 0x7f
    return Math.floor(random() * 256)
  })
}

/** float32 values about the range that the int8 output covers, ties and special values among them. */
function floats(
  info: TensorInfo,
  output: TensorInfo | undefined,
  fill: Fill,
  random: () => number,
): Uint8Array {
  const [scale = 1, zeroPoint = 0] = [output?.scale[0], output?.zeroPoint[0]]
  const special = [0, -0, NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45]
  const values = Float32Array.from({ length: elementCount(info.shape) }, (_, i) => {
    if (fill === 'min') return -1e9
    if (fill === 'max') return 1e9
    if (fill === 'alternating') return special[i % special.length]!
    const steps = Math.floor(random() * 300) - 150 - zeroPoint
    return (i % 3 === 0 ? steps + 0.5 : steps + random()) * scale
  })
  return new Uint8Array(values.buffer)
}
