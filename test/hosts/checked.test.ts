// What checked JavaScript is for: each mistake C would hide is trapped at its line, and debuggers stop there.
import { Session } from 'node:inspector'
import { originalPositionFor, generatedPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import t from 'tap'
import { sourceRoot } from '../../runtime/hosts/checked/load.ts'
import { Memory, View, viewOf } from '../../runtime/hosts/checked/memory.ts'
import { KernelTrap, type TrapKind } from '../../runtime/hosts/checked/trap.ts'
import { buffer, checkedFunction, kernelPath, languageImport } from '../checked.ts'

interface Planted {
  readonly title: string
  readonly trap: TrapKind
  /** `export function f...`; the line that traps ends in `//!`, with a caret on the line above. */
  readonly text: string
  readonly args: readonly unknown[]
  /** The values the message has to name. */
  readonly says: string
  readonly column: number
}

/** A function of one line: `f(parameters): result`, where `return expression` traps. */
function expression(
  trap: TrapKind,
  parameters: string,
  result: string,
  source: string,
  args: readonly unknown[],
  says: string,
): Planted {
  return {
    title: source,
    trap,
    text: `export function f(${parameters}): ${result} {\n  return ${source} //!\n}\n`,
    args,
    says,
    column: 10,
  }
}

const bytes = (): View => buffer('i8', [1, 2, 3, 4, 5, 6, 7, 8])
const pair = 'a: i32, b: i32'
const wide = 'a: i64, b: i64'
const p = 'p: Ptr<i8>, i: i32'
const low = -2147483648
const high = 2147483647

const planted: readonly Planted[] = [
  expression('out-of-bounds', p, 'i32', 'p[i]', [bytes(), 8], 'index 8 is element 8 of 8'),
  expression('out-of-bounds', p, 'i32', 'p[i]', [bytes(), -1], 'index -1 is element -1 of 8'),
  expression(
    'out-of-bounds',
    p,
    'i32',
    'p.offset(i)[1]',
    [bytes(), 7],
    'index 1 is element 8 of 8',
  ),
  expression('out-of-bounds', p, 'i32', 'p.loadWord(i)', [bytes(), 8], 'element 8 of 8'),
  expression(
    'out-of-bounds',
    p,
    'i32',
    'p.loadWordUnaligned(i)',
    [bytes(), 5],
    'element 5 of 8, 4 bytes wide',
  ),
  expression('misaligned', p, 'i32', 'p.loadWord(i)', [bytes(), 1], 'address 1 (index 1)'),
  expression(
    'misaligned',
    p,
    'i32',
    'p.offset(i).reinterpret<i32>()[0]',
    [bytes(), 2],
    'address 2 as i32',
  ),
  expression(
    'misaligned',
    p,
    'i32',
    'p.offset(i).reinterpret<i16>()[0]',
    [bytes(), 3],
    'address 3 as i16',
  ),
  expression('overflow', pair, 'i32', 'a + b', [high, 1], '2147483647 + 1 = 2147483648'),
  expression('overflow', pair, 'i32', 'a - b', [low, 1], '-2147483648 - 1 = -2147483649'),
  expression('overflow', pair, 'i32', 'a * b', [65536, 32768], '65536 * 32768 = 2147483648'),
  expression('overflow', pair, 'i32', 'a * b', [low, low], '-2147483648 * -2147483648'),
  expression('overflow', pair, 'i32', 'a << b', [3, 30], '3 << 30 = 3221225472'),
  expression('overflow', pair, 'i32', '-a', [low, 0], '0 - -2147483648'),
  expression('overflow', pair, 'i32', 'idiv(a, b)', [low, -1], '-2147483648 / -1'),
  expression('overflow', pair, 'i32', 'a % b', [low, -1], '-2147483648 / -1'),
  expression('overflow', wide, 'i64', 'a + b', [1n << 62n, 1n << 62n], 'does not fit i64'),
  expression('overflow', wide, 'i64', 'a - b', [-(1n << 63n), 1n], '- 1 does not fit i64'),
  expression('overflow', wide, 'i64', 'a * b', [1n << 40n, 1n << 23n], '* 8388608 does not fit'),
  expression('overflow', wide, 'i64', 'a << 62', [2n, 0n], '2 << 62 does not fit i64'),
  expression('bad-shift', pair, 'i32', 'a >> b', [5, 32], 'shift of 5 by 32'),
  expression('bad-shift', pair, 'i32', 'a << b', [5, -1], 'shift of 5 by -1'),
  expression('bad-shift', pair, 'i32', 'wrapShl(a, b)', [5, 40], 'shift of 5 by 40'),
  expression('bad-shift', 'a: u32, b: i32', 'u32', 'a >>> b', [5, 33], 'shift of 5 by 33'),
  expression('bad-shift', 'a: i64, b: i32', 'i64', 'a >> b', [5n, 64], 'shift of 5 by 64'),
  expression('zero-divisor', pair, 'i32', 'idiv(a, b)', [7, 0], '7 divided by 0'),
  expression('zero-divisor', pair, 'i32', 'irem(a, b)', [7, 0], '7 divided by 0'),
  expression('zero-divisor', 'a: u32, b: u32', 'u32', 'a % b', [7, 0], '7 divided by 0'),
  expression('zero-divisor', wide, 'i64', 'a % b', [7n, 0n], '7 divided by 0'),
  expression('does-not-fit', pair, 'i8', 'i8(a)', [200, 0], '200 does not fit i8'),
  expression('does-not-fit', pair, 'u8', 'u8(a)', [-1, 0], '-1 does not fit u8'),
  expression('does-not-fit', wide, 'i32', 'i32(a)', [1n << 31n, 0n], '2147483648 does not fit i32'),
  expression('does-not-fit', 'x: f32', 'i32', 'truncI32(x)', [NaN], 'NaN does not fit i32'),
  expression('does-not-fit', 'x: f32', 'i32', 'truncI32(x)', [3e9], '3000000000 does not fit'),
  {
    title: 'a write past the end, in a loop that runs once too often',
    trap: 'out-of-bounds',
    text: [
      'export function f(p: Ptr<i8>, n: i32): void {',
      '  for (let i: i32 = 0; i <= n; i++) {',
      '    p[i] = i8(i) //!',
      '  }',
      '}',
    ].join('\n'),
    args: [bytes(), 8],
    says: 'index 8 is element 8 of 8',
    column: 5,
  },
  {
    title: 'a misaligned word store',
    trap: 'misaligned',
    text: 'export function f(p: Ptr<i8>): void {\n  p.storeWord(2, 1) //!\n}\n',
    args: [bytes()],
    says: 'address 2 (index 2) is not a multiple of 4',
    column: 3,
  },
  {
    title: 'a sum that overflows in the second round',
    trap: 'overflow',
    text: [
      'export function f(p: ConstPtr<i32>, n: i32): i32 {',
      '  let sum: i32 = 0',
      '  for (let i: i32 = 0; i < n; i++) {',
      '    sum += p[i] //!',
      '  }',
      '  return sum',
      '}',
    ].join('\n'),
    args: [buffer('i32', [high, 1]), 2],
    says: '2147483647 + 1 = 2147483648 does not fit i32',
    column: 5,
  },
  {
    title: 'a local array that is read before it is written',
    trap: 'uninitialised',
    text: [
      'export function f(x: i32): i32 {',
      '  const scratch = localArray<i32>(4)',
      '  scratch[0] = x',
      '  return scratch[0] +',
      '    scratch[1] //!',
      '}',
    ].join('\n'),
    args: [1],
    says: 'index 1 was never written',
    column: 5,
  },
  {
    title: 'an in-place kernel that reads what it has overwritten',
    trap: 'read-after-overwrite',
    // Both views are the same bytes: the output of element i lands on element i + 1.
    text: [
      'export function f(input: ConstPtr<i8>, output: Ptr<i8>, n: i32): void {',
      '  for (let i: i32 = 0; i < n; i++) {',
      '    output[i + 1] = wrapI8(',
      '      input[i] * 2, //!',
      '    )',
      '  }',
      '}',
    ].join('\n'),
    args: overlapping(),
    says: 'index 1 has been overwritten by another tensor',
    column: 7,
  },
  {
    title: 'a store into constants',
    trap: 'read-only',
    text: 'export function f(p: Ptr<i8>): void {\n  p[2] = i8(1) //!\n}\n',
    args: [viewOf(new Memory(8, false), 8, 0, 'i8')],
    says: 'index 2 is a constant',
    column: 3,
  },
]

function overlapping(): readonly unknown[] {
  const input = bytes()
  const output = new View(input.memory, 0, 0, 8, 2, 1)
  return [input, output, 4]
}

for (const { title, trap, text, args, says, column } of planted) {
  t.test(`${trap}: ${title}`, async t => {
    const source = languageImport + text
    const line = source.split('\n').findIndex(s => s.endsWith('//!')) + 1
    const f = checkedFunction(source, 'f')
    const error = caught(() => f(...args))
    if (!(error instanceof KernelTrap)) throw new Error(`no trap but ${String(error)}`)
    t.equal(error.trap, trap)
    t.equal(error.span.line, line)
    t.ok(
      error.message.startsWith(`${kernelPath}:${line}:${column}: `),
      `${error.message} names the place`,
    )
    t.match(error.message, says)
  })
}

function caught(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}

const mean = `${languageImport}
/** Mean of n elements. */
export function mean(p: ConstPtr<i8>, n: i32): i32 {
  let sum: i32 = 0
  for (let i: i32 = 0; i < n; i++) {
    const value: i32 = p[i]
    sum += value
  }
  return idiv(sum, n)
}
`

t.test('a breakpoint on a kernel line is hit there, with the variables of the kernel', async t => {
  const session = new Session()
  session.connect()
  t.teardown(() => {
    session.disconnect()
  })
  let map: TraceMap | undefined
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (!params.url.endsWith('breakpoint.checked.js')) return
    const encoded = (params.sourceMapURL ?? '').split('base64,')[1] ?? ''
    map = new TraceMap(Buffer.from(encoded, 'base64').toString())
  })
  session.post('Debugger.enable')
  const f = checkedFunction(mean, 'mean', {}, 'breakpoint')
  if (map === undefined) throw new Error('the script has no source map')
  const tracer = map
  t.equal(tracer.sourcesContent?.[0], mean, 'the debugger gets the text of the kernel')

  const line = mean.split('\n').findIndex(s => s.includes('sum += value')) + 1
  const place = generatedPositionFor(tracer, { source: sourceRoot + kernelPath, line, column: 4 })
  const stops: { line: number | null; source: string | null; locals: Record<string, unknown> }[] =
    []
  session.on('Debugger.paused', ({ params }) => {
    const frame = params.callFrames[0]
    if (frame === undefined) return
    const { lineNumber, columnNumber = 0 } = frame.location
    const at = originalPositionFor(tracer, { line: lineNumber + 1, column: columnNumber })
    stops.push({ line: at.line, source: at.source, locals: localsOf(session, frame.scopeChain) })
  })
  session.post('Debugger.setBreakpointByUrl', {
    lineNumber: (place.line ?? 0) - 1,
    urlRegex: 'breakpoint\\.checked\\.js$',
  })
  t.equal(f(buffer('i8', [3, 5, 10]), 3), 6)
  t.equal(stops.length, 3, 'once per round')
  t.same(
    stops.map(stop => stop.line),
    [line, line, line],
  )
  t.equal(stops[0]?.source, sourceRoot + kernelPath)
  t.match(stops[2]?.locals, { i: 2, value: 10, sum: 8, n: 3 })
})

type Scopes = readonly {
  readonly type: string
  readonly object: { readonly objectId?: string | undefined }
}[]

/** Variables of all scopes of a paused function; inner ones win. */
function localsOf(session: Session, scopes: Scopes): Record<string, unknown> {
  const locals: Record<string, unknown> = {}
  for (const scope of scopes) {
    if (scope.type !== 'local' && scope.type !== 'block') continue
    const objectId = scope.object.objectId ?? ''
    session.post('Runtime.getProperties', { objectId }, (error, { result }) => {
      if (error !== null) throw error
      for (const { name, value } of result) locals[name] ??= value?.value
    })
  }
  return locals
}
