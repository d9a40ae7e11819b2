// Passes keep meaning: random kernels give the same results before and after, on checked JavaScript and beyond.
import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { emitCheckedJs } from '../../compiler/emit/js/checked.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { binary, mapStmt } from '../../compiler/kir/build.ts'
import type { Expr, Func, Module, Stmt } from '../../compiler/kir/node.ts'
import { orderForDualIssue } from '../../compiler/kir/passes/dual-issue/index.ts'
import { foldFunction } from '../../compiler/kir/passes/fold.ts'
import { inlineFunctions } from '../../compiler/kir/passes/inline.ts'
import { Specializer } from '../../compiler/kir/passes/specialize.ts'
import { dropUnused } from '../../compiler/kir/passes/unused.ts'
import { printModule } from '../../compiler/kir/print.ts'
import { verifyModule } from '../../compiler/kir/verify.ts'
import { loadChecked, type CheckedFunction } from '../../runtime/hosts/checked/load.ts'
import { createAsRunner } from '../../runtime/hosts/as.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import type { Missing, Program, Runner } from '../../runtime/hosts/host.ts'
import { createNativeRunner } from '../../runtime/hosts/native.ts'
import { createQemuRunner } from '../../runtime/hosts/qemu.ts'
import { buffer } from '../checked.ts'
import { caseProgram, type KernelCase } from '../kernel-program.ts'
import { random } from '../random.ts'
import { lineReader, sourcesWith } from '../sources.ts'
import { randomKernel } from './generator.ts'

// Compilers and QEMU take their time on a busy machine.
t.setTimeout(600_000)

const kernels = 40
/** Emitted code of random kernels is long; compilers get some of them. */
const compiled = 12
const path = (seed: number): string => `test/random/kernel_${seed}.kernel.ts`
const texts = Object.fromEntries(
  Array.from({ length: kernels }, (_, seed) => [path(seed), randomKernel(seed + 1)]),
)
const read = sourcesWith(texts)

interface Input {
  readonly x: number
  readonly y: number
  readonly z: bigint
  readonly p: readonly number[]
}

/** Inputs of a kernel: edges first, then random words. */
function inputsOf(seed: number): readonly Input[] {
  const r = random(seed + 1000)
  const word = (): number => r.bits() | 0
  const input = (): Input => ({
    x: word(),
    y: r.bits(),
    z: (BigInt(word()) << 32n) | BigInt(r.bits()),
    p: Array.from({ length: 8 }, word),
  })
  const edge = { x: -2147483648, y: 4294967295, z: -(1n << 63n), p: new Array<number>(8).fill(-1) }
  const zero = { x: 0, y: 0, z: 0n, p: new Array<number>(8).fill(0) }
  return [edge, zero, input(), input()]
}

const staticsOf = (seed: number): { n: number; b: number } => ({ n: seed % 4, b: seed % 2 })

interface Stage {
  readonly name: string
  readonly module: Module
  readonly entry: string
  /** Whether the static parameters are still there and want arguments. */
  readonly statics: boolean
}

/** unroll() as the plain loop it stands for, so that kernels run before any pass. */
function asLoop(s: Stmt): Stmt {
  const mapped = mapStmt(s, { expr: e => e, body: b => b.map(asLoop) })
  if (mapped.kind !== 'unroll') return mapped
  const { name, from, to, body, span } = mapped
  const i: Expr = { kind: 'local', type: 'i32', name, span }
  const one: Expr = { kind: 'const', type: 'i32', value: 1, span }
  const value = binary('add', i, one, 'i32', span)
  return {
    kind: 'for',
    init: { kind: 'let', name, type: 'i32', mutable: true, value: from, span },
    condition: binary('lt', i, to, 'bool', span),
    update: { kind: 'assign', name, value, span },
    body,
    span,
  }
}

function stagesOf(seed: number): readonly Stage[] {
  const bag = new DiagnosticBag()
  const program = new KernelProgram(read, bag)
  const entry = program.entry(path(seed), 'main')?.name ?? ''
  const lowered = program.module('random')
  const specializer = new Specializer(lowered, bag, lineReader(read))
  const symbol = bag.hasErrors ? null : specializer.instance(entry, staticsOf(seed))
  if (symbol === null || bag.hasErrors) throw new Error(formatDiagnostics(bag.all))
  const after = (name: string, functions: readonly Func[]): Stage => {
    return { name, module: { ...lowered, functions }, entry: symbol, statics: false }
  }
  const loops = lowered.functions.map(f => ({ ...f, body: f.body.map(asLoop) }))
  const folded = loops.map(foldFunction)
  const specialised = specializer.functions
  const inlined = inlineFunctions(specialised)
  const used = inlined.map(dropUnused)
  return [
    { name: 'lowered', module: { ...lowered, functions: loops }, entry, statics: true },
    { name: 'folded', module: { ...lowered, functions: folded }, entry, statics: true },
    {
      name: 'inlined alone',
      module: { ...lowered, functions: inlineFunctions(loops) },
      entry,
      statics: true,
    },
    after('specialised', specialised),
    after('inlined', inlined),
    after('without unused variables', used),
    after('folded again', used.map(foldFunction)),
    after('ordered for two issues a cycle', orderForDualIssue(used)),
  ]
}

function loadStage({ module, entry }: Stage): CheckedFunction {
  const emitted = emitCheckedJs(module, 'random.checked.js', read)
  const f = loadChecked({ ...emitted, data: [] }, 'random').get(entry)
  if (f === undefined) throw new Error(`no function ${entry}`)
  return f
}

/** The result and the memory after a call, as text. */
function outcome(f: CheckedFunction, stage: Stage, seed: number, input: Input): string {
  const view = buffer('i32', input.p)
  const { n, b } = staticsOf(seed)
  const statics = stage.statics ? [n, b === 1] : []
  const result = f(input.x, input.y, input.z, view, ...statics)
  return `${String(result)}: ${view.memory.i32.join(' ')}`
}

const expected = new Map<number, readonly string[]>()

t.test(`${kernels} random kernels keep their results and stay well-formed`, async t => {
  for (let seed = 0; seed < kernels; seed++) {
    const stages = stagesOf(seed)
    const inputs = inputsOf(seed)
    let wanted: readonly string[] = []
    for (const stage of stages) {
      const problems = verifyModule(stage.module)
      const f = loadStage(stage)
      const found = inputs.map(input => outcome(f, stage, seed, input))
      if (stage.name === 'lowered') wanted = found
      const same = problems.length === 0 && found.join() === wanted.join()
      if (same) continue
      t.same(problems, [], `kernel ${seed}, ${stage.name}`)
      t.same(found, wanted, `kernel ${seed}, ${stage.name}`)
    }
    expected.set(seed, wanted)
  }
  t.equal(expected.size, kernels)
  const distinct = new Set([...expected.values()].flat())
  t.ok(distinct.size > 3 * kernels, `${distinct.size} different outcomes`)
})

t.test('the text form is the same for the same kernel', async t => {
  const [first, second] = [stagesOf(3), stagesOf(3)]
  for (const [i, stage] of first.entries()) {
    const text = printModule(stage.module)
    t.equal(text, printModule(second[i]!.module))
    t.notMatch(text, /undefined|\[object/)
  }
})

type Create = (program: Program) => Promise<Runner | Missing>

// Random comparisons are often settled by their types, which gcc remarks on.
const strict = { strict: true, flags: ['-Wno-type-limits'] }

const hosts: Readonly<Record<string, Create>> = {
  AssemblyScript: createAsRunner,
  'sanitized C without a warning': program =>
    createNativeRunner(program, { sanitize: true, ...strict }),
  'C on a Cortex-M4': program => createQemuRunner(program, { board: 'mps2-an386', ...strict }),
}

for (const [host, create] of Object.entries(hosts)) {
  t.test(`${compiled} random kernels give the same on ${host}`, async t => {
    const cases = Array.from({ length: compiled }, (_, seed) => casesOf(seed)).flat()
    const { program, input, check } = caseProgram(cases, read)
    const runner = await create(program)
    if (isMissing(runner)) {
      t.pass('cannot run here', { skip: `${runner.tool} is missing: ${runner.howToGet}` })
      return
    }
    const [result] = await runner.run([input])
    await runner.close()
    if (result === undefined) throw new Error('no result')
    const checked = check(result)
    t.equal(checked.length, 2 * cases.length)
    t.same(
      checked.filter(({ found, wanted }) => found !== wanted),
      [],
    )
  })
}

function casesOf(seed: number): readonly KernelCase[] {
  return inputsOf(seed).map(({ x, y, z, p }, i) => {
    const [result = '', memory = ''] = (expected.get(seed)?.[i] ?? '').split(': ')
    return {
      title: `kernel ${seed}, input ${i}`,
      file: path(seed),
      function: 'main',
      statics: staticsOf(seed),
      args: [x, y, z, { buffer: 'i32', values: p, after: memory.split(' ').map(Number) }],
      result: Number(result),
    }
  })
}
