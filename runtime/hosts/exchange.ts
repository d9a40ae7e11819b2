// The files a harness reads and writes: inferences packed into input.bin, results out of output.bin.

import type { Inference, InferenceResult, CProgram } from './host.ts'
import { HostError } from './host-error.ts'

/** What fills the arena before an inference unless the caller says otherwise. */
export const defaultFill = 0xa5

/** Throws TH6102 or TH6103 when an inference does not have the inputs of the program. */
export function checkInferences(program: CProgram, inferences: readonly Inference[]): void {
  const expected = program.inputs.length
  for (const inference of inferences) {
    if (inference.length !== expected) {
      throw new HostError('TH6102', { expected, actual: inference.length })
    }
    program.inputs.forEach(({ name, bytes }, index) => {
      const actual = inference[index]!.length
      if (actual !== bytes) throw new HostError('TH6103', { index, name, expected: bytes, actual })
    })
  }
}

/** input.bin as runtime/c/harness/run.c reads it: count and fill as u32, then all inputs. */
export function encodeInferences(inferences: readonly Inference[], fill: number): Uint8Array {
  const inputs = inferences.flat()
  const total = inputs.reduce((sum, input) => sum + input.length, 8)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, inferences.length, true)
  view.setUint32(4, fill, true)
  let at = 8
  for (const input of inputs) {
    bytes.set(input, at)
    at += input.length
  }
  return bytes
}

/** output.bin cut into results; throws TH6108 when its length is not what `count` inferences give. */
export function decodeResults(
  program: CProgram,
  bytes: Uint8Array,
  count: number,
  host: string,
): InferenceResult[] {
  const sizes = [...program.trace, ...program.outputs].map(tensor => tensor.bytes)
  const expected = count * sizes.reduce((sum, size) => sum + size, 0)
  if (bytes.length !== expected) {
    throw new HostError('TH6108', { host, expected, actual: bytes.length })
  }
  let at = 0
  const next = (tensor: { readonly bytes: number }): Uint8Array => {
    at += tensor.bytes
    return bytes.slice(at - tensor.bytes, at)
  }
  return Array.from({ length: count }, () => {
    const trace = program.trace.map(next)
    return { outputs: program.outputs.map(next), trace }
  })
}
