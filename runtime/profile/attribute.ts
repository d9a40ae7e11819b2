// Adds up blocks: by function, by source line, by operator.

import type { Disassembly, Instruction } from './disassembly.ts'
import type { SourceLine } from './lines.ts'
import type { BlockWork, FunctionWork, LineWork, OperatorWork, Work } from './profile.ts'
import { firstOwner, otherOwner, ownOwner, type BlockCount } from './run.ts'
import type { BlockTiming } from './timing/timing.ts'

/** A block with its code and its timing. */
export interface TimedBlock {
  readonly count: BlockCount
  readonly code: readonly Instruction[]
  readonly timing: BlockTiming
}

export interface Attributed extends Work {
  readonly functions: readonly FunctionWork[]
  readonly lines: readonly LineWork[]
  readonly operators: readonly OperatorWork[]
  readonly schedule: Work
  readonly transfers: Work
  readonly blocks: readonly BlockWork[]
}

class Sum {
  instructions = 0
  cycles = 0

  add(instructions: number, cycles: number): void {
    this.instructions += instructions
    this.cycles += cycles
  }

  /** Fractions of cycles come from averages; sums are given to a thousandth. */
  get work(): Work {
    return { instructions: this.instructions, cycles: Math.round(this.cycles * 1000) / 1000 }
  }
}

class Sums<Key> {
  readonly #sums = new Map<Key, Sum>()

  of(key: Key): Sum {
    const known = this.#sums.get(key)
    if (known !== undefined) return known
    const made = new Sum()
    this.#sums.set(key, made)
    return made
  }

  /** Most cycles first. */
  sorted(): readonly (readonly [Key, Work])[] {
    const list = [...this.#sums].map(([key, sum]) => [key, sum.work] as const)
    return list.sort(([, a], [, b]) => b.cycles - a.cycles)
  }
}

/** `operators`: how many numbers the call order uses. */
export function attribute(
  timed: readonly TimedBlock[],
  { functionAt }: Disassembly,
  lines: ReadonlyMap<number, SourceLine>,
  operators: number,
): Attributed {
  const total = new Sum()
  const byFunction = new Sums<string>()
  const byLine = new Sums<string>()
  const byOwner = new Sums<number>()
  const byBlock = new Map<string, BlockWork>()
  const functionsOf = Array.from({ length: operators }, () => new Sums<string>())
  for (const { count, code, timing } of timed) {
    const { executed, taken, owner } = count
    let blockCycles = 0
    for (let i = 0; i < count.instructions; i++) {
      const instruction = code[i]
      const isLast = i === count.instructions - 1
      const cycles = (timing.cycles[i] ?? 1) * executed + (isLast ? timing.takenCycles * taken : 0)
      const address = instruction?.address ?? count.address
      const name = functionAt(address)
      const line = lines.get(address)
      total.add(executed, cycles)
      byOwner.of(owner).add(executed, cycles)
      byFunction.of(name).add(executed, cycles)
      functionsOf[owner - firstOwner]?.of(name).add(executed, cycles)
      byLine.of(line === undefined ? '' : `${line.file}:${line.line}`).add(executed, cycles)
      blockCycles += cycles
    }
    addBlock(byBlock, count, functionAt(count.address), blockCycles)
  }
  const named = (sums: Sums<string>): readonly FunctionWork[] =>
    sums.sorted().map(([name, work]) => ({ name, ...work }))
  return {
    ...total.work,
    functions: named(byFunction),
    lines: lines.size === 0 ? [] : byLine.sorted().map(([key, work]) => lineOf(key, work)),
    operators: functionsOf.map((functions, operator) => ({
      operator,
      ...byOwner.of(firstOwner + operator).work,
      functions: named(functions),
    })),
    schedule: byOwner.of(ownOwner).work,
    transfers: byOwner.of(otherOwner).work,
    blocks: [...byBlock.values()],
  }
}

function lineOf(key: string, work: Work): LineWork {
  const colon = key.lastIndexOf(':')
  if (colon < 0) return { file: '', line: 0, ...work }
  return { file: key.slice(0, colon), line: Number(key.slice(colon + 1)), ...work }
}

/** One entry for all owners of a block. */
function addBlock(
  into: Map<string, BlockWork>,
  count: BlockCount,
  name: string,
  cycles: number,
): void {
  const { address, bytes, instructions, executed, taken } = count
  const key = `${address} ${bytes}`
  const none = { executed: 0, taken: 0, cycles: 0 }
  const known = into.get(key) ?? { function: name, address, bytes, instructions, ...none }
  into.set(key, {
    ...known,
    executed: known.executed + executed,
    taken: known.taken + taken,
    cycles: Math.round((known.cycles + cycles) * 1000) / 1000,
  })
}
