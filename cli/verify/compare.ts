// Compares what a host gave with what is expected, tensor by tensor in the order of execution.

import {
  checksum,
  checksumsDiffer,
  firstDifference,
  sameBytes,
  type Difference,
} from './difference.ts'
import type { HostRun } from './host-run.ts'
import type { VisibleTensor } from './tensors.ts'

/** What is known of a tensor's right value. `candidates` may hold the bytes the sum belongs to. */
export type Expectation =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'crc'
      readonly crc: string
      readonly candidates: () => readonly Uint8Array[]
    }
  | { readonly kind: 'none' }

/** Counts are of tensors times cases. */
export interface Comparison {
  readonly compared: number
  /** Of those: with expected bytes rather than a checksum. */
  readonly comparedBytes: number
  /** Of those: PAD results that were rebuilt, as the padding is folded into the next layer. */
  readonly rebuilt: number
  /** Tensors for which nothing is expected. */
  readonly withoutExpectation: number
  readonly differences: number
  /** In the first case with a difference, the earliest tensor in the order of execution. */
  readonly first: Difference | null
}

export function compareHost(
  run: HostRun,
  expected: (tensor: VisibleTensor, position: number) => Expectation,
): Comparison {
  const count = { compared: 0, comparedBytes: 0, rebuilt: 0, withoutExpectation: 0, differences: 0 }
  let first: Difference | null = null
  run.results.forEach((result, position) => {
    const { id, inference } = run.cases[position]!
    for (const visible of run.visible) {
      const expectation = expected(visible, position)
      if (expectation.kind === 'none') {
        count.withoutExpectation++
        continue
      }
      count.compared++
      if (expectation.kind === 'bytes') count.comparedBytes++
      if (visible.kind === 'rebuilt') count.rebuilt++
      const actual = visible.read(inference, result)
      if (isEqual(expectation, actual)) continue
      count.differences++
      first ??= describe(id, visible, expectation, actual)
    }
  })
  return { ...count, first }
}

type Known = Exclude<Expectation, { kind: 'none' }>

function isEqual(expected: Known, actual: Uint8Array): boolean {
  if (expected.kind === 'bytes') return sameBytes(expected.bytes, actual)
  return checksum(actual) === expected.crc
}

function describe(
  id: string,
  { tensor, operator }: VisibleTensor,
  expected: Known,
  actual: Uint8Array,
): Difference {
  const bytes =
    expected.kind === 'bytes'
      ? expected.bytes
      : expected.candidates().find(candidate => checksum(candidate) === expected.crc)
  const fields =
    bytes !== undefined
      ? firstDifference(tensor, bytes, actual)
      : checksumsDiffer(expected.kind === 'crc' ? expected.crc : '', actual)
  return { case: id, operator, tensor: tensor.sourceIndex, name: tensor.name, ...fields }
}
