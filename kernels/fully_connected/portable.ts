// FULLY_CONNECTED without SIMD: packed weights, constants and the call.

import { constantArg, inputArg, kernelCall, outputArg, paramsArg, weightsArg } from '../call.ts'
import type { KernelCall } from '../op.ts'
import { foldedBias, formStatics, portableForms, type Product } from '../pairs/forms.ts'
import type { FullyConnected } from './layer.ts'

/** Units to a word of weights. */
const block = 4

/** See `fullyConnected` in portable.kernel.ts. `isZero`: a unit whose weights are taken as 0. */
function packUnits(f: FullyConnected, isZero: (unit: number) => boolean): Int8Array {
  const blocks = Math.ceil(f.units / block)
  const packed = new Int8Array(blocks * f.depth * block)
  for (let at = 0; at < packed.length; at++) {
    const unit = block * Math.floor(at / block / f.depth) + (at % block)
    const i = Math.floor(at / block) % f.depth
    const weight = unit >= f.units || isZero(unit) ? 0 : f.weights[unit * f.depth + i]!
    packed[at] = at % block === block - 1 ? weight : weight + 128
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
    counts: { vectors: 1, elements: depth, products: Math.ceil(units / block) * depth, units },
  })
}
