// What is wrong with a board: figures that cannot be, banks that overlap, figures without a source.

import {
  figuresOf,
  largestRegion,
  regions,
  sourceOf,
  type Board,
  type Cache,
  type Core,
  type MemoryBank,
} from './schema.ts'

/** Everything that 32-bit addresses reach. */
const addressSpace = 2 ** 32
/** Ten times what the fastest microcontroller runs at. */
const mostHz = 10e9
const mostWaitStates = 1000

/** What is wrong with a board, as sentences; empty when it is sound. */
export function validateBoard(board: Board, cores: ReadonlyMap<string, Core>): readonly string[] {
  const problems: string[] = []
  if (!/^[a-z0-9][a-z0-9-]*$/.test(board.name)) {
    problems.push(`name '${board.name}' is not kebab-case`)
  }
  if (!cores.has(board.core)) {
    problems.push(`core '${board.core}' is not one of ${[...cores.keys()].join(', ')}`)
  }
  if (!isCount(board.clockHz, mostHz)) problems.push(`clockHz ${board.clockHz} is not sensible`)
  for (const bank of board.memory) problems.push(...bankProblems(bank))
  problems.push(...repeated(board.memory.map(({ name }) => name)))
  for (const kind of ['sram', 'flash'] as const) {
    if (largestRegion(board, kind).length === 0) problems.push(`there is no ${kind}`)
  }
  problems.push(...overlaps(board.memory), ...falseJoins(board), ...cacheProblems(board))
  return [...problems, ...sourceProblems(board)]
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}

function bankProblems(bank: MemoryBank): readonly string[] {
  const { name, bytes, address, waitStates = 0, busDivider = 1, fetchBits = 32 } = bank
  const problems: string[] = []
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) problems.push(`bank name '${name}' is not kebab-case`)
  if (!isCount(bytes, addressSpace) || bytes === 0) {
    problems.push(`${name}: ${bytes} bytes are not sensible`)
  }
  if (address !== undefined && !isCount(address, addressSpace - bytes)) {
    problems.push(`${name}: address ${address} is outside 32 bits`)
  }
  if (!isCount(waitStates, mostWaitStates)) {
    problems.push(`${name}: ${waitStates} wait states are not sensible`)
  }
  if (!isCount(busDivider, 64) || busDivider === 0) {
    problems.push(`${name}: busDivider ${busDivider} is not sensible`)
  }
  if (![8, 16, 32, 64, 128, 256, 512].includes(fetchBits)) {
    problems.push(`${name}: fetchBits ${fetchBits} is not a power of two from 8 to 512`)
  }
  return problems
}

function repeated(names: readonly string[]): readonly string[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index))
  return [...twice].map(name => `two banks have the name '${name}'`)
}

function overlaps(memory: readonly MemoryBank[]): readonly string[] {
  const placed = memory
    .flatMap(({ name, bytes, address }) =>
      address === undefined ? [] : [{ name, bytes, address }],
    )
    .sort((a, b) => a.address - b.address)
  return placed.slice(1).flatMap((bank, index) => {
    const before = placed[index]
    if (before === undefined || before.address + before.bytes <= bank.address) return []
    return [`${before.name} and ${bank.name} overlap`]
  })
}

/** Banks said to be usable as one must have adjoining addresses. */
function falseJoins(board: Board): readonly string[] {
  const problems: string[] = []
  for (const kind of ['sram', 'flash', 'itcm', 'external'] as const) {
    for (const region of regions(board, kind)) {
      region.slice(1).forEach((bank, index) => {
        const before = region[index]
        if (before === undefined || adjoin(before, bank)) return
        problems.push(`${before.name} joins ${bank.name}, but their addresses do not adjoin`)
      })
      const last = region.at(-1)
      if (last?.joinsNext === true) problems.push(`${last.name} joins a bank that is not there`)
    }
  }
  return problems
}

function adjoin(before: MemoryBank, next: MemoryBank): boolean {
  return before.address !== undefined && before.address + before.bytes === next.address
}

function cacheProblems({ caches }: Board): readonly string[] {
  if (caches === undefined) return []
  const of = (name: string, cache: Cache | null): readonly string[] => {
    if (cache === null) return []
    const { bytes, lineBytes, fillCycles, covers } = cache
    const power = lineBytes >= 4 && lineBytes <= 128 && Number.isInteger(Math.log2(lineBytes))
    const sound =
      power && isCount(bytes, 2 ** 24) && bytes > 0 && bytes % lineBytes === 0 && covers.length > 0
    return sound && isCount(fillCycles, mostWaitStates) ? [] : [`the ${name} cache is not sensible`]
  }
  const shared =
    caches.unified && (caches.instruction === null || caches.data !== null)
      ? ['a unified cache is given as the instruction cache alone']
      : []
  return [...of('instruction', caches.instruction), ...of('data', caches.data), ...shared]
}

function sourceProblems(board: Board): readonly string[] {
  const figures = figuresOf(board)
  const missing = figures
    .filter(figure => sourceOf(board, figure) === null)
    .map(figure => `${figure} has no source`)
  const empty = board.sources
    .filter(({ document }) => document.trim() === '')
    .map(({ of }) => `the source of ${of.join(', ')} names no document`)
  const about = (path: string): boolean => figures.some(f => f === path || f.startsWith(`${path}.`))
  const unknown = board.sources
    .flatMap(({ of }) => of)
    .filter(path => !about(path))
    .map(path => `a source is about '${path}', which the board does not have`)
  return [...missing, ...empty, ...unknown]
}
