// Any text gets an answer: TypeScript from outside the subset, nesting without end, and kernels with random damage.
import t from 'tap'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Code } from '../../compiler/diagnostics/messages.ts'
import { emitCheckedJs } from '../../compiler/emit/js/checked.ts'
import { emitAssemblyScript } from '../../compiler/emit/wasm/assemblyscript.ts'
import { KernelProgram } from '../../compiler/frontend/program.ts'
import { inlineFunctions } from '../../compiler/kir/passes/inline.ts'
import { Specializer } from '../../compiler/kir/passes/specialize.ts'
import { printModule } from '../../compiler/kir/print.ts'
import { verifyModule } from '../../compiler/kir/verify.ts'
import { random, type Random } from '../random.ts'
import { lineReader, sourcesWith } from '../sources.ts'

const path = 'kernels/hostile/hostile.kernel.ts'
const head =
  "import { f32, i16, i32, i64, i8, idiv, localArray, satI8, truncI32, u32, u8, unroll, wrapI8, type ConstPtr, type Ptr, type Static, type bool } from '../../runtime/lang/types.ts'\n"

/** Loads the text and takes it through every step it is good for. Throws when a step does. */
function diagnose(text: string): DiagnosticBag {
  const read = sourcesWith({ [path]: text })
  const bag = new DiagnosticBag()
  const program = new KernelProgram(read, bag)
  program.load(path)
  const module = program.module('hostile')
  if (bag.hasErrors) return bag
  const problems = verifyModule(module)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const specializer = new Specializer(module, bag, lineReader(read))
  for (const f of module.functions) {
    if (f.params.every(p => !p.isStatic)) specializer.instance(f.name, {})
  }
  if (bag.errors.length > 0) return bag
  const finished = { ...module, functions: inlineFunctions(specializer.functions) }
  const later = verifyModule(finished)
  if (later.length > 0) throw new Error(later.join('\n'))
  printModule(finished)
  emitCheckedJs(finished, 'hostile.js', read)
  emitAssemblyScript(finished, new Set())
  return bag
}

const body = (statement: string): string =>
  `export function f(x: i32, p: Ptr<i8>, b: bool): i32 {\n  ${statement}\n  return x\n}\n`

/** One construct each, and the code it gets. */
const constructs: readonly (readonly [Code, string])[] = [
  ['TH1005', 'abstract class A {}'],
  ['TH1005', 'declare module "m" {}'],
  ['TH1005', 'declare global {}'],
  ['TH1005', "import fs = require('fs')"],
  ['TH1005', 'export default 5'],
  ['TH1005', 'const enum E { a }'],
  ['TH1005', "'use strict'"],
  ['TH1005', 'label: while (true) {}'],
  ['TH1041', 'export default function f(x: i32): i32 { return x }'],
  ['TH1041', 'function f(public x: i32): i32 { return x }'],
  ['TH1047', 'function f(this: i32): i32 { return 1 }'],
  ['TH1011', 'function f(x: i32): x is i8 { return x }'],
  ['TH1011', 'function f(x: keyof i32): void {}'],
  ['TH1011', "function f(x: import('a').b): void {}"],
  ['TH1011', 'function f(x: 5): void {}'],
  ['TH1011', 'function f(x: (y: i32) => i32): void {}'],
  ['TH1011', 'function f(x: i32 extends i8 ? i32 : i8): void {}'],
  ['TH1054', 'interface P { get x(): i32 }'],
  ['TH1054', 'interface P { (): i32 }'],
  ['TH1054', 'interface P { new (): i32 }'],
  ['TH1003', "export const x: i32 = 1\nimport { y } from '../../compiler/index.ts'"],
  ['TH1003', "import { y } from 'node:fs'"],
  ['TH1003', "import { y } from '../../runtime/lang/../../cli/main.ts'"],
  ['TH1001', 'export function f(): i32 { return 010 }'],
  ['TH1001', 'export function f(): i32 { return 08.5 }'],
  ['TH1001', '\u0000'],
  ['TH1001', 'function f('],
  ['TH1017', body('with (x) {}')],
  ['TH1017', body('debugger')],
  ['TH1021', body('({}).x')],
  ['TH1021', body(';[1].map')],
  ['TH1018', body('const y: i32 = x satisfies i32')],
  ['TH1018', body('const y: i32 = new.target')],
  ['TH1018', body('const y: i32 = import.meta.url')],
  ['TH1018', body('const y: i32 = delete p[0]')],
  ['TH1018', body('const y: i32 = void 0')],
  ['TH1018', body('const y: i32 = await x')],
  ['TH1018', body('const y: i32 = class {}')],
  ['TH1018', body('const y: i32 = <i32>x')],
  ['TH1018', body("const y: i32 = import('x')")],
  ['TH1018', body('const y: i32 = (f)(x, p, b)')],
  ['TH1046', body('const y: i32 = f.call(x)')],
  ['TH1015', body('const y: i32 = x instanceof f')],
  ['TH1015', body('const y: i32 = (x, x)')],
  ['TH1025', body('const y: i32 = globalThis')],
  ['TH1025', body("const y: i32 = eval('1')")],
  ['TH1025', body('const y: i32 = arguments[0]')],
  ['TH1021', body('const y: i32 = [...p]')],
  ['TH1022', body('const y: i32 = `${x}`')],
  ['TH1042', body('continue')],
  ['TH1017', body('break a')],
  ['TH1006', body('const y: i32 = 1, y: i32 = 2')],
  ['TH1029', body('const y: i32 = 1e400')],
  ['TH1029', body('const y: i32 = 0xffff_ffff_ffff_ffff')],
]

for (const [code, text] of constructs) {
  t.test(`${code}: ${JSON.stringify(text.slice(0, 90))}`, async t => {
    const source = head + text
    const bag = diagnose(source)
    t.ok(
      bag.errors.some(d => d.code === code),
      bag.all.map(d => `${d.code} ${d.text}`).join('; '),
    )
    for (const d of bag.all) checkPlace(t, d.location, source)
  })
}

interface Assert {
  ok(value: unknown, message: string): boolean
}

/** A source location lies within the text it names. */
function checkPlace(t: Assert, at: DiagnosticBag['all'][number]['location'], text: string): void {
  if (at.kind !== 'source') return
  const lines = text.split('\n')
  const line = lines[at.line - 1]
  const inside = line !== undefined && at.column >= 1 && at.column <= line.length + 1
  t.ok(inside && at.length >= 1, `${at.line}:${at.column} of ${lines.length} lines`)
}

t.test('nesting without end is refused, not followed', async t => {
  const many = 20_000
  const texts = [
    body(`return ${'('.repeat(many)}x${')'.repeat(many)}`),
    body(`return ${'-('.repeat(many)}x${')'.repeat(many)}`),
    body(`return ${'~'.repeat(many)}x`),
    body(`return ${new Array<string>(many).fill('x').join(' + ')}`),
    body(`return ${'b ? x : '.repeat(many)}x`),
    body(`return ${'p['.repeat(many)}0${']'.repeat(many)}`),
    body(`return ${'f('.repeat(many)}x${', p, b)'.repeat(many)}`),
    body(`return p${'.offset(1)'.repeat(many)}[0]`),
    body(`${'{'.repeat(many)}${'}'.repeat(many)}`),
    body(`${'if (b) {} else '.repeat(many)}{}`),
    body(`${'while (b) '.repeat(many)}{}`),
    `function f(x: ${'Ptr<'.repeat(many)}i8${'>'.repeat(many)}): void {}`,
    `function f(x: i32): void { ${'function g(): void {'.repeat(many)}${'}'.repeat(many + 1)}`,
  ]
  for (const text of texts) {
    const bag = diagnose(head + text)
    t.ok(bag.hasErrors, `${text.slice(50, 90)} gets ${bag.errors[0]?.code ?? 'nothing'}`)
  }
})

t.test('byte order marks and Windows line ends do not matter', async t => {
  const text = `\uFEFF${head}${body('x')}`.replaceAll('\n', '\r\n')
  const bag = diagnose(text)
  t.same(
    bag.all.map(d => (d.location.kind === 'source' ? `${d.code} line ${d.location.line}` : d.code)),
    ['TH1017 line 3'],
  )
})

const tokens = [
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    ',',
    ';',
    ':',
    '?',
    '?.',
    '=>',
    '...',
    '@',
    '#',
    '`',
    "'",
  ],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '**',
    '<<',
    '>>',
    '>>>',
    '&',
    '|',
    '^',
    '~',
    '!',
    '&&',
    '||',
    '??',
    '++',
  ],
  ...['=', '==', '===', '+=', '>>>=', '&&=', 'if', 'else', 'for', 'while', 'do', 'switch', 'case'],
  ...[
    'return',
    'break',
    'continue',
    'const',
    'let',
    'var',
    'function',
    'class',
    'enum',
    'interface',
  ],
  ...[
    'import',
    'export',
    'default',
    'new',
    'this',
    'null',
    'undefined',
    'typeof',
    'async',
    'await',
  ],
  ...[
    'i8',
    'u8',
    'i16',
    'i32',
    'u32',
    'i64',
    'f32',
    'bool',
    'Ptr<i8>',
    'ConstPtr<i32>',
    'Static<i32>',
  ],
  ...[
    '0',
    '1',
    '-1',
    '2147483647',
    '2147483648',
    '1.5',
    '1e99',
    '0x1F',
    '5n',
    'NaN',
    'true',
    'x',
    'p',
  ],
  ...[
    'unroll(0, 4)',
    'localArray<i8>(4)',
    'p[0]',
    'p.offset(1)',
    'i8(x)',
    'idiv(x, 0)',
    '\n',
    '// ',
  ],
]

const seeds = [
  'runtime/lang/requantize.ts',
  'runtime/lang/window.ts',
  'kernels/mean/reference.kernel.ts',
  'test/fixtures/kernels/ok/control.kernel.ts',
  'test/fixtures/kernels/ok/memory.kernel.ts',
  'test/fixtures/kernels/ok/statics.kernel.ts',
  'test/fixtures/kernels/ok/functions.kernel.ts',
]

/** The text with one to three words lost, doubled, swapped, or replaced by others. */
function damaged(text: string, r: Random): string {
  const words = text.split(/(\w+|\s+)/).filter(word => word !== '')
  const at = (): number => r.below(words.length)
  for (let i = r.below(3); i >= 0; i--) {
    const place = at()
    const kind = r.below(5)
    if (kind === 0) words.splice(place, 1)
    else if (kind === 1) words.splice(place, 0, words[at()] ?? '')
    else if (kind === 2) words.splice(place, 1, words[at()] ?? '')
    else if (kind === 3) words.splice(place, 0, r.pick(tokens))
    else words.splice(place, 1, r.pick(tokens))
  }
  return words.join('')
}

t.test('damaged kernels get diagnostics or become well-formed KIR', async t => {
  const r = random(77)
  const read = sourcesWith()
  const found = new Map<string, number>()
  let accepted = 0
  for (let i = 0; i < 700; i++) {
    const seed = r.pick(seeds)
    // Imports are rewritten to the place where the damaged file is loaded.
    const text = (read(seed) ?? '').replace(
      /'(?:\.\.?\/)+(?:runtime\/lang\/)?(\w+\.ts)'/g,
      (_, file) => {
        return `'../../runtime/lang/${String(file)}'`
      },
    )
    const source = damaged(text, r)
    try {
      const bag = diagnose(source)
      if (!bag.hasErrors) accepted++
      for (const d of bag.errors) found.set(d.code, (found.get(d.code) ?? 0) + 1)
    } catch (error) {
      t.fail(`${String(error)}\n${source}`)
      return
    }
  }
  t.ok(accepted > 20, `${accepted} of 700 were accepted`)
  t.ok(found.size > 15, `${found.size} different codes: ${[...found.keys()].sort().join(' ')}`)
  t.notOk([...found.keys()].some(code => code.startsWith('TH9')))
})
