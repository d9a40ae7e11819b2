// A comparison as text: one table for figures made like ours, one for published ones.

import { grouped, table, type Cell } from '../table.ts'
import type { Comparison, ComparisonRow } from './compare.ts'

const head = ['system', 'instructions', 'cycles', 'per MAC', 'SRAM', 'flash', 'exact', 'ours is']

export function comparisonText(result: Comparison): string {
  const { own, modelled, silicon, notes, missing } = result
  const lines = [
    `Peers on ${own.core}, the same model file`,
    '',
    ...modelledLines(result),
    ...siliconLines(result),
  ]
  if (missing !== '') lines.push(`  ${missing}`, '')
  const noted = [
    '  exact: whether its bytes are those of TFLite; ours by `thimble verify`, not by this run',
    ...notesOf(notes),
  ]
  const sources = [...modelled, ...silicon].map(row => `  ${nameOf(row)}: ${sourceOf(row)}`)
  if (missing === '') lines.push('  how to read them:', ...noted.map(indent), '')
  if (sources.length > 0) lines.push('  sources:', ...[...new Set(sources)].map(indent), '')
  return lines.join('\n')
}

/** Peers of which the same is to be said share a line. */
function notesOf(notes: Comparison['notes']): readonly string[] {
  const byText = new Map<string, readonly string[]>()
  for (const [peer, list] of Object.entries(notes)) {
    const text = list.join(' ')
    byText.set(text, [...(byText.get(text) ?? []), peer])
  }
  return [...byText].map(([text, peers]) => `  ${peers.join(', ')}: ${text}`)
}

function modelledLines({ own, modelled }: Comparison): readonly string[] {
  const ours: Cell[] = [
    'Thimble, this run',
    own.instructions,
    own.coreCycles,
    show(own.cyclesPerMac),
    own.sramBytes,
    number(own.flashBytes),
    'yes',
    '',
  ]
  const rows = modelled.map((row): Cell[] => [
    `${row.peer}, ${modeOf(row)}`,
    number(row.instructions),
    number(row.cycles),
    show(row.cyclesPerMac),
    number(row.sramBytes),
    number(row.flashBytes),
    row.exact === null ? 'unknown' : row.exact ? 'yes' : 'no',
    row.speedup === null ? '' : `${row.speedup.toFixed(2)}x as fast`,
  ])
  return [
    '  counted here: exact instructions, cycles of a model of the core, memory that never waits',
    '',
    table(head, [ours, ...rows]),
    '',
  ]
}

function siliconLines({ own, silicon }: Comparison): readonly string[] {
  if (silicon.length === 0) return []
  const ours = own.boards
    .filter(({ milliseconds }) => milliseconds !== null)
    .map(({ board, total, milliseconds }): Cell[] => [
      'Thimble, modelled, not measured',
      board,
      '',
      total,
      show(own.macs === 0 ? null : total / own.macs),
      show(milliseconds),
    ])
  const rows = silicon.map((row): Cell[] => [
    row.variant,
    row.board ?? '',
    row.clockHz === null ? 'not stated' : `${row.clockHz / 1e6}`,
    number(row.cycles),
    show(row.cyclesPerMac),
    show(row.milliseconds),
  ])
  const columns = ['system', 'board', 'MHz', 'cycles', 'per MAC', 'ms']
  return [
    '  published by others for real boards, wait states included; ours below is only a model',
    '',
    table(columns, [...rows, ...ours]),
    '',
  ]
}

/** The mode of the generator or the flags, without what follows in words. */
function modeOf({ variant }: ComparisonRow): string {
  return variant.split(/[:(]/)[0]?.trim() ?? variant
}

function nameOf(row: ComparisonRow): string {
  return row.board === null ? `${row.peer}, ${row.variant}` : `${row.peer}, ${row.board}`
}

function sourceOf({ source, version, compiler }: ComparisonRow): string {
  return `${source}; ${version}${compiler === null ? '' : `; ${compiler}`}`
}

function number(value: number | null): Cell {
  return value === null ? '-' : Math.round(value)
}

function show(value: number | null): string {
  return value === null ? '-' : grouped(Math.round(value * 100) / 100)
}

function indent(text: string): string {
  return `  ${text}`
}
