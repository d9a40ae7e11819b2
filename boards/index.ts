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
import an547 from './mps3-an547.json' with { type: 'json' }
import nrf52840 from './nrf52840.json' with { type: 'json' }
import rp2040 from './rp2040.json' with { type: 'json' }
import type { Board, Core } from './schema.ts'
import f412 from './stm32f412.json' with { type: 'json' }
import f746 from './stm32f746g-disco.json' with { type: 'json' }
import f765 from './stm32f765.json' with { type: 'json' }
import h743 from './stm32h743.json' with { type: 'json' }
import l4r5 from './stm32l4r5.json' with { type: 'json' }
import u585 from './stm32u585.json' with { type: 'json' }

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

export const boards: ReadonlyMap<string, Board> = byName([
  host,
  f412,
  f746,
  f765,
  h743,
  l4r5,
  u585,
  nrf52840,
  rp2040,
  an386,
  an500,
  an547,
] as Board[])

/** The core of a board; board files are validated to name one that exists. */
export function coreOf(board: Board): Core {
  const core = cores.get(board.core)
  if (core === undefined) throw new Error(`board ${board.name} names no known core`)
  return core
}
