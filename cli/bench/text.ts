// Prints a bench result for people: totals, then where the cycles went.

import { lineReader } from '../../compiler/sources.ts'
import { readSource } from '../sources.ts'
import { grouped, table, type Cell } from '../table.ts'
import type { BenchFigures, BenchResult } from './result.ts'

/** `top`: rows of the tables of functions and lines. */
export function benchText(result: BenchResult, top: number): string {
  const parts = [
    `${result.subject} on ${result.board}: ${result.core}, compiled by ${result.compiler}, emulated by ${result.machine}`,
    totals(result),
    section(result.kind === 'kernel' ? 'Cases' : 'Operators', operatorTable(result)),
    section(`Functions${ofAll(result.functions.length, top)}`, functionTable(result, top)),
    ...(result.lines.length === 0
      ? []
      : [section(`Source lines${ofAll(result.lines.length, top)}`, lineTable(result, top))]),
    ...(result.memory.length === 0 ? [] : [section('Data accesses', memoryTable(result))]),
    ...(result.warnings.length === 0 ? [] : [result.warnings.map(w => `note: ${w}`).join('\n')]),
  ]
  return `${parts.join('\n\n')}\n`
}

function section(title: string, body: string): string {
  return `${title}:\n\n${body}`
}

function ofAll(count: number, top: number): string {
  return count > top ? ` (the first ${top} of ${grouped(count)})` : ''
}

function totals(result: BenchResult): string {
  const per = (value: number | null): string =>
    value === null ? '' : `${value.toFixed(3)} per MAC`
  const rows: readonly (readonly [string, string, string])[] = [
    ['multiply-accumulates', grouped(result.macs), ''],
    ['instructions', grouped(result.instructions), `exact, ${per(result.instructionsPerMac)}`],
    [
      'core cycles',
      whole(result.coreCycles),
      `modelled, memory never waits, ${per(result.coreCyclesPerMac)}`,
    ],
    ['stack', result.stackBytes === null ? '?' : grouped(result.stackBytes), 'bytes, painted'],
    ['SRAM', grouped(result.sramBytes), 'bytes'],
    ['between kernels', whole(result.schedule.cycles), 'core cycles'],
    ['beside kernels', whole(result.transfers.cycles), 'core cycles of other calls: moving rows'],
  ]
  // A few instructions are the harness's call of the model.
  const shown = rows.filter(
    ([name]) => name !== 'beside kernels' || result.transfers.instructions > 100,
  )
  return shown
    .map(([name, value, note]) => {
      const tail = note.replace(/, $/, '')
      return `  ${name.padEnd(22)}${value.padStart(14)}${tail === '' ? '' : `  (${tail})`}`
    })
    .join('\n')
}

const whole = (cycles: number): string => grouped(Math.round(cycles))

function figureCells(f: BenchFigures, all: number): readonly Cell[] {
  const perMac = (value: number | null): string => (value === null ? '' : value.toFixed(3))
  return [
    ...[f.macs, f.instructions, perMac(f.instructionsPerMac)],
    ...[Math.round(f.coreCycles), perMac(f.coreCyclesPerMac), percent(f.coreCycles, all)],
  ]
}

const figureHead = ['MACs', 'instructions', '/MAC', 'core cycles', '/MAC', '%']

function percent(part: number, all: number): string {
  return all === 0 ? '' : ((100 * part) / all).toFixed(1)
}

function operatorTable({ kind, operators, coreCycles }: BenchResult): string {
  const isCase = kind === 'kernel'
  const head = ['', isCase ? 'case' : 'operator', 'output', 'kernel', ...figureHead]
  const rows = operators.map(each => [
    each.index,
    isCase ? (each.name.split(': ')[0] ?? '') : each.op,
    each.outputShape.join('x'),
    each.kernel,
    ...figureCells(each, coreCycles),
  ])
  return table(head, rows)
}

function functionTable({ functions, coreCycles }: BenchResult, top: number): string {
  const rows = functions
    .slice(0, top)
    .map(({ name, instructions, cycles }) => [
      shortened(name),
      instructions,
      Math.round(cycles),
      percent(cycles, coreCycles),
    ])
  return table(['function', 'instructions', 'core cycles', '%'], rows)
}

const textOf = lineReader(readSource)

function lineTable({ lines, coreCycles }: BenchResult, top: number): string {
  const rows = lines
    .slice(0, top)
    .map(({ file, line, instructions, cycles }) => [
      `${file}:${line}`,
      instructions,
      Math.round(cycles),
      percent(cycles, coreCycles),
      shortened(textOf(file, line).trim()),
    ])
  return table(['line', 'instructions', 'core cycles', '%', ''], rows)
}

function memoryTable({ memory }: BenchResult): string {
  const rows = memory.map(m => [
    m.region,
    ...[m.reads, m.readBytes, m.writes, m.writtenBytes, m.unaligned],
  ])
  return table(['region', 'reads', 'bytes', 'writes', 'bytes', 'unaligned'], rows)
}

/** Names of specialised kernels say everything about them; the end is what differs least. */
function shortened(name: string): string {
  return name.length <= 72 ? name : `${name.slice(0, 69)}...`
}
