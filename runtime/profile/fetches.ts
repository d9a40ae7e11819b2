// How often lines of code have to be fetched from flash: block counts against an instruction cache.

import type { BlockWork } from './profile.ts'

/** What the model knows of a block of code. */
export type FetchedBlock = Pick<BlockWork, 'function' | 'address' | 'bytes' | 'executed' | 'taken'>

/** Fetches of lines that were not in the cache. */
export interface LineMisses {
  /** After a branch: nothing could be fetched ahead. */
  readonly jumped: number
  /** Of the line after the one being executed. */
  readonly sequential: number
}

interface Line {
  /** How often the line was entered by a branch, and from the line before it. */
  jumps: number
  sequential: number
}

type Code = Map<number, Line>

/**
 * A line that is entered n times lies in a loop with those lines of its function that are entered n times
 * or more often. If these fit the cache together the line stays in it, else it is fetched at every entry:
 * how a least-recently-used cache treats nested loops. Between two calls of a function the lines of the
 * whole program ran that are entered as often as it is called: where they do not fit, the lines that
 * stay are fetched once more for every call.
 *
 * `cacheBytes` 0: nothing stays.
 */
export function lineMisses(
  blocks: readonly FetchedBlock[],
  lineBytes: number,
  cacheBytes: number,
): LineMisses {
  const functions = codeOf(blocks, lineBytes)
  const all = [...functions.values()].flatMap(({ code }) => [...code.values()].map(entriesOf))
  const cacheLines = Math.floor(cacheBytes / lineBytes)
  let [jumped, sequential] = [0, 0]
  for (const { code, calls } of functions.values()) {
    const stays = residents(code, cacheLines)
    const displaced = all.filter(entries => entries >= calls).length > cacheLines
    for (const [number, line] of code) {
      if (!stays.has(number)) {
        jumped += line.jumps
        sequential += line.sequential
      } else if (displaced) {
        const again = Math.min(calls, entriesOf(line))
        if (code.has(number - 1)) sequential += again
        else jumped += again
      }
    }
  }
  return { jumped, sequential }
}

function entriesOf({ jumps, sequential }: Line): number {
  return jumps + sequential
}

/** Lines of a function that its own loops leave in a cache of so many lines. */
function residents(code: Code, cacheLines: number): ReadonlySet<number> {
  const entries = [...code].map(([number, line]) => ({ number, times: entriesOf(line) }))
  entries.sort((a, b) => b.times - a.times)
  const stays = new Set<number>()
  for (let i = 0; i < entries.length;) {
    const times = entries[i]?.times
    let end = i
    while (entries[end]?.times === times && end < entries.length) end++
    if (end > cacheLines) break
    for (const { number } of entries.slice(i, end)) stays.add(number)
    i = end
  }
  return stays
}

interface FunctionCode {
  readonly code: Code
  /** Executions of the block at the lowest address. */
  calls: number
  start: number
}

function codeOf(
  blocks: readonly FetchedBlock[],
  lineBytes: number,
): ReadonlyMap<string, FunctionCode> {
  const fallsInto = new Map<number, number>()
  for (const { address, bytes, executed, taken } of blocks) {
    const end = address + bytes
    fallsInto.set(end, (fallsInto.get(end) ?? 0) + executed - taken)
  }
  const functions = new Map<string, FunctionCode>()
  for (const block of blocks) {
    const { function: name, address, executed } = block
    const known = functions.get(name) ?? { code: new Map(), calls: 0, start: Infinity }
    functions.set(name, known)
    if (address < known.start) [known.start, known.calls] = [address, executed]
    enter(known.code, block, Math.min(fallsInto.get(address) ?? 0, executed), lineBytes)
  }
  return functions
}

/** `fell`: how often the block before ran on into this one. */
function enter(code: Code, block: FetchedBlock, fell: number, lineBytes: number): void {
  const { address, bytes, executed } = block
  const first = Math.floor(address / lineBytes)
  const last = Math.floor((address + Math.max(bytes, 1) - 1) / lineBytes)
  const lineAt = (number: number): Line => {
    const line = code.get(number) ?? { jumps: 0, sequential: 0 }
    code.set(number, line)
    return line
  }
  lineAt(first).jumps += executed - fell
  // Running on within a line enters nothing.
  if (address % lineBytes === 0) lineAt(first).sequential += fell
  for (let number = first + 1; number <= last; number++) lineAt(number).sequential += executed
}
