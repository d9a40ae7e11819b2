// Ordering for two issues a cycle: random straight code computes the same, with no more values alive.
import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { formatDiagnostics } from '../../compiler/diagnostics/format.ts'
import { emitCheckedJs } from '../../compiler/emit/js/checked.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { eachStmt } from '../../compiler/kir/build.ts'
import type { Func, Module, Stmt } from '../../compiler/kir/node.ts'
import { orderForDualIssue } from '../../compiler/kir/passes/dual-issue/index.ts'
import { inlineFunctions } from '../../compiler/kir/passes/inline.ts'
import { Specializer } from '../../compiler/kir/passes/specialize.ts'
import { verifyModule } from '../../compiler/kir/verify.ts'
import { loadChecked } from '../../runtime/hosts/checked/load.ts'
import { buffer } from '../checked.ts'
import { random, type Random } from '../random.ts'
import { lineReader, sourcesWith } from '../sources.ts'

const kernels = 60
const path = (seed: number): string => `test/random/straight_${seed}.kernel.ts`

const head = `import { smlad, sxtb16Ror8, ssat8, pkhbt } from '../../runtime/lang/dsp.ts'
import { unroll, wrapAdd, wrapI8, wrapShl, wrapSub, type Ptr, type i32, type i8 } from '../../runtime/lang/types.ts'

`

/** Loops over blocks of loads, stores, products and assignments that depend on each other at random. */
function straightKernel(r: Random): string {
  const lines: string[] = []
  const sums = ['a', 'b', 'c']
  const names = [...sums, 'i']
  const value = (): string => r.pick(names)
  const place = (): string =>
    r.pick([`${r.below(6)}`, `${value()} & 7`, `(i & 1) * 4 + ${r.below(4)}`])
  const pointer = (): string => r.pick(['p', 'q', 'moving'])
  const operation = (): string =>
    r.pick([
      () => `smlad(${value()}, ${value()}, ${value()})`,
      () => `sxtb16Ror8(${value()})`,
      () => `smlad(sxtb16Ror8(${value()}), p[${place()}], ${r.pick(sums)})`,
      () => `ssat8(${value()})`,
      () => `pkhbt(${value()}, q[${place()}])`,
      () => `wrapSub(${value()}, wrapShl(${value()}, ${r.below(9)}))`,
      () => `${pointer()}[${place()}]`,
      () => `bytes[${place()}]`,
      () => `${value()} > 0 ? p[${place()}] : ${value()}`,
      () => `q.loadWord(${place()})`,
    ])()
  const statement = (pad: string): void => {
    const kind = r.below(10)
    if (kind < 4) {
      const name = `v${names.length}`
      lines.push(`${pad}${r.pick(['const', 'let'])} ${name}: i32 = ${operation()}`)
      names.push(name)
    } else if (kind < 7) {
      const target = r.pick(sums)
      lines.push(
        `${pad}${target} = ${r.pick([`smlad(${value()}, ${value()}, ${target})`, operation()])}`,
      )
    } else if (kind === 7) lines.push(`${pad}${pointer()}[${place()}] = ${operation()}`)
    else if (kind === 8) lines.push(`${pad}bytes[${place()}] = wrapI8(${value()})`)
    else lines.push(`${pad}moving = r.offset(${value()} & 7)`)
  }
  const block = (open: string): void => {
    lines.push(open)
    const before = names.length
    for (let i = 0; i < 5; i++) statement('      ')
    names.length = before
    lines.push('    }')
  }
  for (let i = 0; i < 10; i++) statement('    ')
  block('    for (const k of unroll(0, 3)) {')
  for (let i = 0; i < 4; i++) statement('    ')
  block('    if (a > b) {')
  for (let i = 0; i < 10; i++) statement('    ')
  return `${head}export function main(p: Ptr<i32>, q: Ptr<i32>, r: Ptr<i32>, bytes: Ptr<i8>, x: i32): i32 {
  let a: i32 = x
  let b: i32 = wrapAdd(x, 77)
  let c: i32 = 3
  let moving: Ptr<i32> = r
  for (let i: i32 = 0; i < 5; i++) {
${lines.join('\n')}
  }
  return wrapAdd(a, wrapSub(b, c)) ^ moving[0]
}
`
}

interface Case {
  readonly module: Module
  readonly entry: string
}

function compile(seed: number, read: (path: string) => string | undefined): Case {
  const bag = new DiagnosticBag()
  const program = new KernelProgram(read, bag)
  const name = program.entry(path(seed), 'main')?.name ?? ''
  const library = program.module('straight')
  const specializer = new Specializer(library, bag, lineReader(read))
  const entry = bag.hasErrors ? null : specializer.instance(name, {})
  if (entry === null || bag.hasErrors) throw new Error(formatDiagnostics(bag.all))
  return { module: { ...library, functions: inlineFunctions(specializer.functions) }, entry }
}

function outcomes({ module, entry }: Case, read: (path: string) => string | undefined): string {
  const f = loadChecked({ ...emitCheckedJs(module, 's.checked.js', read), data: [] }, 's').get(
    entry,
  )
  if (f === undefined) throw new Error(`no function ${entry}`)
  const words = (from: number): readonly number[] =>
    Array.from({ length: 16 }, (_, i) => Math.imul(i * 7 + from, 0x1234_5677) | 0)
  return [0, 5, -1_000_003]
    .map(x => {
      const views = [words(1), words(2), words(3)].map(values => buffer('i32', values))
      const bytes = buffer('i8', new Array<number>(16).fill(9))
      const result = f(views[0]!, views[1]!, views[2]!, bytes, x)
      const memory = views.map(view => view.memory.i32.join(' '))
      return [String(result), ...memory, bytes.memory.i8.join(' ')].join('; ')
    })
    .join('\n')
}

const statementsOf = (f: Func): readonly Stmt[] => {
  const list: Stmt[] = []
  eachStmt(f.body, s => list.push(s))
  return list
}

t.test(`${kernels} random kernels compute the same in another order`, async t => {
  const texts = Array.from({ length: kernels }, (_, seed) => straightKernel(random(seed + 1)))
  const read = sourcesWith(Object.fromEntries(texts.map((text, seed) => [path(seed), text])))
  const wrong: string[] = []
  const results = new Set<string>()
  let moved = 0
  for (let seed = 0; seed < kernels; seed++) {
    const plain = compile(seed, read)
    const functions = orderForDualIssue(plain.module.functions)
    const ordered = { ...plain, module: { ...plain.module, functions } }
    const [before, after] = [outcomes(plain, read), outcomes(ordered, read)]
    const problems = verifyModule(ordered.module)
    if (before !== after || problems.length > 0) wrong.push(`kernel ${seed}: ${problems.join()}`)
    results.add(before)
    const main = (c: Case): readonly Stmt[] =>
      statementsOf(c.module.functions.find(f => f.name === c.entry)!)
    const lets = (c: Case): string =>
      main(c)
        .flatMap(s => (s.kind === 'let' && /^v\d/.test(s.name) ? [s.name] : []))
        .join()
    if (lets(plain) !== lets(ordered)) moved++
  }
  t.same(wrong, [])
  t.ok(results.size > kernels / 2, `${results.size} different results`)
  t.ok(moved > kernels / 2, `${moved} kernels have another order`)
})

t.test(
  'products alternate with loads, which come early, and no more of them are alive',
  async t => {
    const text = `${head}export function main(p: Ptr<i32>, q: Ptr<i32>, n: i32): i32 {
  let a: i32 = 0
  let b: i32 = 0
  for (let i: i32 = 0; i < n; i++) {
    for (const k of unroll(0, 4)) {
      const x: i32 = p[2 * k]
      const y: i32 = p[2 * k + 1]
      const v: i32 = q[k]
      a = smlad(x, v, a)
      b = smlad(y, v, b)
    }
  }
  return wrapAdd(a, b)
}
`
    const { module, entry } = compile(0, sourcesWith({ [path(0)]: text }))
    const main = orderForDualIssue(module.functions).find(f => f.name === entry)!
    const loop = statementsOf(main).find(s => s.kind === 'for')
    const body = loop?.kind === 'for' ? loop.body : []
    const shape = body.map(s => (s.kind === 'let' ? 'l' : 'p')).join('')
    t.equal(shape.length, 20)
    t.match(shape, /^l{2,3}p/, 'the first product waits for what it needs alone')
    const alive = new Set<string>()
    const last = new Map<string, number>()
    body.forEach((s, at) => {
      if (s.kind !== 'assign' || s.value.kind !== 'call') return
      for (const arg of s.value.args) if (arg.kind === 'local') last.set(arg.name, at)
    })
    let most = 0
    body.forEach((s, at) => {
      if (s.kind === 'let') alive.add(s.name)
      for (const name of alive) if (last.get(name) === at) alive.delete(name)
      most = Math.max(most, alive.size)
    })
    t.equal(most, 3)
  },
)
