// From core cycles to cycles on a board: what flash and SRAM that wait add, by a simple stated model.

import { largestRegion, type Board, type Cache, type MemoryBank } from '../../boards/schema.ts'
import { lineMisses, type FetchedBlock } from './fetches.ts'
import type { MemoryWork, Profile } from './profile.ts'

/** What an operator moves; the profiler counts accesses, the schedule knows how many are to new bytes. */
export interface OperatorTraffic {
  /** Number of the call order. */
  readonly operator: number
  /** Weights and other constants it reads, each counted once. */
  readonly constantBytes: number
  /** Its activations, read and written, each counted once. */
  readonly activationBytes: number
  /** How often it is begun or resumed after another operator. */
  readonly resumed: number
}

/** The part of a profile that the model needs. */
export type BoardWork = Pick<Profile, 'cycles' | 'operatorMemory'> & {
  readonly blocks: readonly FetchedBlock[]
}

/** Cycles of one inference on a board; all but `core` are stalls of the core. */
export interface BoardCycles {
  readonly board: string
  readonly core: number
  /** Waiting for code. */
  readonly fetch: number
  /** Waiting for constants in flash. */
  readonly constants: number
  /** Waiting for activations in SRAM. */
  readonly activations: number
  readonly total: number
  /** null: the board has no clock. */
  readonly milliseconds: number | null
}

/** Bytes of Thumb code that the core executes in a cycle at best. */
const codeBytesPerCycle = 4

/**
 * The model of docs/measuring.md, Board cycles. Deterministic; rounded to whole cycles. Boards without
 * wait states give the core's cycles.
 */
export function boardCycles(
  work: BoardWork,
  traffic: readonly OperatorTraffic[],
  board: Board,
): BoardCycles {
  const fetch = Math.round(fetchStalls(work.blocks, board))
  const constants = Math.round(sum(traffic.map(each => constantStalls(each, work, board))))
  const activations = Math.round(sum(traffic.map(each => activationStalls(each, work, board))))
  const core = Math.round(work.cycles)
  const total = core + fetch + constants + activations
  const milliseconds = board.clockHz === 0 ? null : (total / board.clockHz) * 1000
  return { board: board.name, core, fetch, constants, activations, total, milliseconds }
}

function fetchStalls(blocks: readonly FetchedBlock[], board: Board): number {
  const flash = largestRegion(board, 'flash')[0]
  const cache = covering(board.caches?.instruction, 'flash')
  if (flash === undefined || (waits(flash) === 0 && cache === null)) return 0
  const lineBytes = cache?.lineBytes ?? accessBytes(flash)
  const fill = cache === null ? waits(flash) : fillCycles(flash, cache)
  const share = board.caches?.unified === true ? 1 / 2 : 1
  const { jumped, sequential } = lineMisses(blocks, lineBytes, (cache?.bytes ?? 0) * share)
  const ahead = board.caches?.prefetch === true ? lineBytes / codeBytesPerCycle : 0
  return jumped * fill + sequential * Math.max(0, fill - ahead)
}

function constantStalls(each: OperatorTraffic, work: BoardWork, board: Board): number {
  const flash = largestRegion(board, 'flash')[0]
  if (flash === undefined) return 0
  const { reads, readBytes } = memoryOf(work, each, 'flash')
  const caches = board.caches
  const cache = covering(caches?.unified === true ? caches.instruction : caches?.data, 'flash')
  if (cache === null) return reads * waits(flash)
  const room = caches?.unified === true ? cache.bytes / 2 : cache.bytes
  const once = each.constantBytes * each.resumed
  const fetched = each.constantBytes <= room ? Math.min(once, readBytes) : readBytes
  return (fetched / cache.lineBytes) * fillCycles(flash, cache)
}

/** Every activation passes the cache once: read in, and written back. */
function activationStalls(each: OperatorTraffic, work: BoardWork, board: Board): number {
  const banks = largestRegion(board, 'sram').filter(bank => bank.coupled !== true)
  const all = sum(largestRegion(board, 'sram').map(({ bytes }) => bytes))
  const { reads, writes } = memoryOf(work, each, 'sram')
  const cache = covering(board.caches?.data, 'sram')
  const stalls = banks.map(bank => {
    const cycles =
      cache === null
        ? (reads + writes) * waits(bank)
        : (each.activationBytes / cache.lineBytes) * fillCycles(bank, cache)
    return cycles * (bank.bytes / all)
  })
  return sum(stalls)
}

const nothing: Omit<MemoryWork, 'region'> = {
  ...{ reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 },
  unaligned: 0,
}

function memoryOf(
  { operatorMemory }: BoardWork,
  { operator }: OperatorTraffic,
  region: 'flash' | 'sram',
): Omit<MemoryWork, 'region'> {
  return operatorMemory.find(m => m.operator === operator && m.region === region) ?? nothing
}

function covering(cache: Cache | null | undefined, kind: 'flash' | 'sram'): Cache | null {
  return cache?.covers.includes(kind) === true ? cache : null
}

function accessBytes({ fetchBits = 32 }: MemoryBank): number {
  return fetchBits / 8
}

/** Core cycles that one access waits where no cache is in front. */
function waits({ waitStates = 0, busDivider = 1 }: MemoryBank): number {
  return (waitStates + 1) * busDivider - 1
}

/** Core cycles that a line of a cache takes: the wait states of each access, then moving it. */
function fillCycles(bank: MemoryBank, cache: Cache): number {
  const { waitStates = 0, busDivider = 1 } = bank
  const accesses = Math.max(1, cache.lineBytes / accessBytes(bank))
  return waitStates * busDivider * accesses + cache.fillCycles
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
