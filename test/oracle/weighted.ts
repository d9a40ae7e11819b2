// Oracles of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: one output element at a time.

import type { OpContext } from '../../kernels/op.ts'
import { boundsOf, clampTo, factorOf, rescale, type Factor } from './rounding.ts'
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

type ConvContext = OpContext<'conv2d'> | OpContext<'depthwise_conv2d'>

/** Coordinate of the first tap of output 0: minus the padding in front. */
function firstTap(context: ConvContext, axis: 'H' | 'W', input: number, taps: number): number {
  const a = context.attributes
  const [stride, dilation] = axis === 'H' ? [a.strideH, a.dilationH] : [a.strideW, a.dilationW]
  const { top, bottom, left, right } = a.extraPad
  const [before, after] = axis === 'H' ? [top, bottom] : [left, right]
  if (a.padding === 'valid') return -before
  const padded = before + input + after
  const outputs = Math.ceil(padded / stride)
  const reach = (outputs - 1) * stride + (taps - 1) * dilation + 1
  return -before - Math.floor(Math.max(0, reach - padded) / 2)
}

/** Factor of each output channel; products and quotients are double. */
function factorsOf(context: OpContext, inputs: RawInputs, channels: number): Factor[] {
  const x = quantOf(inputAt(context, inputs, 0).info)
  const { scale } = inputAt(context, inputs, 1).info
  const y = quantOf(outputInfo(context))
  return Array.from({ length: channels }, (_, c) =>
    factorOf((x.scale * scale[scale.length === 1 ? 0 : c]!) / y.scale),
  )
}

function biasOf(context: OpContext, inputs: RawInputs): (channel: number) => number {
  if (!context.inputs[2]) return () => 0
  const { data } = inputAt(context, inputs, 2)
  return channel => data[channel]!
}

/** Sum of the products of one output over all taps; outside the image the input is its zero point. */
function convolve(
  context: ConvContext,
  x: Values,
  [n = 0, oy = 0, ox = 0]: readonly number[],
  taps: readonly [height: number, width: number],
  product: (centred: (channel: number) => number, ky: number, kx: number) => number,
): number {
  const a = context.attributes
  const { zeroPoint } = quantOf(x.info)
  const [, height = 0, width = 0] = x.info.shape
  const y0 = firstTap(context, 'H', height, taps[0]) + oy * a.strideH
  const x0 = firstTap(context, 'W', width, taps[1]) + ox * a.strideW
  return positions(taps).reduce((sum, [ky = 0, kx = 0]) => {
    const [iy, ix] = [y0 + ky * a.dilationH, x0 + kx * a.dilationW]
    const inside = iy >= 0 && iy < height && ix >= 0 && ix < width
    return sum + product(c => (inside ? valueAt(x, [n, iy, ix, c]) - zeroPoint : 0), ky, kx)
  }, 0)
}

function finish(
  context: ConvContext | OpContext<'fully_connected'>,
  sum: number,
  factor: Factor,
): number {
  const y = quantOf(outputInfo(context))
  const [low, high] = boundsOf(context.attributes.activation, y.scale, y.zeroPoint)
  return clampTo(rescale(BigInt(sum), factor) + BigInt(y.zeroPoint), low, high)
}

export function convOracle(context: OpContext<'conv2d'>, inputs: RawInputs): Uint8Array {
  const [x, w] = [inputAt(context, inputs, 0), inputAt(context, inputs, 1)]
  const [outputs = 0, kernelH = 0, kernelW = 0, perGroup = 0] = w.info.shape
  const groups = x.info.shape[3]! / perGroup
  const factors = factorsOf(context, inputs, outputs)
  const bias = biasOf(context, inputs)
  const y = outputInfo(context)
  const values = positions(y.shape).map(position => {
    const o = position[3]!
    const group = Math.floor(o / (outputs / groups))
    const sum = convolve(context, x, position, [kernelH, kernelW], (centred, ky, kx) => {
      let tap = 0
      for (let i = 0; i < perGroup; i++) {
        tap += centred(group * perGroup + i) * valueAt(w, [o, ky, kx, i])
      }
      return tap
    })
    return finish(context, sum + bias(o), factors[o]!)
  })
  return encode(y, values)
}

export function depthwiseOracle(
  context: OpContext<'depthwise_conv2d'>,
  inputs: RawInputs,
): Uint8Array {
  const [x, w] = [inputAt(context, inputs, 0), inputAt(context, inputs, 1)]
  const [, kernelH = 0, kernelW = 0, outputs = 0] = w.info.shape
  const factors = factorsOf(context, inputs, outputs)
  const bias = biasOf(context, inputs)
  const y = outputInfo(context)
  const values = positions(y.shape).map(position => {
    const o = position[3]!
    const channel = Math.floor(o / context.attributes.depthMultiplier)
    const sum = convolve(
      context,
      x,
      position,
      [kernelH, kernelW],
      (centred, ky, kx) => centred(channel) * valueAt(w, [0, ky, kx, o]),
    )
    return finish(context, sum + bias(o), factors[o]!)
  })
  return encode(y, values)
}

/** One weight scale: TFLite multiplies it with the input's in float32. */
export function fullyConnectedOracle(
  context: OpContext<'fully_connected'>,
  inputs: RawInputs,
): Uint8Array {
  const [x, w] = [inputAt(context, inputs, 0), inputAt(context, inputs, 1)]
  const [units = 0, depth = 0] = w.info.shape
  const [qx, qy] = [quantOf(x.info), quantOf(outputInfo(context))]
  const factors =
    w.info.scale.length > 1
      ? factorsOf(context, inputs, units)
      : Array.from({ length: units }, () =>
          factorOf(Math.fround(qx.scale * w.info.scale[0]!) / qy.scale),
        )
  const bias = biasOf(context, inputs)
  const vectors = x.data.length / depth
  const values = positions([vectors, units]).map(([v = 0, unit = 0]) => {
    let sum = bias(unit)
    for (let i = 0; i < depth; i++) {
      const weight = w.data[unit * depth + i]! - (w.info.zeroPoint[0] ?? 0)
      sum += (x.data[v * depth + i]! - qx.zeroPoint) * weight
    }
    return finish(context, sum, factors[unit]!)
  })
  return encode(outputInfo(context), values)
}
