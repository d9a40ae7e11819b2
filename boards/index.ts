// The boards and cores that ship, by name.

import cortexM0plus from './cores/cortex-m0plus.json' with { type: 'json' }
import cortexM33 from './cores/cortex-m33.json' with { type: 'json' }
import cortexM4 from './cores/cortex-m4.json' with { type: 'json' }
import cortexM55 from './cores/cortex-m55.json' with { type: 'json' }
import cortexM7 from './cores/cortex-m7.json' with { type: 'json' }
import hostCore from './cores/host.json' with { type: 'json' }
import host from './host.json' with { type: 'json' }
import an386 from './mps2-an386.json' with { type: 'json' }
import an500 from './mps2-an500.json' with { type: 'json' }
import type { Board, Core } from './schema.ts'
import f746 from './stm32f746g-disco.json' with { type: 'json' }

const byName = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map(entry => [entry.name, entry]))

export const cores: ReadonlyMap<string, Core> = byName([
  hostCore,
  cortexM0plus,
  cortexM4,
  cortexM7,
  cortexM33,
  cortexM55,
] as Core[])

export const boards: ReadonlyMap<string, Board> = byName([host, an386, an500, f746] as Board[])

/** The core of a board; board files are validated to name one that exists. */
export function coreOf(board: Board): Core {
  const core = cores.get(board.core)
  if (core === undefined) throw new Error(`board ${board.name} names no known core`)
  return core
}
