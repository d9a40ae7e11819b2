// Replays an emitted program on shadow memory: every read must find the bytes of the owner it names.

import type { Expr, Func, Module, Stmt, Type } from '../kir/node.ts'
import { evaluate } from './evaluate.ts'
import { meet, ShadowMemory, type Extent, type Foreign } from './shadow.ts'

/** A call that writes over bytes it reads as another owner's. */
export interface ReplayOverlap {
  /** Position of the call among the call statements of the program, in the order of the text. */
  readonly call: number
  /** The step the call belongs to: one more than the last one traced; 0 before the first trace. */
  readonly step: number
  readonly callee: string
  /** Owners of the bytes read and written. */
  readonly reads: number
  readonly writes: number
}

export interface ReplayOptions {
  /** What the caller has put into the arena, and what it takes out. */
  readonly inputs: readonly Extent[]
  readonly outputs: readonly Extent[]
  /** Whether a call may work in place; the default is that none may. */
  readonly allowed?: (overlap: ReplayOverlap) => boolean
}

/** Statements a program may run: far more than any model has, and an end to a loop without one. */
const mostStatements = 2_000_000
/** A broken plan fails at many places; the first ones tell enough. */
const mostProblems = 50

interface State {
  readonly module: Module
  readonly arena: string
  readonly memory: ShadowMemory
  readonly allowed: (overlap: ReplayOverlap) => boolean
  readonly problems: string[]
  readonly locals: Map<string, number>
  readonly callNumbers: ReadonlyMap<Stmt, number>
  step: number
  left: number
}

/**
 * Runs function `entry` of `module` on shadow memory of `arenaBytes` bytes; its first pointer
 * parameter is the arena. What is wrong comes back as a sentence each; empty: the order of the calls
 * is proved. Only the program is consulted, not the plan. An argument for a read-only pointer must
 * find all bytes of its region owned by the region's owner; one for a writable pointer then claims
 * its region. Statements it cannot follow are reported, never skipped.
 */
export function replayInvoke(
  module: Module,
  entry: string,
  arenaBytes: number,
  options: ReplayOptions,
): readonly string[] {
  const func = module.functions.find(({ name }) => name === entry)
  if (func === undefined) return [`module ${module.name} has no function ${entry}`]
  const state = startOf(module, func, arenaBytes, options)
  if (state === null) return [`function ${entry} has no pointer parameter for the arena`]
  for (const [index, input] of options.inputs.entries()) placeInput(state, index, input)
  for (const [index, input] of options.inputs.entries()) {
    expectOwner(state, `input ${index} before the first step`, input)
  }
  runBody(state, func.body)
  for (const [index, output] of options.outputs.entries()) {
    expectOwner(state, `output ${index} after the last step`, output)
  }
  return state.problems.slice(0, mostProblems)
}

function startOf(
  module: Module,
  func: Func,
  arenaBytes: number,
  options: ReplayOptions,
): State | null {
  const arena = func.params.find(({ type }) => isPointer(type))
  if (arena === undefined) return null
  const callNumbers = new Map<Stmt, number>()
  numberCalls(func.body, callNumbers)
  return {
    module,
    arena: arena.name,
    memory: new ShadowMemory(arenaBytes),
    allowed: options.allowed ?? (() => false),
    problems: [],
    locals: new Map(),
    callNumbers,
    step: 0,
    left: mostStatements,
  }
}

function numberCalls(body: readonly Stmt[], numbers: Map<Stmt, number>): void {
  for (const s of body) {
    if (s.kind === 'call') numbers.set(s, numbers.size)
    else if (s.kind === 'for' || s.kind === 'block') numberCalls(s.body, numbers)
  }
}

function placeInput(state: State, index: number, input: Extent): void {
  if (state.memory.contains(input)) state.memory.claim(input)
  else state.problems.push(`input ${index} lies outside the arena: ${describe(input)}`)
}

function expectOwner(state: State, what: string, extent: Extent): void {
  if (!state.memory.contains(extent)) {
    state.problems.push(`${what} lies outside the arena: ${describe(extent)}`)
    return
  }
  const foreign = state.memory.firstForeign(extent)
  if (foreign !== null) state.problems.push(`${what}: ${describeForeign(foreign, extent.owner)}`)
}

/** Runs statements; false when the replay cannot go on. */
function runBody(state: State, body: readonly Stmt[]): boolean {
  return body.every(s => runStatement(state, s))
}

function runStatement(state: State, s: Stmt): boolean {
  if (--state.left < 0) return stop(state, 'the program does not come to an end')
  if (state.problems.length >= mostProblems) return false
  switch (s.kind) {
    case 'comment':
      return true
    case 'trace':
      state.step = s.step + 1
      return true
    case 'block':
      return runBody(state, s.body)
    case 'for':
      return runLoop(state, s)
    case 'let':
    case 'assign': {
      const value = evaluate(s.value, state.locals)
      if (value === null) return stop(state, `the value of ${s.name} cannot be followed`)
      state.locals.set(s.name, value)
      return true
    }
    case 'call':
      runCall(state, s, s.call)
      return true
    case 'array':
    case 'store':
    case 'storeWord':
    case 'if':
    case 'while':
    case 'unroll':
    case 'break':
    case 'continue':
    case 'return':
      return stop(state, `a statement of kind '${s.kind}' cannot be followed`)
  }
}

function stop(state: State, problem: string): false {
  state.problems.push(problem)
  return false
}

function runLoop(state: State, loop: Extract<Stmt, { kind: 'for' }>): boolean {
  if (!runStatement(state, loop.init)) return false
  for (;;) {
    const condition = evaluate(loop.condition, state.locals)
    if (condition === null) return stop(state, 'the condition of a loop cannot be followed')
    if (condition === 0) return true
    if (!runBody(state, loop.body) || !runStatement(state, loop.update)) return false
  }
}

type Call = Extract<Expr, { kind: 'call' }>

function runCall(state: State, statement: Stmt, call: Call): void {
  const number = state.callNumbers.get(statement) ?? 0
  const where = `call ${number} (${call.callee}, step ${state.step})`
  const callee = state.module.functions.find(({ name }) => name === call.callee)
  if (callee?.params.length !== call.args.length) {
    state.problems.push(`${where}: no function with ${call.args.length} parameters has this name`)
    return
  }
  const reads: Extent[] = []
  const writes: Extent[] = []
  for (const [index, param] of callee.params.entries()) {
    const extent = argumentExtent(state, call.args[index]!, param.type)
    if (typeof extent === 'string') state.problems.push(`${where}, ${param.name}: ${extent}`)
    else if (extent !== null) (isWritable(param.type) ? writes : reads).push(extent)
  }
  // Reads come first: a kernel that works in place reads each element before it is overwritten.
  for (const read of reads) {
    const foreign = state.memory.firstForeign(read)
    if (foreign === null) continue
    state.problems.push(`${where} reads ${describe(read)}: ${describeForeign(foreign, read.owner)}`)
  }
  const overlap = { call: number, step: state.step, callee: call.callee }
  for (const [index, write] of writes.entries()) {
    const clash =
      writes.slice(0, index).find(other => other.owner !== write.owner && meet(other, write)) ??
      reads.find(read => clashes(state, overlap, read, write))
    if (clash !== undefined) {
      state.problems.push(`${where} writes ${describe(write)} over ${describe(clash)}`)
    }
    state.memory.claim(write)
  }
}

function clashes(
  state: State,
  call: Omit<ReplayOverlap, 'reads' | 'writes'>,
  read: Extent,
  write: Extent,
): boolean {
  if (read.owner === write.owner || !meet(read, write)) return false
  return !state.allowed({ ...call, reads: read.owner, writes: write.owner })
}

/** The bytes an argument stands for; null when it is none of the arena; a string when in doubt. */
function argumentExtent(state: State, arg: Expr, type: Type): Extent | string | null {
  if (arg.kind === 'data') return isWritable(type) ? 'a constant is passed to be written' : null
  // Sizes and positions inside a region are the kernel's affair.
  if (!isPointer(type)) return null
  // A pointer into a region or a constant counts as the whole of it.
  if (arg.kind === 'reinterpret' || arg.kind === 'offset')
    return argumentExtent(state, arg.ptr, type)
  if (arg.kind !== 'region') return 'a pointer that is neither a region of the arena nor a constant'
  if (arg.base.kind !== 'local' || arg.base.name !== state.arena)
    return 'a region outside the arena'
  if (isWritable(type) && arg.type.readonly) return 'a read-only region is passed to be written'
  const offset = evaluate(arg.offset, state.locals)
  if (offset === null) return 'an offset that cannot be followed'
  const extent = { offset, bytes: arg.bytes, owner: arg.owner }
  return state.memory.contains(extent) ? extent : `outside the arena: ${describe(extent)}`
}

function isPointer(type: Type): type is Extract<Type, { kind: 'ptr' }> {
  return typeof type === 'object' && type.kind === 'ptr'
}

function isWritable(type: Type): boolean {
  return isPointer(type) && !type.readonly
}

function describe({ offset, bytes, owner }: Extent): string {
  return `bytes ${offset} to ${offset + bytes - 1} of owner ${owner}`
}

function describeForeign({ at, owner }: Foreign, expected: number): string {
  const found = owner === null ? 'nobody wrote it' : `it holds owner ${owner}`
  return `byte ${at} should hold owner ${expected}, ${found}`
}
