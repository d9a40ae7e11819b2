// Comparisons as Markdown: a table per kind of figures, and where each figure of others is from.

import type { Comparison, ComparisonRow } from '../../cli/bench/compare.ts'

/** What one network costs on one core, beside its peers. */
export interface CompareEntry extends Comparison {
  readonly model: string
  readonly stackBytes: number | null
}

type Cell = string | number

/** The tables and what must be known to read them. Deterministic: the same entries give the same text. */
export function compareMarkdown(entries: readonly CompareEntry[]): string {
  const sources = new Sources()
  const [modelled, boards] = [modelledTable(entries, sources), boardTable(entries, sources)]
  return [
    '**Modelled**: exact instructions in QEMU, cycles of a model of the core with memory that never waits; all systems by the same method.',
    modelled,
    '**Boards**: ours is modelled with the waiting of flash, SRAM and caches, theirs is published for a real board. Different kinds of figures: no ratio is given.',
    boards,
    ['Sources:', '', ...sources.lines()].join('\n'),
    ['How to read them:', '', ...notesOf(entries)].join('\n'),
    '',
  ].join('\n\n')
}

/** A row per network and core, and below it those of each peer that were made the same way. */
function modelledTable(entries: readonly CompareEntry[], sources: Sources): string {
  const head = [
    ...['model', 'core', 'system', 'kind', 'M instructions', 'M core cycles', 'per MAC'],
    ...['SRAM', 'flash', 'exact', 'Thimble is', 'source'],
  ]
  const rows = entries.flatMap(({ model, own, modelled }): (readonly Cell[])[] => {
    const ours = [
      ...[model, own.core, '**Thimble**', 'modelled', million(own.instructions)],
      ...[million(own.coreCycles), fixed(own.cyclesPerMac), kilobytes(own.sramBytes)],
      ...[kilobytes(own.flashBytes), 'yes', '', 'this run'],
    ]
    return [ours, ...bestOfEach(modelled).map(row => peerCells(model, row, sources))]
  })
  return markdown(head, rows)
}

function peerCells(model: string, row: ComparisonRow, sources: Sources): readonly Cell[] {
  return [
    ...[model, row.core, `${row.peer}, ${modeOf(row)}`, 'modelled', million(row.instructions)],
    ...[million(row.cycles), fixed(row.cyclesPerMac), kilobytes(row.sramBytes)],
    ...[kilobytes(row.flashBytes), row.exact === null ? '?' : row.exact ? 'yes' : 'no'],
    ...[row.speedup === null ? '' : `${row.speedup.toFixed(2)}x as fast`, sources.of(row)],
  ]
}

/** The fastest variant of each peer, and its smallest where that is another one. Rows come fastest first. */
function bestOfEach(rows: readonly ComparisonRow[]): readonly ComparisonRow[] {
  return [...new Set(rows.map(({ peer }) => peer))].flatMap(peer => {
    const own = rows.filter(row => row.peer === peer)
    const [fastest] = own
    const ram = ({ sramBytes }: ComparisonRow): number => sramBytes ?? Infinity
    const smallest = own.reduce((least, row) => (ram(row) < ram(least) ? row : least))
    return fastest === undefined || smallest === fastest ? [smallest] : [fastest, smallest]
  })
}

/** Ours on boards by model, beside the fastest published figure for the same chip. */
function boardTable(entries: readonly CompareEntry[], sources: Sources): string {
  const head = [
    ...['model', 'board', 'Thimble, modelled: M cycles', 'over core', 'ms'],
    ...['published, silicon', 'M cycles', 'ms', 'source'],
  ]
  const rows = entries.flatMap(({ model, own, silicon }) =>
    own.boards
      .filter(({ total, core }) => total > core)
      .map(({ board, total, core, milliseconds }): readonly Cell[] => {
        const published = silicon.find(row => isBoard(row, board))
        const theirs =
          published === undefined
            ? ['', '', '', '']
            : [
                `${published.variant}, ${published.board ?? ''}`,
                published.cycles === null ? '?' : million(published.cycles),
                fixed(published.milliseconds, 1),
                sources.of(published),
              ]
        const ours = [million(total), (total / core).toFixed(2), fixed(milliseconds, 1)]
        return [model, board, ...ours, ...theirs]
      }),
  )
  return markdown(head, rows)
}

/** `NUCLEO-L4R5ZI` has an `stm32l4r5`. */
function isBoard({ board }: ComparisonRow, name: string): boolean {
  const chip = /^stm32([a-z]\d+[a-z]?\d+)/.exec(name)?.[1] ?? name
  return board?.toLowerCase().includes(chip) === true
}

/** Numbers sources in the order in which they are first named. */
class Sources {
  readonly #known: string[] = []

  of({ peer, version, source, compiler }: ComparisonRow): string {
    const text = [`${peer}: ${source}`, version, ...(compiler === null ? [] : [compiler])].join(
      '; ',
    )
    if (!this.#known.includes(text)) this.#known.push(text)
    return `[${this.#known.indexOf(text) + 1}]`
  }

  lines(): readonly string[] {
    return this.#known.map((text, i) => `${i + 1}. ${text}`)
  }
}

/** Peers of which the same is to be said share a line. */
function notesOf(entries: readonly CompareEntry[]): readonly string[] {
  const byText = new Map<string, Set<string>>()
  for (const { notes } of entries) {
    for (const [peer, list] of Object.entries(notes)) {
      const text = list.join(' ')
      byText.set(text, (byText.get(text) ?? new Set()).add(peer))
    }
  }
  return [
    '- exact: whether the bytes are those of TFLite; ours by `thimble verify`, not by this run.',
    '- Thimble: SRAM is the arena without the stack, flash is code, constants and weights.',
    ...[...byText].map(([text, peers]) => `- ${[...peers].join(', ')}: ${text}`),
  ]
}

/** The mode of the generator or the flags, without what follows in words. */
function modeOf({ variant }: ComparisonRow): string {
  return variant.split(/[:(]/)[0]?.trim() ?? variant
}

function markdown(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string =>
    `| ${cells.map(cell => String(cell).replace(/\|/g, '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

const million = (value: number | null): string =>
  value === null ? '?' : (value / 1e6).toPrecision(4)
const fixed = (value: number | null, digits = 2): string =>
  value === null ? '?' : value.toFixed(digits)
const kilobytes = (value: number | null): string =>
  value === null ? '?' : `${(value / 1000).toFixed(1)} kB`
