// The shared integer test vectors through the reference kernels, in checked JavaScript.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { KernelCall, OpContext, TensorInfo } from '../../kernels/op.ts'
import { bytesOf, runCalls } from './checked-calls.ts'
import { callOf, isCovered, type VectorRecord } from './vector-calls.ts'

const shared =
  process.env['THIMBLE_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url))
const file = `${shared}/vectors/vectors.jsonl`

function recordsOf(path: string): VectorRecord[] {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as VectorRecord)
}

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

/** A context that says no more than the shapes: the calls carry all the numbers. */
function contextOf(record: VectorRecord, inputs: readonly string[]): OpContext {
  const tensor = (name: string): TensorInfo => {
    const { shape } = record.arrays[name]!
    return { shape, dtype: 'int8', scale: [], zeroPoint: [], axis: 0, data: null }
  }
  return {
    attributes: { kind: 'logistic' },
    inputs: inputs.map(tensor),
    outputs: [tensor('output')],
  }
}

function run(record: VectorRecord, call: KernelCall): Uint8Array {
  const names = record.arrays['input1'] ? ['input1', 'input2'] : ['input']
  const inputs = names.map(name => bytes(record.arrays[name]!.data))
  return runCalls([call], contextOf(record, names), inputs)
}

t.test('shared vectors', { skip: existsSync(file) ? false : `no ${file}` }, async t => {
  const records = recordsOf(file)
  const covered = records.filter(isCovered)
  t.ok(covered.length > 0, 'some records are of operators we have')
  for (const record of covered) {
    const expected = bytes(record.arrays['output']!.data)
    t.equal(bytesOf(contextOf(record, []).outputs[0]!), expected.length, `${record.id}: size`)
    t.ok(Buffer.compare(run(record, callOf(record)), expected) === 0, record.id)
  }
})
