// Every kernel variant on every case against the independent oracles, in checked JavaScript.

import t from 'tap'
import { activationTensor, int32Constant, int8Constant } from '../../kernels/case-builder.ts'
import {
  optimizeLevels,
  type KernelCall,
  type OpContext,
  type OpDefinition,
  type Optimize,
} from '../../kernels/op.ts'
import { opDefinition, operators } from '../../kernels/registry.ts'
import { resizeBilinearCase } from '../../kernels/resize_bilinear/cases.ts'
import { evaluate } from '../oracle/index.ts'
import { runCalls, wholeVariants } from './checked-calls.ts'
import { fills, inputBytes } from './inputs.ts'

// All variants, on a busy machine.
t.setTimeout(600_000)

type Variant = OpDefinition['variants'][number]

interface Level {
  readonly optimize: Optimize
  readonly calls: readonly KernelCall[]
}

/** The levels at which a variant is taken; those that come to the same calls once. */
function levels({ suits, lower }: Variant, context: OpContext): readonly Level[] {
  const taken = optimizeLevels.filter(optimize => suits?.(context, optimize) ?? true)
  const all = taken.map(optimize => ({ optimize, calls: lower(context, undefined, optimize) }))
  const forms = all.map(({ calls }) => JSON.stringify(calls))
  return all.filter((_, index) => forms.indexOf(forms[index] ?? '') === index)
}

for (const definition of Object.values(operators) as OpDefinition[]) {
  const { kind, cases, problem } = definition
  t.test(`${kind}: every case equals the oracle, byte for byte`, async t => {
    cases.forEach(({ name, context }, index) => {
      if (problem(context) !== null) t.fail(`${name}: the kernels cannot compute it`)
      const failed = fills.flatMap(fill => {
        const inputs = inputBytes(context, fill, index + 1)
        const expected = evaluate(context, inputs)
        return wholeVariants(definition, context)
          .flatMap(variant => levels(variant, context).map(level => ({ variant, ...level })))
          .filter(({ calls }) => Buffer.compare(runCalls(calls, context, inputs), expected) !== 0)
          .map(({ variant, optimize }) => `${variant.name} for ${optimize}, ${fill}`)
      })
      t.same(failed, [], name)
    })
  })
}

/** Elements of the output of the reference kernel. */
function outputOf(context: OpContext, inputs: readonly (Uint8Array | null)[]): number[] {
  const definition: OpDefinition = opDefinition(context.attributes.kind)
  const bytes = runCalls(definition.variants.at(-1)!.lower(context), context, inputs)
  return Array.from(new Int8Array(bytes.slice().buffer))
}

// tensorflow/lite/micro/kernels/resize_bilinear_test.cc: HorizontalResizeInt8, VerticalResizeInt8,
// TwoDimensionalResizeInt8.
const resized = [
  { from: [1, 2], to: [1, 3], input: [3, 6], output: [3, 5, 6] },
  { from: [2, 1], to: [3, 1], input: [3, 9], output: [3, 7, 9] },
  { from: [2, 2], to: [3, 3], input: [3, 6, 9, 12], output: [3, 5, 6, 7, 9, 10, 9, 11, 12] },
] as const

t.test("RESIZE_BILINEAR gives the figures of TensorFlow Lite Micro's own test", async t => {
  for (const { from, to, input, output } of resized) {
    const { context } = resizeBilinearCase('', [1, ...from, 1], to)
    t.same(outputOf(context, [Uint8Array.from(input), context.inputs[1]!.data]), output)
  }
})

// tensorflow/lite/kernels/transpose_conv_test.cc: SimpleTest, 1 to 16 by a kernel of 1 to 9.
const scattered = [
  29, 62, 83, 75, 99, 192, 237, 198, 207, 372, 417, 330, 263, 446, 485, 365,
] as const

t.test("TRANSPOSE_CONV gives the sums of TensorFlow Lite's own test", async t => {
  const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
  // A factor of 1; the two biases bring all the sums into the range of int8.
  for (const bias of [-128, -378]) {
    const context: OpContext<'transpose_conv'> = {
      attributes: { kind: 'transpose_conv', padding: 'same', strideH: 1, strideW: 1 },
      inputs: [
        int32Constant([4], [1, 4, 4, 1]),
        int8Constant([1, 3, 3, 1], counted(9), [1]),
        activationTensor([1, 4, 4, 1], 1, 0),
        int32Constant([1], [bias]),
      ],
      outputs: [activationTensor([1, 4, 4, 1], 1, 0)],
    }
    const inputs = context.inputs.map(info => info?.data ?? Uint8Array.from(counted(16)))
    const expected = scattered.map(sum => Math.max(-128, Math.min(127, sum + bias)))
    t.same(outputOf(context, inputs), expected)
  }
})
