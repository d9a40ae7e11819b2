// FULLY_CONNECTED without SIMD: packed weights, constants and the call.

import { constantArg, inputArg, kernelCall, outputArg, paramsArg, weightsArg } from '../call.ts'
import type { KernelCall } from '../op.ts'
import { foldedBias, formStatics, portableForms, type Product } from '../pairs/forms.ts'
import type { FullyConnected } from './layer.ts'

/** Units to a word of weights. */
const wordUnits = 4

/** Units that a block begins with: 8, or 4 where no more are left. */
function blockUnits(unit: number, units: number): number {
  return units - (unit - (unit % 8)) > 4 ? 8 : 4
}

/** See `fullyConnected` in portable.kernel.ts. `isZero`: a unit whose weights are taken as 0. */
function packUnits(f: FullyConnected, isZero: (unit: number) => boolean): Int8Array {
  const { depth, units } = f
  const packed = new Int8Array(Math.ceil(units / wordUnits) * wordUnits * depth)
  for (let unit = 0; unit < packed.length / depth; unit++) {
    const block = blockUnits(unit, units)
    const bias = unit % wordUnits === wordUnits - 1 ? 0 : 128
    for (let i = 0; i < depth; i++) {
      const weight = unit >= units || isZero(unit) ? 0 : f.weights[unit * depth + i]!
      packed[(unit - (unit % 8)) * depth + i * block + (unit % 8)] = weight + bias
    }
  }
  return packed
}

export function portableCall(f: FullyConnected): KernelCall {
  const { vectors, depth, units, weights, bias, inputZeroPoint } = f
  const product: Product = { channels: units, depth, weights, bias, inputZeroPoint }
  const forms = portableForms(product, f)
  const { channels } = forms
  const table = channels.flatMap((channel, unit) => [
    foldedBias(product, unit, channel),
    ...channel.constants,
  ])
  return kernelCall({
    kernel: 'fully_connected/portable',
    entry: 'fullyConnected',
    args: [
      inputArg(0, depth),
      weightsArg(packUnits(f, unit => channels[unit]!.isConstant)),
      constantArg('table', 'i32', table),
      outputArg(units),
      paramsArg('PortableFullyConnectedParams', {
        depth,
        units,
        activationMin: f.activation.min,
        activationMax: f.activation.max,
      }),
    ],
    statics: formStatics(forms),
    batches: vectors,
    macs: vectors * depth * units,
    counts: { vectors: 1, elements: depth, products: Math.ceil(units / wordUnits) * depth, units },
  })
}
