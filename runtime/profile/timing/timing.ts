// How a core's timing is asked: cycles of stretches of straight code.

import type { Missing } from '../../hosts/host.ts'
import type { Instruction } from '../disassembly.ts'

export interface BlockTiming {
  /** By instruction, when the block is left by its end. */
  readonly cycles: readonly number[]
  /** More when it is left by a taken branch. */
  readonly takenCycles: number
}

export interface Timings {
  /** In the order of the blocks asked for. */
  readonly blocks: readonly BlockTiming[]
  /** What was not known and how it was counted. */
  readonly warnings: readonly string[]
}

export type Timing = (blocks: readonly (readonly Instruction[])[]) => Promise<Timings | Missing>

/** Collects instructions that a table does not have; each is counted as one cycle. */
export class Unknowns {
  readonly #seen = new Map<string, number>()

  add(instruction: Instruction): void {
    const { mnemonic } = instruction
    this.#seen.set(mnemonic, (this.#seen.get(mnemonic) ?? 0) + 1)
  }

  warnings(core: string): readonly string[] {
    return [...this.#seen].map(
      ([mnemonic, places]) =>
        `the timing of ${core} does not know '${mnemonic}' (in ${plural(places, 'place')}): counted as 1 cycle`,
    )
  }
}

export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
