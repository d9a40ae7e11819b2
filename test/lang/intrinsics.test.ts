// Every intrinsic: its meaning in the subset gives what the instruction gives, on edge and random operands.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { createEmccRunner } from '../../runtime/hosts/emcc.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import type { Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { createJsRunner } from '../../runtime/hosts/js.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { createQemuRunner } from '../../runtime/hosts/qemu.ts'
import { caseProgram, type CaseProgram } from '../kernel-program.ts'
import { random } from '../random.ts'
import { projectRoot, sourcesWith } from '../sources.ts'

// Compilers and QEMU take their time on a busy machine.
t.setTimeout(600_000)

interface Entry {
  readonly name: string
  readonly operands: number
  /** First word of its assembly. */
  readonly instruction: string
}

/** The intrinsics as dsp.ts lists them. */
function readEntries(): readonly Entry[] {
  const text = readFileSync(join(projectRoot, 'runtime/lang/dsp.ts'), 'utf8')
  const pattern =
    /export const (\w+) = defineIntrinsic\(\s*\{[^}]*asm: '(\w+) [^']*' \},\s*\(([^)]*)\)/g
  return [...text.matchAll(pattern)].map(([, name = '', instruction = '', params = '']) => ({
    name,
    instruction,
    operands: params.split(',').length,
  }))
}

const entries = readEntries()
const edges = [
  0, 1, -1, 0x7fffffff, -0x80000000, 0x7fff8000, -0x7fff8001, -0x7fff8000, 0x7fff7fff, 0x0000ffff,
  -0x00010000, 0x00ff00ff, 0x7f80807f, -0x7f008081,
]
const randomSets = 10_000

/** All triples of edges (so all pairs too), then random words, a third of them near an edge. */
function operandSets(): readonly (readonly number[])[] {
  const sets: number[][] = []
  for (const a of edges) for (const b of edges) for (const c of edges) sets.push([a, b, c])
  const r = random(20_240_607)
  const word = (): number =>
    r.below(3) === 0 ? (r.pick(edges) + r.below(5) - 2) | 0 : r.bits() | 0
  for (let i = 0; i < randomSets; i++) sets.push([word(), word(), word()])
  return sets
}

const sets = operandSets()
const path = 'test/lang/drive.kernel.ts'

/** One loop over all operands per intrinsic; results of intrinsic k from k * n on. */
function driver(): string {
  const names = entries.map(e => e.name).join(', ')
  const loops = entries.map(({ name, operands }, k) => {
    const args = [0, 1, 2].slice(0, operands).map(i => `operands[3 * i + ${i}]`)
    return `  for (let i: i32 = 0; i < n; i++) results[${k} * n + i] = ${name}(${args.join(', ')})`
  })
  return `import { ${names} } from '../../runtime/lang/dsp.ts'
import type { ConstPtr, Ptr, i32 } from '../../runtime/lang/types.ts'

export function drive(operands: ConstPtr<i32>, results: Ptr<i32>, n: i32): void {
${loops.join('\n')}
}
`
}

const cases: CaseProgram = caseProgram(
  [
    {
      title: 'intrinsics',
      file: path,
      function: 'drive',
      args: [
        { buffer: 'i32', values: sets.flat() },
        { buffer: 'i32', values: new Array<number>(entries.length * sets.length).fill(0) },
        sets.length,
      ],
    },
  ],
  sourcesWith({ [path]: driver() }),
)

async function resultsOn(runner: Runner): Promise<Int32Array> {
  const [result] = await runner.run([cases.input])
  await runner.close()
  // A copy: hosts may hand out Buffers, whose slices share memory.
  const bytes = new Uint8Array(result?.outputs[0] ?? [])
  const at = Math.ceil((sets.length * 12) / 8) * 8
  return new Int32Array(bytes.slice(at, at + entries.length * sets.length * 4).buffer)
}

const hex = (x: number): string => `0x${(x >>> 0).toString(16).padStart(8, '0')}`

/** First operands on which an intrinsic differs, in words; '' when it does not. */
function difference(k: number, found: Int32Array, wanted: Int32Array): string {
  for (let i = 0; i < sets.length; i++) {
    const at = k * sets.length + i
    if (found[at] === wanted[at]) continue
    const operands = (sets[i] ?? []).slice(0, entries[k]?.operands).map(hex).join(', ')
    return `(${operands}) gives ${hex(found[at] ?? 0)}, its meaning ${hex(wanted[at] ?? 0)}`
  }
  return ''
}

const meaning = await resultsOn(createJsRunner(cases.program))

t.test('the driver knows every intrinsic and enough operands', async t => {
  const text = readFileSync(join(projectRoot, 'runtime/lang/dsp.ts'), 'utf8')
  t.equal(entries.length, text.split('= defineIntrinsic(').length - 1)
  t.ok(entries.length >= 40, `${entries.length} intrinsics`)
  t.equal(sets.length, edges.length ** 3 + randomSets)
})

type Create = (program: Program) => Promise<Runner | Missing>

const hosts: Readonly<Record<string, Create>> = {
  'AssemblyScript gives what checked JavaScript gives': createAsRunner,
  'portable C gives what checked JavaScript gives': program =>
    createNativeRunner(program, { sanitize: true, strict: true }),
  'portable C as wasm gives what checked JavaScript gives': program => createEmccRunner(program),
  'the instruction of a Cortex-M4 gives what its meaning gives': program =>
    createQemuRunner(program, { board: 'mps2-an386', strict: true }),
  'the instruction of a Cortex-M7 gives what its meaning gives': program =>
    createQemuRunner(program, { board: 'mps2-an500', strict: true }),
}

for (const [title, create] of Object.entries(hosts)) {
  t.test(title, async t => {
    const runner = await create(cases.program)
    if (isMissing(runner)) {
      t.pass('cannot run here', { skip: `${runner.tool} is missing: ${runner.howToGet}` })
      return
    }
    const found = await resultsOn(runner)
    entries.forEach(({ name, operands }, k) => {
      const title = `${name} on ${sets.length} sets of ${operands} operand(s)`
      t.equal(difference(k, found, meaning), '', title)
    })
  })
}

t.test('the comparison above runs the instructions: others in their place are noticed', async t => {
  const cFiles = new Map(cases.program.cFiles)
  const header = cFiles.get('thimble_intrinsics.h') ?? ''
  cFiles.set('thimble_intrinsics.h', header.replace(/__asm__\("[^"]*"/g, '__asm__("mov %0, %1"'))
  const runner = await createQemuRunner({ ...cases.program, cFiles }, { board: 'mps2-an386' })
  if (isMissing(runner)) {
    t.pass('cannot run here', { skip: `${runner.tool} is missing: ${runner.howToGet}` })
    return
  }
  const found = await resultsOn(runner)
  entries.forEach(({ name }, k) => {
    t.not(difference(k, found, meaning), '', `${name} is not a move`)
  })
})

t.test('the C of every intrinsic is its instruction on cores that have it', async t => {
  const header = cases.program.cFiles.get('thimble_intrinsics.h') ?? ''
  for (const { name, instruction } of entries) {
    t.match(header, `__asm__("${instruction} `, `${name} is ${instruction}`)
  }
})
