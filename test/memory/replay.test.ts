// Replay of hand-written programs on shadow memory: batches, in-place calls, and every kind of fault.
import t from 'tap'
import { binary, i32 } from '../../compiler/kir/build.ts'
import { noSpan, type Expr, type Stmt } from '../../compiler/kir/node.ts'
import {
  replayInvoke,
  type ReplayOptions,
  type ReplayOverlap,
} from '../../compiler/memory/replay.ts'
import { callStatement, kernel, moduleOf, region } from './schedules.ts'

const span = noSpan
const unary = kernel(1, 1)
const binaryKernel = kernel(2, 1)
const withScratch = kernel(1, 2)
const source = kernel(0, 1)
const kernels = [unary, binaryKernel, withScratch, source]

const local = (name: string): Expr => ({ kind: 'local', type: 'i32', name, span })
const number = (value: number): Expr => i32(value, span)
const plus = (a: Expr, b: Expr): Expr => binary('add', a, b, 'i32', span)
const times = (a: Expr, b: Expr): Expr => binary('mul', a, b, 'i32', span)

/** for (let name = 0; name < count; name = name + step) body */
function loop(name: string, count: number, body: readonly Stmt[], step = 1): Stmt {
  return {
    kind: 'for',
    init: { kind: 'let', name, type: 'i32', mutable: true, value: number(0), span },
    condition: binary('lt', local(name), number(count), 'bool', span),
    update: { kind: 'assign', name, value: plus(local(name), number(step)), span },
    body,
    span,
  }
}

const at = (offset: number | Expr, bytes: number, owner: number): Expr =>
  region({ offset, bytes }, owner)
const trace = (step: number): Stmt => ({ kind: 'trace', step, span })
const comment: Stmt = { kind: 'comment', text: 'a remark', span }
const constant: Expr = {
  kind: 'data',
  type: { kind: 'ptr', to: 'i8', readonly: true },
  name: 'weights',
  span,
}

/** A 64-byte arena; 16 bytes of owner 1 at 0 come in, 16 bytes of owner 9 at 48 go out. */
const io: ReplayOptions = {
  inputs: [{ offset: 0, bytes: 16, owner: 1 }],
  outputs: [{ offset: 48, bytes: 16, owner: 9 }],
}

function run(body: readonly Stmt[], options: Partial<ReplayOptions> = {}): readonly string[] {
  return replayInvoke(moduleOf(kernels, body), 'invoke', 64, { ...io, ...options })
}

const finish = callStatement(unary, [at(0, 16, 1), at(48, 16, 9)])

t.test('a program whose reads find their owners is proved', async t => {
  t.same(run([comment, finish, trace(0)]), [])
  const viaMiddle = [
    callStatement(withScratch, [at(0, 16, 1), at(16, 16, 2), at(32, 32, 100)]),
    trace(0),
    { kind: 'block', body: [callStatement(unary, [at(16, 16, 2), at(48, 16, 9)])], span } as const,
    trace(1),
  ]
  t.same(run(viaMiddle), [])
})

t.test('batches, nested loops and computed offsets are followed', async t => {
  const offset = (base: number): Expr =>
    plus(number(base), plus(times(local('batch'), number(8)), times(local('row'), number(4))))
  const nest = (base: number): Stmt[] => [
    loop('batch', 2, [
      loop('row', 2, [callStatement(unary, [at(offset(0), 4, 1), at(offset(base), 4, 9)])]),
    ]),
  ]
  t.same(run(nest(48)), [])
  t.match(run(nest(49)), [
    'call 0 (kernel_1_1, step 0), write0: outside the arena: bytes 61 to 64 of owner 9',
    'output 0 after the last step: byte 48 should hold owner 9, nobody wrote it',
  ])
  const half = [loop('batch', 1, [callStatement(unary, [at(0, 16, 1), at(48, 8, 9)])])]
  t.same(run(half), ['output 0 after the last step: byte 56 should hold owner 9, nobody wrote it'])
  const derived: Stmt = {
    kind: 'let',
    name: 'to',
    type: 'i32',
    mutable: false,
    value: number(48),
    span,
  }
  t.same(run([derived, callStatement(unary, [at(0, 16, 1), at(local('to'), 16, 9)])]), [])
})

t.test('a call may write over what it reads only where the caller says so', async t => {
  const inPlace = [
    callStatement(unary, [at(0, 16, 1), at(16, 16, 2)]),
    trace(0),
    callStatement(unary, [at(16, 16, 2), at(16, 16, 3)]),
    trace(1),
    callStatement(unary, [at(16, 16, 3), at(48, 16, 9)]),
  ]
  t.same(run(inPlace), [
    'call 1 (kernel_1_1, step 1) writes bytes 16 to 31 of owner 3 over bytes 16 to 31 of owner 2',
  ])
  const asked: ReplayOverlap[] = []
  const allowed = (overlap: ReplayOverlap): boolean => {
    asked.push(overlap)
    return overlap.step === 1
  }
  t.same(run(inPlace, { allowed }), [])
  t.same(asked, [{ call: 1, step: 1, callee: 'kernel_1_1', reads: 2, writes: 3 }])
  const batched = [
    loop('b', 16, [callStatement(unary, [at(local('b'), 4, 1), at(local('b'), 4, 2)])], 4),
    callStatement(unary, [at(0, 16, 2), at(48, 16, 9)]),
  ]
  t.same(run(batched, { allowed: () => true }), [])
  // A smaller step reads bytes that the batch before has overwritten.
  const torn = [
    loop('b', 12, [callStatement(unary, [at(local('b'), 4, 1), at(local('b'), 4, 2)])], 2),
  ]
  t.match(run(torn, { allowed: () => true })[0], /reads bytes 2 to 5 of owner 1: byte 2 .* owner 2/)
  const again = [
    callStatement(unary, [at(0, 16, 1), at(0, 16, 2)]),
    callStatement(unary, [at(0, 16, 1), at(48, 16, 9)]),
  ]
  t.match(run(again, { allowed: () => true }), [
    /call 1 .* byte 0 should hold owner 1, it holds owner 2/,
  ])
})

t.test('bytes that are lost, missing or misplaced are found', async t => {
  const faults: readonly (readonly [string, readonly Stmt[], RegExp])[] = [
    [
      'never written',
      [callStatement(unary, [at(16, 16, 2), at(48, 16, 9)])],
      /byte 16 .* nobody wrote it/,
    ],
    [
      'read beyond what was written',
      [callStatement(unary, [at(0, 17, 1), at(48, 16, 9)])],
      /reads bytes 0 to 16 of owner 1: byte 16 .* nobody/,
    ],
    [
      'overwritten before its last use',
      [callStatement(source, [at(15, 4, 5)]), finish],
      /byte 15 should hold owner 1, it holds owner 5/,
    ],
    [
      'one byte too far',
      [callStatement(unary, [at(0, 16, 1), at(49, 16, 9)])],
      /outside the arena: bytes 49 to 64/,
    ],
    [
      'before the arena',
      [callStatement(unary, [at(-1, 16, 1), at(48, 16, 9)])],
      /outside the arena: bytes -1 to 14/,
    ],
    [
      'output overwritten',
      [finish, callStatement(source, [at(60, 4, 7)])],
      /output 0 after the last step: byte 60 should hold owner 9, it holds owner 7/,
    ],
    [
      'scratch over an output',
      [callStatement(withScratch, [at(0, 16, 1), at(48, 16, 9), at(32, 17, 100)])],
      /writes bytes 32 to 48 of owner 100 over bytes 48 to 63 of owner 9/,
    ],
    [
      'scratch over an input',
      [callStatement(withScratch, [at(0, 16, 1), at(48, 16, 9), at(8, 16, 100)])],
      /writes bytes 8 to 23 of owner 100 over bytes 0 to 15 of owner 1/,
    ],
    [
      'only one of two inputs intact',
      [callStatement(binaryKernel, [at(0, 16, 1), at(16, 16, 2), at(48, 16, 9)])],
      /reads bytes 16 to 31 of owner 2/,
    ],
  ]
  for (const [name, body, message] of faults) t.match(run(body)[0], message, name)
  const overlapping = [
    { offset: 0, bytes: 16, owner: 1 },
    { offset: 12, bytes: 8, owner: 2 },
  ]
  t.match(run([], { inputs: overlapping, outputs: [] }), [/input 0 before the first step: byte 12/])
  const outside = [{ offset: 60, bytes: 8, owner: 1 }]
  t.match(run([], { inputs: outside, outputs: [] })[0], /input 0 lies outside the arena/)
  t.match(run([finish], { outputs: outside }), [/output 0 .* lies outside the arena/])
})

t.test('what cannot be followed is reported and never taken for sound', async t => {
  const write = at(48, 16, 9)
  const offArena: Expr = {
    kind: 'local',
    type: { kind: 'ptr', to: 'i8', readonly: false },
    name: 'p',
    span,
  }
  const readonly = { kind: 'ptr', to: 'i8', readonly: true } as const
  const shifted: Expr = {
    kind: 'offset',
    type: readonly,
    ptr: constant,
    index: local('batch'),
    span,
  }
  t.same(run([callStatement(unary, [constant, write])]), [], 'constants are always there')
  t.same(run([callStatement(unary, [shifted, write])]), [])
  const cast: Expr = { kind: 'reinterpret', type: readonly, ptr: at(0, 16, 2), span }
  t.match(run([callStatement(unary, [cast, write])])[0], /byte 0 should hold owner 2/)
  const end: Stmt = { kind: 'return', value: null, span }
  const choice: Stmt = { kind: 'if', condition: number(1), then: [], else: [], span }
  const unbounded: Stmt = { kind: 'for', ...endless, span }
  const cases: readonly (readonly [readonly Stmt[], RegExp])[] = [
    [[callStatement(source, [constant])], /a constant is passed to be written/],
    [[callStatement(unary, [offArena, write])], /neither a region of the arena nor a constant/],
    [
      [callStatement(source, [region({ offset: 0, bytes: 1 }, 1, offArena)])],
      /a region outside the arena/,
    ],
    [[callStatement(source, [at(local('nowhere'), 4, 1)])], /an offset that cannot be followed/],
    [[callStatement({ name: 'unknown' }, [])], /call 0 \(unknown, step 0\): no function/],
    [[callStatement(unary, [write])], /no function with 1 parameters/],
    [[choice], /kind 'if' cannot be followed/],
    [[end], /kind 'return' cannot be followed/],
    [[unbounded], /does not come to an end/],
    [[loop('i', 4, [], 0)], /does not come to an end/],
  ]
  for (const [body, message] of cases) t.match(run(body, { outputs: [] })[0], message)
  t.match(replayInvoke(moduleOf([], []), 'other', 64, io), [/has no function other/])
  const many = Array.from({ length: 200 }, () => callStatement(source, [constant]))
  t.equal(run(many).length, 50, 'a broken program does not flood the terminal')
})

/** for (let i = 0; 1; i = 0) */
const endless = {
  init: { kind: 'let', name: 'i', type: 'i32', mutable: true, value: number(0), span },
  condition: number(1),
  update: { kind: 'assign', name: 'i', value: number(0), span },
  body: [],
} as const
