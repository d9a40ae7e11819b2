// Calls of the copy kernels, which several operators consist of.

import { inputArg, kernelCall, outputArg, paramsArg, scalarArg } from '../call.ts'
import type { KernelCall } from '../op.ts'
import { mergeLoops, padLoops, type Loop } from '../shape.ts'

/** Loops the strided copy has. */
export const copyLoops = 6

const kernel = 'copy/reference'

/** All bytes of input 0, as they are. */
export function copyBytesCall(bytes: number): KernelCall {
  return kernelCall({
    kernel,
    entry: 'copyBytes',
    args: [inputArg(0), outputArg(), scalarArg(bytes)],
  })
}

/** Every byte of the output set to `value`. */
export function fillBytesCall(bytes: number, value: number): KernelCall {
  return kernelCall({
    kernel,
    entry: 'fillBytes',
    args: [outputArg(), scalarArg(bytes), scalarArg(value)],
  })
}

/** Loops over [input, output], strides in bytes; at most `copyLoops` after merging. */
export function copyStridedCall(
  loops: readonly Loop[],
  input: { readonly index: number },
  outputOffset: number,
): KernelCall {
  const walk = padLoops(mergeLoops(loops), copyLoops, 2)
  const fields = (name: string, of: (loop: Loop) => number): [string, number][] =>
    walk.map((loop, i) => [`${name}${i}`, of(loop)])
  return kernelCall({
    kernel,
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
  })
}
