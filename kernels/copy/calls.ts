// Calls of the copy kernels, which several operators consist of.

import { inputArg, kernelCall, outputArg, paramsArg, scalarArg } from '../call.ts'
import type { KernelCall } from '../op.ts'
import { mergeLoops, padLoops, type Loop } from '../shape.ts'

/** Loops the strided copy has. */
export const copyLoops = 6

/** Byte by byte, or by words at any address. */
export type CopyVariant = 'reference' | 'dsp'

/** All bytes of input 0, as they are. */
export function copyBytesCall(bytes: number, variant: CopyVariant): KernelCall {
  return kernelCall({
    kernel: `copy/${variant}`,
    entry: 'copyBytes',
    args: [inputArg(0), outputArg(), scalarArg(bytes)],
    counts: { bytes },
  })
}

/** Every byte of the output set to `value`. */
export function fillBytesCall(bytes: number, value: number, variant: CopyVariant): KernelCall {
  return kernelCall({
    kernel: `copy/${variant}`,
    entry: 'fillBytes',
    args: [outputArg(), scalarArg(bytes), scalarArg(value)],
    counts: { filled: bytes },
  })
}

/** Loops over [input, output], strides in bytes; at most `copyLoops` after merging. */
export function copyStridedCall(
  loops: readonly Loop[],
  input: { readonly index: number },
  outputOffset: number,
  variant: CopyVariant,
): KernelCall {
  const walk = padLoops(mergeLoops(loops), copyLoops, 2)
  const { extent, strides } = walk.at(-1)!
  // A single byte may as well be a run of one.
  const isRun = extent === 1 || strides.every(stride => stride === 1)
  const runs = walk.slice(0, -1).reduce((product, loop) => product * loop.extent, 1)
  const fields = (name: string, of: (loop: Loop) => number): [string, number][] =>
    walk.map((loop, i) => [`${name}${i}`, of(loop)])
  return kernelCall({
    kernel: `copy/${variant}`,
    entry: 'copyStrided',
    args: [
      inputArg(input.index),
      outputArg(0, outputOffset),
      paramsArg(
        'CopyStridedParams',
        Object.fromEntries([
          ...fields('extent', l => l.extent),
          ...fields('inputStride', l => l.strides[0]!),
          ...fields('outputStride', l => l.strides[1]!),
        ]),
      ),
    ],
    statics: variant === 'reference' ? {} : { isRun: isRun ? 1 : 0 },
    counts: { [isRun ? 'bytes' : 'apart']: runs * extent, runs },
  })
}
