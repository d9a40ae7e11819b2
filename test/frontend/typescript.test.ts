// What tsc itself makes of kernels: fixtures and documentation pass, mixed widths do not.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { builtinNames } from '../../compiler/frontend/builtins.ts'
import { shownKernels } from '../documentation.ts'
import { projectRoot } from '../sources.ts'

const types = join(projectRoot, 'runtime/lang/types.ts')
const head = `import { i8, wrapI8, type ConstPtr, type Ptr, type i16, type i32, type i64, type u16, type u32, type u8, type bool } from './types.ts'\n`

/** Bodies of `f`, whose parameters have one variable of every type. */
const refused: Readonly<Record<string, string>> = {
  'i8 as i16': 'const x: i16 = a8',
  'i16 as i8': 'const x: i8 = a16',
  'u8 as i8': 'const x: i8 = b8',
  'i8 as u8': 'const x: u8 = a8',
  'u16 as i16': 'const x: i16 = b16',
  'i32 as i8': 'const x: i8 = a32',
  'i32 as u32': 'const x: u32 = a32',
  'u32 as i32': 'const x: i32 = b32',
  'i64 as i32': 'const x: i32 = a64',
  'i32 as i64': 'const x: i64 = a32',
  'i8 as u32': 'const x: u32 = a8',
  'a sum as i8': 'const x: i8 = a8 + a8',
  'a literal as i8': 'const x: i8 = 5',
  'a bool as i32': 'const x: i32 = flag',
  'Ptr<i8> as Ptr<i16>': 'const x: Ptr<i16> = p8',
  'ConstPtr<i8> as Ptr<i8>': 'const x: Ptr<i8> = c8',
  'i8 stored as i16': 'p16[0] = a8',
  'i16 passed as i8': 'takesI8(a16)',
  'a ConstPtr written through': 'c8[0] = a8',
}

const accepted: Readonly<Record<string, string>> = {
  'narrow types as i32':
    'const x: i32 = a8; const y: i32 = b8; const z: i32 = a16; const w: i32 = b16',
  'unsigned narrow types as u32': 'const x: u32 = b8; const y: u32 = b16',
  'results of arithmetic':
    'const x: i32 = a8 * a16 + 1; const y: u32 = b32 + 1; const z: i64 = a64 * 2',
  'a conversion': 'const x: i8 = wrapI8(a8 + a16); p8[0] = i8(a32)',
  'Ptr as ConstPtr': 'const x: ConstPtr<i8> = p8',
}

const parameters =
  'a8: i8, b8: u8, a16: i16, b16: u16, a32: i32, b32: u32, a64: i64, flag: bool, p8: Ptr<i8>, p16: Ptr<i16>, c8: ConstPtr<i8>'

function snippet(body: string): string {
  return `${head}function takesI8(x: i8): void {}\nexport function f(${parameters}): void {\n  ${body}\n}\n`
}

const folder = join(projectRoot, 'runtime/lang')
const pathOf = (kind: string, index: number): string => join(folder, `${kind}_${index}.kernel.ts`)
const texts = new Map<string, string>([
  ...Object.values(refused).map((body, i) => [pathOf('refused', i), snippet(body)] as const),
  ...Object.values(accepted).map((body, i) => [pathOf('accepted', i), snippet(body)] as const),
  ...Object.entries(shownKernels).map(([path, text]) => [projectRoot + path, text] as const),
])

function compile(): ts.Program {
  const file = ts.readConfigFile(join(projectRoot, 'kernels/tsconfig.json'), path => {
    return readFileSync(path, 'utf8')
  })
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    file.config,
    ts.sys,
    join(projectRoot, 'kernels'),
  )
  const host = ts.createCompilerHost(options)
  const [readFile, fileExists] = [host.readFile.bind(host), host.fileExists.bind(host)]
  host.readFile = path => texts.get(path) ?? readFile(path)
  host.fileExists = path => texts.has(path) || fileExists(path)
  return ts.createProgram([...fileNames, ...texts.keys()], options, host)
}

const program = compile()

function errorsOf(path: string): readonly string[] {
  const source = program.getSourceFile(path)
  if (source === undefined) throw new Error(`${path} is not part of the program`)
  const found = [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]
  return found.map(d => `TS${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`)
}

t.test('tsc --strict accepts every kernel, the language and the fixtures', async t => {
  const files = program
    .getSourceFiles()
    .map(f => f.fileName)
    .filter(
      name => name.startsWith(projectRoot) && !name.includes('node_modules') && !texts.has(name),
    )
  t.ok(
    files.some(name => name.includes('fixtures/kernels/ok/')),
    'fixtures are among them',
  )
  t.ok(
    files.some(name => name.includes('kernels/conv2d/')),
    'kernels are among them',
  )
  for (const file of files) t.same(errorsOf(file), [], file.slice(projectRoot.length))
})

Object.keys(refused).forEach((title, i) => {
  t.test(`tsc refuses ${title}`, async t => {
    const errors = errorsOf(pathOf('refused', i))
    t.equal(errors.length, 1)
    t.match(errors[0], /^TS(2322|2345|2375|2542|2739) /)
  })
})

Object.keys(accepted).forEach((title, i) => {
  t.test(`tsc accepts ${title}`, async t => {
    t.same(errorsOf(pathOf('accepted', i)), [])
  })
})

t.test('tsc accepts the kernels of the guide', async t => {
  for (const path of Object.keys(shownKernels)) t.same(errorsOf(projectRoot + path), [], path)
})

t.test('the frontend knows what runtime/lang/types.ts exports, and no more', async t => {
  const source = program.getSourceFile(types)
  if (source === undefined) throw new Error('types.ts is not part of the program')
  const checker = program.getTypeChecker()
  const symbol = checker.getSymbolAtLocation(source)
  const exported = symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(s => s.name)
  t.same([...builtinNames].sort(), exported.sort())
})
