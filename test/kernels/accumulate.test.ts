// Accumulating kernels: rows fed in any portions give the output of the whole, on every host.

import t from 'tap'
import { meanCase } from '../../kernels/mean/cases.ts'
import type { KernelCall, OpCase, OpContext, OpDefinition } from '../../kernels/op.ts'
import { poolCase } from '../../kernels/pool-cases.ts'
import { opDefinition, operators } from '../../kernels/registry.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { createEmccRunner } from '../../runtime/hosts/emcc.ts'
import type { Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { createQemuRunner } from '../../runtime/hosts/qemu.ts'
import { caseProgram, type KernelCase } from '../kernel-program.ts'
import { evaluate } from '../oracle/index.ts'
import { sourcesWith } from '../sources.ts'
import { bufferOf, bytesOf, runBatch, writeBytes, type TensorBytes } from './checked-calls.ts'
import { fills, inputBytes, randomNumbers } from './inputs.ts'

t.setTimeout(600_000)

const random = randomNumbers(3)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const oneOf = <T>(choices: readonly T[]): T => choices[between(0, choices.length - 1)]!

/** One call of an accumulating kernel, and the bytes around it. */
interface Portion {
  readonly begin: number
  readonly end: number
  readonly ring: number
  /** A ring of no more rows than the portion has. */
  readonly input: Uint8Array
  readonly scratch: readonly [before: Uint8Array, after: Uint8Array]
  readonly output: readonly [before: Uint8Array, after: Uint8Array]
}

/** The accumulating variant's only call; null where it is not for these shapes. */
function callOf(context: OpContext): KernelCall | null {
  const definition: OpDefinition = opDefinition(context.attributes.kind)
  const variant = definition.variants.find(v => v.accumulates && v.when(context))
  const [call, ...more] = variant?.lower(context) ?? []
  if (more.length > 0) throw new Error('an accumulating variant has one call')
  return call ?? null
}

const contents = ({ memory, byteLength }: TensorBytes): Uint8Array =>
  memory.bytes.slice(0, byteLength)

/** Feeds an image in portions of these sizes; scratch and output start uninitialised. */
function feed(
  call: KernelCall,
  context: OpContext,
  image: Uint8Array,
  sizes: readonly number[],
): Portion[] {
  const rowBytes = image.length / call.outputRows
  const output = bufferOf(bytesOf(context.outputs[0]!))
  const scratch = bufferOf(call.scratchBytes)
  output.memory.bytes.fill(0xa5)
  scratch.memory.bytes.fill(0xa5)
  let begin = 0
  return sizes.map((size): Portion => {
    const end = begin + size
    const input = bufferOf(size * rowBytes)
    for (let row = begin; row < end; row++) {
      const bytes = image.subarray(row * rowBytes, (row + 1) * rowBytes)
      writeBytes(input, (row % size) * rowBytes, bytes)
    }
    const before = [contents(scratch), contents(output)] as const
    const inputs = context.inputs.map((_, i) => (i === 0 ? input : null))
    runBatch(call, inputs, output, { begin, end, inputRings: [size], outputRing: 1 }, 0, scratch)
    const portion = {
      begin,
      end,
      ring: size,
      input: contents(input),
      scratch: [before[0], contents(scratch)],
      output: [before[1], contents(output)],
    } as const
    begin = end
    return portion
  })
}

/** Portions of one row, of all rows, and of uneven sizes. */
function portionings(rows: number): number[][] {
  const uneven: number[] = []
  for (let left = rows; left > 0; left -= uneven.at(-1)) uneven.push(between(1, Math.min(4, left)))
  return [Array.from({ length: rows }, () => 1), [rows], uneven]
}

/** What is wrong with the portions: output before the last row, or other bytes than expected. */
function faultOf(portions: readonly Portion[], expected: Uint8Array): string | null {
  const early = portions.slice(0, -1).find(p => Buffer.compare(p.output[0], p.output[1]) !== 0)
  if (early !== undefined) return `output is written before row ${early.end}`
  const last = portions.at(-1)!.output[1]
  return Buffer.compare(last, expected) === 0 ? null : 'the output differs'
}

function randomCase(index: number): OpCase {
  const [height, width, channels] = [between(1, 12), between(1, 12), between(1, 9)]
  const zeroPoint = (): number => oneOf([between(-128, 127), -128, 127])
  if (index % 3 === 0) {
    return meanCase(
      `random mean ${index}`,
      [1, height, width, channels],
      oneOf([
        [1, 2],
        [-2, 1],
      ]),
      {
        keepDims: random() < 0.5,
        scales: [2 ** (random() * 8 - 8), 2 ** (random() * 8 - 8)],
        zeroPoints: [zeroPoint(), zeroPoint()],
      },
    )
  }
  const kind = index % 3 === 1 ? 'average_pool2d' : 'max_pool2d'
  const valid = random() < 0.5
  // SAME has one output row when the stride covers the input, and sees all rows when the filter does.
  return poolCase(kind, `random ${kind} ${index}`, {
    input: [1, height, width, channels],
    filter: valid ? [height, between(1, width)] : [2 * height + 1, between(1, 5)],
    stride: [height, between(1, 3)],
    padding: valid ? 'valid' : 'same',
    activation: oneOf(['none', 'relu', 'relu6', 'relu_n1_to_1']),
    zeroPoint: zeroPoint(),
  })
}

const definitions = Object.values(operators) as OpDefinition[]
const fixed = definitions.flatMap(d => d.cases).filter(c => callOf(c.context) !== null)
const randoms = Array.from({ length: 120 }, (_, i) => randomCase(i))

t.test('rows in any portions give what the oracle says', async t => {
  const covered = new Map<string, number>()
  for (const [index, { name, context }] of [...fixed, ...randoms].entries()) {
    const call = callOf(context)
    if (call === null) {
      t.fail(`${name}: no accumulating variant`)
      continue
    }
    covered.set(call.kernel, (covered.get(call.kernel) ?? 0) + 1)
    const faults = fills.flatMap(fill => {
      const inputs = inputBytes(context, fill, index)
      const expected = evaluate(context, inputs)
      return portionings(call.outputRows).map(sizes => {
        const fault = faultOf(feed(call, context, inputs[0]!, sizes), expected)
        return fault === null ? null : `${fill}, rows in portions of ${sizes.join()}: ${fault}`
      })
    })
    t.same(
      faults.filter(f => f !== null),
      [],
      name,
    )
  }
  const accumulating = definitions.flatMap(d =>
    d.variants.filter(v => v.accumulates).map(v => `${d.kind}/${v.name}`),
  )
  t.ok(accumulating.length > 0)
  for (const kernel of accumulating) t.ok((covered.get(kernel) ?? 0) > 5, `${kernel} is covered`)
})

t.test(
  'every operator that accumulates can also do without, and says which rows it takes',
  async t => {
    for (const definition of definitions) {
      for (const variant of definition.variants.filter(v => v.accumulates)) {
        for (const { context } of definition.cases.filter(c => variant.when(c.context))) {
          t.ok(definition.variants.some(v => !v.accumulates && v.when(context)))
          const [call] = variant.lower(context)
          t.equal(call!.outputRows, context.inputs[0]!.shape[1])
          t.same(variant.rows!(context, 0, 0), { begin: 0, end: 1 })
        }
      }
    }
  },
)

const signed = (bytes: Uint8Array): number[] => Array.from(new Int8Array(bytes.slice().buffer))
const words = (bytes: Uint8Array): number[] => Array.from(new Int32Array(bytes.slice().buffer))

/** The call of a portion with what checked JavaScript left in its memory. */
function kernelCase(title: string, call: KernelCall, portion: Portion): KernelCase {
  const { scratch, output } = portion
  const wide = !call.kernel.startsWith('max_pool2d/')
  const state = wide ? words : signed
  const args = call.args.map((arg): KernelCase['args'][number] => {
    switch (arg.kind) {
      case 'input':
        return { buffer: 'i8', values: signed(portion.input) }
      case 'scratch':
        return { buffer: wide ? 'i32' : 'i8', values: state(scratch[0]), after: state(scratch[1]) }
      case 'output':
        return { buffer: 'i8', values: signed(output[0]), after: signed(output[1]) }
      case 'params':
        return { struct: arg.fields }
      case 'ring':
        return portion.ring
      case 'rowBegin':
        return portion.begin
      case 'rowEnd':
        return portion.end
      default:
        throw new Error(`no ${arg.kind} in an accumulating kernel`)
    }
  })
  return { title, file: `kernels/${call.kernel}.kernel.ts`, function: call.entry, args }
}

/** Every fixed case, in portions of 1 row and in uneven ones. */
const hostCases = fixed.flatMap(({ name, context }, index) => {
  const call = callOf(context)!
  const [image] = inputBytes(context, 'random', index)
  const [single = [], , uneven = []] = portionings(call.outputRows)
  return [single, uneven].flatMap(sizes =>
    feed(call, context, image!, sizes).map(portion =>
      kernelCase(`${call.kernel}, ${name}, ${portion.begin} to ${portion.end}`, call, portion),
    ),
  )
})

const cases = caseProgram(hostCases, sourcesWith())

const hosts: Readonly<Record<string, (program: Program) => Promise<Runner | Missing>>> = {
  as: createAsRunner,
  emcc: program => createEmccRunner(program),
  'native with sanitizers': program => createNativeRunner(program, { sanitize: true }),
  'QEMU Cortex-M4': program => createQemuRunner(program, { board: 'mps2-an386' }),
}

for (const [name, create] of Object.entries(hosts)) {
  t.test(
    `${name}: sums and outputs after every portion are those of checked JavaScript`,
    async t => {
      const runner = await create(cases.program)
      if (isMissing(runner)) {
        t.pass(`skipped: no ${runner.tool}`, { skip: `no ${runner.tool}` })
        return
      }
      const [result] = await runner.run([cases.input])
      await runner.close()
      const slots = cases.check(result!)
      t.ok(slots.length > 100)
      t.same(
        slots.filter(slot => slot.found !== slot.wanted).map(slot => slot.title),
        [],
      )
    },
  )
}
