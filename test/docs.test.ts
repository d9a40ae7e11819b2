// The documentation is true: its kernels compile and compute, its messages are real, its tables are complete.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../compiler/diagnostics/format.ts'
import { KernelProgram } from '../compiler/frontend/program.ts'
import { createJsRunner } from '../runtime/hosts/js.ts'
import { diagnosticsPage, diagnosticsPath } from '../scripts/diagnostics.ts'
import { guide, shownKernels, shownRefusals } from './documentation.ts'
import { caseProgram, type KernelCase } from './kernel-program.ts'
import { projectRoot, sourcesWith } from './sources.ts'

const read = sourcesWith(shownKernels)

t.test('every kernel of the guide compiles', async t => {
  t.ok(Object.keys(shownKernels).length >= 7)
  for (const path of Object.keys(shownKernels)) {
    const bag = new DiagnosticBag()
    const program = new KernelProgram(read, bag)
    program.load(path)
    program.module('guide')
    t.equal(formatDiagnostics(bag.all), '', path)
  }
})

t.test('what the guide says is refused is refused with that code', async t => {
  t.ok(shownRefusals.length > 0)
  for (const { code, text } of shownRefusals) {
    const path = 'kernels/lesson/refused.kernel.ts'
    const bag = new DiagnosticBag()
    new KernelProgram(sourcesWith({ [path]: text }), bag).load(path)
    t.same(
      bag.all.map(d => d.code),
      [code],
    )
  }
})

const lesson = (name: string): string => `kernels/lesson/${name}.kernel.ts`
const scale = 'kernels/scale/reference.kernel.ts'

const cases: readonly KernelCase[] = [
  {
    title: 'scale',
    file: scale,
    function: 'scale',
    args: [
      { buffer: 'i8', values: [1, -50, 100] },
      { buffer: 'i8', values: [0, 0, 0], after: [3, -128, 127] },
      3,
      3,
    ],
  },
  {
    title: 'mean',
    file: lesson('conversions'),
    function: 'mean',
    args: [2147483647, 2147483645],
    result: 2147483646,
  },
  { title: 'sum', file: lesson('conversions'), function: 'sum', args: [100, 100], result: -56 },
  {
    title: 'reverse',
    file: lesson('memory'),
    function: 'reverse',
    args: [{ buffer: 'i16', values: [1, 2, 3], after: [3, 2, 1] }, 3],
  },
  {
    title: 'isZero',
    file: lesson('memory'),
    function: 'isZero',
    args: [{ buffer: 'i8', values: [1, 0, 0, 0, 0, 0, 0, 0] }, 4],
    result: 1,
  },
  {
    title: 'lines',
    file: lesson('params'),
    function: 'lines',
    args: [
      { buffer: 'i32', values: [1, -7, 500] },
      { buffer: 'i32', values: [0, 0, 0], after: [13, -11, 1000] },
      3,
      { struct: { slope: 3, intercept: 10 } },
    ],
  },
  {
    title: 'fir',
    file: lesson('statics'),
    function: 'fir',
    statics: { taps: 3, rounds: 1 },
    // (256 + 2 * 256 + 3 * -128 + 128) >> 8
    args: [
      { buffer: 'i16', values: [256, 256, -128] },
      { buffer: 'i16', values: [1, 2, 3] },
    ],
    result: 2,
  },
  {
    title: 'dot',
    file: lesson('dot_dsp'),
    function: 'dot',
    args: [
      { buffer: 'i8', values: [1, -2, 3, -4, 127, -128, 5, 0] },
      { buffer: 'i8', values: [10, 20, -30, 40, 127, -128, 1, 9] },
      8,
    ],
    result: 10 - 40 - 90 - 160 + 127 * 127 + 128 * 128 + 5,
  },
  {
    title: 'add',
    file: lesson('own_instruction'),
    function: 'add',
    args: [2147483647, 1],
    result: -2147483648,
  },
]

t.test('the kernels of the guide compute what it says', async t => {
  const { program, input, check } = caseProgram(cases, read)
  const [result] = await createJsRunner(program).run([input])
  if (result === undefined) throw new Error('no result')
  for (const { title, found, wanted } of check(result)) t.equal(found, wanted, title)
})

t.test('the trap the guide quotes is the one that comes', async t => {
  const bytes = { buffer: 'i8', values: new Array<number>(12).fill(1) } as const
  const call = { title: 'scale', file: scale, function: 'scale', args: [bytes, bytes, 13, 1] }
  const { program, input } = caseProgram([call], read)
  const error: unknown = await createJsRunner(program)
    .run([input])
    .catch((e: unknown) => e)
  if (!(error instanceof Error)) throw new Error('no trap')
  t.ok(guide.includes(`\n${error.message}\n`), error.message)
})

t.test('docs/diagnostics.md is what scripts/diagnostics.ts writes', async t => {
  const page = diagnosticsPage()
  if (process.env['THIMBLE_UPDATE'] !== undefined) writeFileSync(diagnosticsPath, page)
  t.equal(readFileSync(diagnosticsPath, 'utf8'), page)
})

t.test('links between documents lead somewhere', async t => {
  for (const [, target = ''] of guide.matchAll(/\]\(([^)#:]+)\)/g)) {
    t.ok(existsSync(join(dirname(diagnosticsPath), target)), target)
  }
  for (const [path] of guide.matchAll(/`(?:kernels|runtime\/lang)\/[a-z_]+\.ts`/g)) {
    t.ok(existsSync(join(projectRoot, path.slice(1, -1))), path)
  }
})
