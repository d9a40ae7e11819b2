// What operators of one input and one output of its shape share.

import { inputArg, inputOf, kernelCall, outputArg, outputOf, paramsArg, rowArgs } from './call.ts'
import type { KernelCall, OpContext } from './op.ts'
import { elementBytes, rowLayout } from './shape.ts'

/** A call (input, output, params, rows): `params` is completed with rowElements, its first field. */
export function elementwiseCall(
  context: OpContext,
  target: Pick<KernelCall, 'kernel' | 'entry'> & { readonly struct: string },
  params: Readonly<Record<string, number>>,
): KernelCall {
  const [x, y] = [inputOf(context, 0), outputOf(context)]
  const { batches, rows, rowElements } = rowLayout(y.shape)
  return kernelCall({
    kernel: target.kernel,
    entry: target.entry,
    args: [
      inputArg(0, rows * rowElements * elementBytes(x)),
      outputArg(rows * rowElements * elementBytes(y)),
      paramsArg(target.struct, { rowElements, ...params }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: rows,
  })
}
