// Oracles of ADD, MUL, MEAN, QUANTIZE and DEQUANTIZE: one output element at a time, in exact numbers.

import type { OpContext } from '../../kernels/op.ts'
import { boundsOf, clampTo, divideRounded, factorOf, rescale } from './rounding.ts'
import {
  encode,
  inputAt,
  outputInfo,
  positions,
  quantOf,
  valueAt,
  type RawInputs,
  type Values,
} from './tensor.ts'

/** The element of a broadcast operand that belongs to an output position, as in numpy. */
function broadcastAt(operand: Values, position: readonly number[]): number {
  const { shape } = operand.info
  const aligned = position.slice(position.length - shape.length)
  return valueAt(
    operand,
    aligned.map((p, d) => (shape[d] === 1 ? 0 : p)),
  )
}

function elementwise(
  context: OpContext,
  inputs: RawInputs,
  f: (a: number, b: number) => number,
): Uint8Array {
  const [a, b] = [inputAt(context, inputs, 0), inputAt(context, inputs, 1)]
  const y = outputInfo(context)
  return encode(
    y,
    positions(y.shape).map(p => f(broadcastAt(a, p), broadcastAt(b, p))),
  )
}

export function addOracle(context: OpContext<'add'>, inputs: RawInputs): Uint8Array {
  const [a, b] = [0, 1].map(i => quantOf(inputAt(context, inputs, i).info)) as [
    ReturnType<typeof quantOf>,
    ReturnType<typeof quantOf>,
  ]
  const y = quantOf(outputInfo(context))
  const twice = 2 * Math.max(a.scale, b.scale)
  const [fa, fb] = [factorOf(a.scale / twice), factorOf(b.scale / twice)]
  const fy = factorOf(twice / (1048576 * y.scale))
  const [low, high] = boundsOf(context.attributes.activation, y.scale, y.zeroPoint)
  return elementwise(context, inputs, (p, q) => {
    const left = rescale(BigInt(p - a.zeroPoint) * 1048576n, fa)
    const right = rescale(BigInt(q - b.zeroPoint) * 1048576n, fb)
    return clampTo(rescale(left + right, fy) + BigInt(y.zeroPoint), low, high)
  })
}

export function mulOracle(context: OpContext<'mul'>, inputs: RawInputs): Uint8Array {
  const a = quantOf(inputAt(context, inputs, 0).info)
  const b = quantOf(inputAt(context, inputs, 1).info)
  const y = quantOf(outputInfo(context))
  const factor = factorOf((a.scale * b.scale) / y.scale)
  const [low, high] = boundsOf(context.attributes.activation, y.scale, y.zeroPoint)
  return elementwise(context, inputs, (p, q) => {
    const product = BigInt(p - a.zeroPoint) * BigInt(q - b.zeroPoint)
    return clampTo(rescale(product, factor) + BigInt(y.zeroPoint), low, high)
  })
}

export function meanOracle(context: OpContext<'mean'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const { shape } = x.info
  const axes = new Set(
    Array.from(inputAt(context, inputs, 1).data, axis => (axis + shape.length) % shape.length),
  )
  const sums = new Map<string, bigint>()
  for (const p of positions(shape)) {
    const key = p.filter((_, d) => !axes.has(d)).join()
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(valueAt(x, p)))
  }
  const count = shape.reduce((n, extent, d) => (axes.has(d) ? n * extent : n), 1)
  const [qx, qy] = [quantOf(x.info), quantOf(outputInfo(context))]
  const whole = factorOf(qx.scale / qy.scale)
  const log2 = count.toString(2).length - 1
  const taken = Math.min(log2, 32, 31 + whole.shift)
  const factor = {
    multiplier: (whole.multiplier << BigInt(taken)) / BigInt(count),
    shift: whole.shift - taken,
  }
  const values = [...sums.values()].map(sum => {
    const centred = sum - BigInt(qx.zeroPoint) * BigInt(count)
    return clampTo(rescale(centred, factor) + BigInt(qy.zeroPoint), -128, 127)
  })
  return encode(outputInfo(context), values)
}

/** Nearest step of a float32 quotient; NaN is the zero point, infinities saturate. */
function quantizeFloat(real: number, scale: number, zeroPoint: number): number {
  const steps = Math.fround(real / scale)
  if (Number.isNaN(steps)) return zeroPoint
  if (Math.abs(steps) > 1000) return steps > 0 ? 127 : -128
  // A float32 as small as this cannot be near a tie unless it is a whole number of units.
  const unit = 2 ** 60
  const scaled = BigInt(Math.round(steps * unit))
  return clampTo(divideRounded(scaled, BigInt(unit)) + BigInt(zeroPoint), -128, 127)
}

export function quantizeOracle(context: OpContext<'quantize'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const y = outputInfo(context)
  const to = quantOf(y)
  if (x.info.dtype === 'float32') {
    return encode(
      y,
      Array.from(x.data, real => quantizeFloat(real, to.scale, to.zeroPoint)),
    )
  }
  const from = quantOf(x.info)
  const factor = factorOf(from.scale / to.scale)
  const [low, high] = y.dtype === 'uint8' ? [0, 255] : [-128, 127]
  const values = Array.from(x.data, q =>
    clampTo(rescale(BigInt(q - from.zeroPoint), factor) + BigInt(to.zeroPoint), low, high),
  )
  return encode(y, values)
}

/** The product in double, rounded once to float32. */
export function dequantizeOracle(context: OpContext<'dequantize'>, inputs: RawInputs): Uint8Array {
  const x = inputAt(context, inputs, 0)
  const { scale, zeroPoint } = quantOf(x.info)
  const values = Array.from(x.data, q => Math.fround(scale * (q - zeroPoint)))
  return encode(outputInfo(context), values)
}
