// Kernels on ranges of rows in rings: the same bytes as layer by layer, reading only declared rows.

import t from 'tap'
import type { KernelCall, OpContext, OpDefinition, TensorInfo } from '../../kernels/op.ts'
import { operators } from '../../kernels/registry.ts'
import {
  bufferOf,
  bytesOf,
  runBatch,
  runCalls,
  wholeVariants,
  writeBytes,
  type TensorBytes,
} from './checked-calls.ts'
import { inputBytes } from './inputs.ts'

// All variants, on a busy machine.
t.setTimeout(600_000)

type Variant = OpDefinition['variants'][number]

/** Whether it makes output rows one by one at all. */
function hasRows(variant: Variant): boolean {
  return variant.rows !== null && !(variant.accumulates ?? false)
}

interface Image {
  readonly rows: number
  readonly rowBytes: number
}

function imageOf(info: TensorInfo): Image {
  const [images, rows] = info.shape.length === 4 ? [info.shape[0]!, info.shape[1]!] : [1, 1]
  return { rows, rowBytes: bytesOf(info) / (images * rows) }
}

/** Whether all calls make output rows one by one. */
function isStreamable(context: OpContext, calls: readonly KernelCall[]): boolean {
  const y = context.outputs[0]!
  const { rows } = imageOf(y)
  if (y.shape.length !== 4) return false
  return calls.every(
    call => call.outputRows === rows && call.args.some(arg => arg.kind === 'rowEnd'),
  )
}

interface Ring {
  readonly buffer: TensorBytes
  readonly height: number
}

/** A ring that holds nothing but rows [begin, end) of an image. */
function ringWith(bytes: Uint8Array, image: Image, begin: number, end: number): Ring {
  const height = Math.max(1, end - begin)
  const buffer = bufferOf(height * image.rowBytes)
  for (let row = begin; row < end; row++) {
    const source = bytes.subarray(row * image.rowBytes, (row + 1) * image.rowBytes)
    writeBytes(buffer, (row % height) * image.rowBytes, source)
  }
  return { buffer, height }
}

/** Rows [begin, end) of batch `batch`, from rings no higher than the declared windows. */
function computeRows(
  { lower, rows }: Variant,
  context: OpContext,
  inputs: readonly (Uint8Array | null)[],
  batch: number,
  range: { readonly begin: number; readonly end: number },
): Uint8Array {
  const calls = lower(context)
  const y = imageOf(context.outputs[0]!)
  const height = range.end - range.begin
  const ring = bufferOf(height * y.rowBytes)
  for (const call of calls) {
    const rings = context.inputs.map((info, index): Ring | null => {
      const bytes = inputs[index]
      const arg = call.args.find(a => a.kind === 'input' && a.index === index)
      if (info === null || !bytes || arg?.kind !== 'input') return null
      const image = imageOf(info)
      const start = arg.batchStride * batch
      const windows = Array.from({ length: height }, (_, i) =>
        rows!(context, index, range.begin + i),
      ).filter(window => window.end > window.begin)
      const begin = Math.min(...windows.map(w => w.begin), image.rows)
      const end = Math.max(...windows.map(w => w.end), begin)
      return ringWith(bytes.subarray(start, start + image.rows * image.rowBytes), image, begin, end)
    })
    runBatch(
      call,
      rings.map(r => r?.buffer ?? null),
      ring,
      {
        ...range,
        inputRings: rings.map(r => r?.height ?? 1),
        outputRing: height,
      },
    )
  }
  return Uint8Array.from({ length: height * y.rowBytes }, (_, i) => {
    const row = range.begin + Math.floor(i / y.rowBytes)
    return ring.memory.bytes[(row % height) * y.rowBytes + (i % y.rowBytes)]!
  })
}

/** Row ranges of a streamable variant on a case whose rows differ from those of the whole. */
function differences(
  variant: Variant,
  context: OpContext,
  inputs: readonly (Uint8Array | null)[],
): readonly string[] {
  const calls = variant.lower(context)
  const whole = runCalls(calls, context, inputs)
  const y = imageOf(context.outputs[0]!)
  const differing: string[] = []
  for (const chunk of [1, 3]) {
    for (let batch = 0; batch < calls[0]!.batches; batch++) {
      for (let begin = 0; begin < y.rows; begin += chunk) {
        const end = Math.min(begin + chunk, y.rows)
        const part = computeRows(variant, context, inputs, batch, { begin, end })
        const start = (batch * y.rows + begin) * y.rowBytes
        if (Buffer.compare(part, whole.subarray(start, start + part.length)) !== 0) {
          differing.push(`image ${batch}, rows ${begin} to ${end - 1}`)
        }
      }
    }
  }
  return differing
}

for (const definition of Object.values(operators) as OpDefinition[]) {
  const names = new Set(definition.variants.filter(hasRows).map(variant => variant.name))
  for (const name of names) {
    t.test(`${definition.kind}/${name}: rows from rings equal the whole`, async t => {
      let streamed = 0
      definition.cases.forEach(({ name: title, context }, index) => {
        const variant = wholeVariants(definition, context).find(each => each.name === name)
        if (variant === undefined || !isStreamable(context, variant.lower(context))) return
        streamed++
        const inputs = inputBytes(context, 'random', index + 100)
        t.same(differences(variant, context, inputs), [], title)
      })
      t.ok(streamed > 0, 'some cases have rows')
    })
  }
}
