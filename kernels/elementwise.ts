// What operators of one input and one output of its shape share.

import { inputArg, inputOf, kernelCall, outputArg, outputOf, paramsArg, rowArgs } from './call.ts'
import type { ColumnsOf, KernelCall, OpContext, Strip } from './op.ts'
import { elementBytes, rowLayout } from './shape.ts'
import { cutTensor, sameColumns, type RowPlace } from './strip.ts'

/**
 * A call (input, output, params, rows): the first fields of `params` are rowElements, how many there are
 * to a row, and inputRowElements and outputRowElements, from one row to the next.
 */
export function elementwiseCall(
  context: OpContext,
  target: Pick<KernelCall, 'kernel' | 'entry'> & { readonly struct: string },
  params: Readonly<Record<string, number>>,
  strip?: Strip,
): KernelCall {
  const [x, y] = [inputOf(context, 0), cutTensor(outputOf(context), strip?.output)]
  const { batches, rows, rowElements } = rowLayout(y.shape)
  const plain: RowPlace = { rowElements, offset: 0 }
  const [from, to] = [strip?.inputs[0] ?? plain, strip?.output ?? plain]
  return kernelCall({
    kernel: target.kernel,
    entry: target.entry,
    args: [
      inputArg(0, rows * rowElements * elementBytes(x), from.offset * elementBytes(x)),
      outputArg(rows * rowElements * elementBytes(y), to.offset * elementBytes(y)),
      paramsArg(target.struct, {
        rowElements,
        inputRowElements: from.rowElements,
        outputRowElements: to.rowElements,
        ...params,
      }),
      ...rowArgs([0]),
    ],
    batches,
    outputRows: rows,
    counts: { elements: rows * rowElements, rows },
  })
}

/** The columns of the output are those of the input. */
export function elementwiseColumns(): ColumnsOf {
  return sameColumns
}
