// A board as text: its banks, caches and clock, each figure with its source.

import {
  bytesOf,
  largestRegion,
  regions,
  sourceOf,
  type Board,
  type Cache,
  type MemoryBank,
} from '../../boards/schema.ts'
import { grouped, table, type Cell } from '../table.ts'

/** Marks a figure that no document confirms. */
function mark(board: Board, figure: string): string {
  return sourceOf(board, figure)?.confirmed === true ? '' : '*'
}

export function megahertz(board: Board): string {
  return board.clockHz === 0 ? '-' : `${board.clockHz / 1e6}${mark(board, 'clockHz')}`
}

/** Wait states of the flash with the width of an access, for example `3 / 128 bit`. */
export function waitStateText(board: Board): string {
  const flash = largestRegion(board, 'flash')[0]
  if (flash?.waitStates === undefined) return '-'
  const { name, waitStates, fetchBits = 32, busDivider = 1 } = flash
  const slow = busDivider === 1 ? '' : `, bus 1:${busDivider}`
  return `${waitStates}${mark(board, `memory.${name}.waitStates`)} / ${fetchBits} bit${slow}`
}

/** Sizes of the caches, for example `I 4096 D 4096`. */
export function cacheText(board: Board): string {
  const { caches } = board
  if (caches === undefined) return '-'
  const { instruction, data, unified } = caches
  const parts = [
    instruction === null ? '' : `${unified ? 'I+D' : 'I'} ${instruction.bytes}`,
    data === null ? '' : `D ${data.bytes}`,
  ]
  return `${parts.filter(part => part !== '').join(' ')}${mark(board, 'caches')}`
}

export function boardDetails(board: Board, runsHere: string): string {
  const facts = [
    ['core', board.core],
    ['clock', board.clockHz === 0 ? 'none' : `${megahertz(board)} MHz`],
    ['SRAM', regionText(board, 'sram')],
    ['flash', regionText(board, 'flash')],
    ['runs here', runsHere === '-' ? 'no' : runsHere],
  ]
  const factLines = facts.map(([what = '', value = '']) => `  ${what.padEnd(11)}${value}`)
  const head = ['bank', 'kind', 'address', 'bytes', 'wait states', 'fetch bits', 'bus', 'with']
  const sources = board.sources.map(({ of, document, confirmed }) => [
    confirmed ? '' : '*',
    `${of.join(', ')}: ${document}`,
  ])
  const legend = board.sources.every(({ confirmed }) => confirmed)
    ? []
    : ['  * written down without the document at hand: not confirmed', '']
  return [
    `${clean(board.name)}: ${clean(board.title ?? board.name)}`,
    '',
    ...factLines,
    '',
    table(head, bankRows(board)),
    '',
    ...cacheLines(board),
    '  sources:',
    ...sources.map(([star = '', text = '']) => `  ${star.padEnd(2)}${clean(text)}`),
    '',
    ...legend,
  ].join('\n')
}

function regionText(board: Board, kind: 'sram' | 'flash'): string {
  const all = regions(board, kind)
  const largest = largestRegion(board, kind)
  const names = largest.map(({ name }) => name).join(' + ')
  const others = all.length === 1 ? '' : `; ${all.length - 1} more that do not adjoin`
  return `${grouped(bytesOf(largest))} bytes as one (${names})${others}`
}

function bankRows(board: Board): readonly (readonly Cell[])[] {
  return board.memory.map(bank => {
    const figure = (key: keyof MemoryBank): string => {
      const value = bank[key]
      const star = mark(board, `memory.${bank.name}.${key}`)
      return value === undefined ? '-' : `${String(value)}${star}`
    }
    return [
      bank.name,
      bank.kind,
      bank.address === undefined ? '-' : `0x${bank.address.toString(16).padStart(8, '0')}`,
      bank.bytes,
      figure('waitStates'),
      figure('fetchBits'),
      bank.busDivider === undefined ? '1:1' : `1:${figure('busDivider')}`,
      bank.joinsNext === true ? 'the next' : '',
    ]
  })
}

function cacheLines(board: Board): readonly string[] {
  const { caches } = board
  if (caches === undefined) return []
  const star = mark(board, 'caches')
  const of = (name: string, cache: Cache | null): readonly string[] => {
    if (cache === null) return []
    const { bytes, lineBytes, fillCycles, covers } = cache
    const line = `${grouped(bytes)} bytes in lines of ${lineBytes}, for ${covers.join(' and ')}`
    return [`  ${name}: ${line}; filling one takes ${fillCycles} cycles more${star}`]
  }
  const first = caches.unified ? 'cache for code and constants' : 'instruction cache'
  const next = caches.prefetch ? ['  the next line of code is fetched ahead'] : []
  return [...of(first, caches.instruction), ...of('data cache', caches.data), ...next, '']
}

function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
