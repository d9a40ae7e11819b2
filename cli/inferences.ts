// Raw tensors as users store them: concatenated in the model's order, inference after inference.

import type { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import type { Inference, InferenceResult, Program } from '../runtime/hosts/host.ts'

/** Cuts a file into inferences. Null after TH6015. */
export function splitInferences(
  bytes: Uint8Array,
  program: Program,
  file: string,
  bag: DiagnosticBag,
): readonly Inference[] | null {
  const expected = program.inputs.reduce((sum, input) => sum + input.bytes, 0)
  if (bytes.length === 0 || bytes.length % expected !== 0) {
    const inputs = program.inputs
      .map(
        ({ name, dtype, shape, bytes }) => `${name}: ${dtype} ${shape.join('x')}, ${bytes} bytes`,
      )
      .join('; ')
    bag.add('TH6015', { kind: 'file', file }, { actual: bytes.length, expected, inputs })
    return null
  }
  let at = 0
  return Array.from({ length: bytes.length / expected }, () =>
    program.inputs.map(input => {
      at += input.bytes
      return bytes.slice(at - input.bytes, at)
    }),
  )
}

/** All outputs of all inferences, one after another. */
export function joinOutputs(results: readonly InferenceResult[]): Uint8Array {
  return new Uint8Array(Buffer.concat(results.flatMap(result => result.outputs)))
}
