// Calls of the kernel that looks its results up.

import { constantArg } from '../call.ts'
import { elementwiseCall } from '../elementwise.ts'
import type { KernelCall, OpContext, Strip } from '../op.ts'

/** output[i] = resultOf(input[i]): a value of the output's type for each of the input's 256 values. */
export function lookUpCall(
  context: OpContext,
  resultOf: (x: number) => number,
  strip?: Strip,
): KernelCall {
  const isSigned = context.inputs[0]?.dtype === 'int8'
  const table = Array.from(
    { length: 256 },
    (_, bits) => resultOf(isSigned && bits > 127 ? bits - 256 : bits) & 255,
  )
  const target = { kernel: 'lookup/table', entry: 'lookUp', struct: 'LookUpParams' }
  const call = elementwiseCall(context, target, {}, strip)
  const [input, ...others] = call.args
  return { ...call, args: [input!, constantArg('table', 'u8', table), ...others] }
}
