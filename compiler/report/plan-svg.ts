// Draws a plan: bytes of the arena over time, a colour for each storage.

import { tensorOf } from '../graph/graph.ts'
import { peakOf } from '../memory/peak.ts'
import type { Candidate, PlanSearch } from '../planner/candidate.ts'
import { allRuns, type StorageId } from '../schedule/schedule.ts'
import { shades, type Shades } from './palette.ts'
import { cellsOf } from './picture-cells.ts'
import { drawBands } from './picture-bands.ts'
import {
  apart,
  byteScale,
  canvas,
  firstFitting,
  fitted,
  legend,
  plot,
  textWidth,
  type ByteScale,
} from './picture-layout.ts'
import { timeAxis, type TimeAxis } from './picture-time.ts'
import { gap, planSummary } from './plan-summary.ts'
import { tinyName } from './segments.ts'
import { element, short, type Element } from './svg.ts'

const ink = '#1f2933'
const faint = '#6b7785'
const hair = '#e3e7ec'
const strong = '#c0392b'
const font = "'Inter', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"

interface Picture {
  readonly search: PlanSearch
  readonly candidate: Candidate
  readonly axis: TimeAxis
  readonly bytes: ByteScale
}

/**
 * An SVG document. Time runs to the right, as wide as the predicted work of each run; an input is there
 * before it and an output after it. The slots of a ring change their shade with each turn.
 */
export function planSvg(search: PlanSearch, candidate: Candidate): string {
  const axis = timeAxis(candidate.schedule, search.cost, plot)
  const picture: Picture = {
    search,
    candidate,
    axis,
    bytes: byteScale(candidate.memory.arenaBytes),
  }
  const root = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${canvas.width} ${canvas.height}`,
      width: canvas.width,
      height: canvas.height,
      'font-family': font,
      fill: ink,
    },
    [
      element('rect', { width: canvas.width, height: canvas.height, fill: '#ffffff' }),
      ...title(picture),
      ...byteAxis(picture),
      ...storages(picture),
      ...scratch(picture),
      ...drawBands(candidate.schedule, axis),
      ...lines(picture),
      ...peak(picture),
      ...names(picture),
      ...key(picture),
    ],
  )
  return `${root.markup}\n`
}

function text(
  x: number,
  y: number,
  size: number,
  content: string,
  more: Readonly<Record<string, string | number>> = {},
): Element {
  return element('text', { x, y, 'font-size': size, ...more }, content)
}

function title({ search, candidate }: Picture): readonly Element[] {
  const { graph } = candidate.schedule
  const s = planSummary(search, candidate)
  const saved = Math.round(100 * (1 - s.sramBytes / Math.max(1, s.layerByLayerBytes)))
  const figures = [
    `${count(s.sramBytes)} bytes of SRAM`,
    s.layerByLayerBytes === s.sramBytes
      ? 'one operator after the other'
      : `${saved} % less than one operator after the other (${count(s.layerByLayerBytes)})`,
    `lower bound ${count(s.searchLowerBoundBytes)}: ${gap(s.gapBytes, s.gapPercent)}`,
  ]
  return [
    text(plot.left, 62, 30, fitted(graph.name, 30, 1400), { 'font-weight': 600 }),
    text(plot.left, 96, 17, figures.join('   ·   '), { fill: faint }),
  ]
}

function byteAxis({ bytes }: Picture): readonly Element[] {
  const right = { 'text-anchor': 'end', fill: faint }
  return [
    ...bytes.ticks.flatMap(tick => {
      const y = bytes.y(tick)
      return [
        element('line', { x1: plot.left, x2: plot.right, y1: y, y2: y, stroke: hair }),
        text(plot.left - 10, y + 4.5, 13, count(tick), right),
      ]
    }),
    text(0, 0, 13, 'bytes of the arena', {
      fill: faint,
      'text-anchor': 'middle',
      transform: `translate(30 ${(plot.top + plot.bottom) / 2}) rotate(-90)`,
    }),
  ]
}

function storages({ candidate, axis, bytes }: Picture): readonly Element[] {
  const { schedule, memory } = candidate
  const order = schedule.storages.map(({ id }) => id)
  // What comes into a place later is drawn over what was there.
  order.sort((a, b) => memory.storages[a]!.first - memory.storages[b]!.first || a - b)
  return order.map(id => {
    const { even, odd, dark } = shades(id)
    const { rowBytes } = schedule.storages[id]!
    const { offset } = memory.storages[id]!
    const paths: Record<'even' | 'odd', string[]> = { even: [], odd: [] }
    for (const cell of cellsOf(memory, id, axis)) {
      const top = bytes.y(offset + cell.slotEnd * rowBytes)
      const height = bytes.height((cell.slotEnd - cell.slot) * rowBytes)
      const width = short(cell.right - cell.left)
      const box = `M${short(cell.left)} ${short(top)}h${width}v${short(height)}h-${width}z`
      paths[cell.odd ? 'odd' : 'even'].push(box)
    }
    const path = (d: readonly string[], fill: string): Element =>
      element('path', { d: d.join(''), fill, stroke: dark, 'stroke-width': 0.35 })
    const tip = element('title', {}, storageText(candidate, id))
    const turns = paths.odd.length === 0 ? [] : [path(paths.odd, odd)]
    return element('g', { 'data-storage': id }, [tip, path(paths.even, even), ...turns])
  })
}

function storageText({ schedule, memory }: Candidate, id: StorageId): string {
  const { tensor, rows, rowBytes } = schedule.storages[id]!
  const { ring, offset, bytes } = memory.storages[id]!
  const { name, shape } = tensorOf(schedule.graph, tensor)
  const kept = ring === rows ? `${rows} rows` : `ring of ${ring} of ${rows} rows`
  return `${name} [${shape.join('x')}]: ${kept} of ${rowBytes} bytes, ${bytes} bytes at ${offset}`
}

function scratch({ candidate, axis, bytes }: Picture): readonly Element[] {
  const { schedule, memory } = candidate
  const areas = new Map([...memory.scratch.values()].map(area => [JSON.stringify(area), area]))
  const drawn = [...areas.values()].map(area => {
    const [left, right] = [axis.begin(area.first), axis.end(area.last)]
    const box = {
      x: left,
      y: bytes.y(area.offset + area.bytes),
      width: Math.max(0.5, right - left),
      height: bytes.height(area.bytes),
    }
    return element('rect', { ...box, fill: 'url(#scratch)', stroke: faint, 'stroke-width': 0.5 })
  })
  if (drawn.length === 0 || schedule.steps.length === 0) return []
  const line = element('path', { d: 'M0 6L6 0', stroke: faint, 'stroke-width': 0.8 })
  const pattern = { id: 'scratch', width: 6, height: 6, patternUnits: 'userSpaceOnUse' }
  return [element('defs', {}, [element('pattern', pattern, [line])]), ...drawn]
}

/** The end of the arena and the bound of the search, named beside the plot. */
function lines({ search, candidate, bytes }: Picture): readonly Element[] {
  const { arenaBytes } = candidate.memory
  const entries = [
    { at: arenaBytes, name: 'arena', colour: ink, dash: 'none' },
    { at: search.lowerBoundBytes, name: 'lower bound', colour: '#2563a8', dash: '7 5' },
  ]
  const places = apart(
    entries.map(({ at }) => bytes.y(at)),
    36,
  )
  return entries.flatMap(({ at, name, colour, dash }, i) => {
    const y = bytes.y(at)
    const beside = places[i]!
    const x = plot.right + 6
    const path = `M${plot.left} ${short(y)}H${plot.right}L${x + 6} ${short(beside)}`
    return [
      element('path', {
        d: path,
        fill: 'none',
        stroke: colour,
        'stroke-width': 1.6,
        'stroke-dasharray': dash,
      }),
      text(x + 10, beside + 1, 13, name, { fill: colour, 'font-weight': 600 }),
      text(x + 10, beside + 17, 13, count(at), { fill: colour }),
    ]
  })
}

function peak({ candidate, axis }: Picture): readonly Element[] {
  const { schedule, memory } = candidate
  if (allRuns(schedule).length === 0) return []
  const { run, step, bytes } = peakOf(schedule, memory)
  const x = (axis.begin(run) + axis.end(run)) / 2
  const label = `peak: ${count(bytes)} bytes in use at ${tinyName(schedule, step)}`
  const width = textWidth(label, 15) + 24
  const left = Math.min(Math.max(plot.left, x - width / 2), plot.right - width)
  const box = { x: left, y: 118, width, height: 30, rx: 15, fill: strong }
  return [
    element('path', {
      d: `M${short(x)} 148V${plot.bottom}`,
      stroke: strong,
      'stroke-width': 1.4,
      'stroke-dasharray': '2 3',
    }),
    element('rect', box),
    element('path', { d: `M${short(x - 7)} 147h14l-7 10z`, fill: strong }),
    text(left + 12, 138, 15, label, { fill: '#ffffff', 'font-weight': 600 }),
  ]
}

/** Names on the storages that have room for them, the largest first. */
function names({ candidate, axis, bytes }: Picture): readonly Element[] {
  const { schedule, memory } = candidate
  return bySize(candidate).flatMap(id => {
    const cells = cellsOf(memory, id, axis)
    const { rowBytes } = schedule.storages[id]!
    const [best] = [...cells].sort((a, b) => area(b) - area(a) || a.left - b.left)
    if (best === undefined) return []
    const width = best.right - best.left
    const height = bytes.height((best.slotEnd - best.slot) * rowBytes)
    const role = roleOf(candidate, id)
    const label = firstFitting([role, role.split(' ')[0] ?? ''], 13, width - 4)
    if (label === '' || height < 17) return []
    const { offset } = memory.storages[id]!
    const middle = bytes.y(offset + ((best.slot + best.slotEnd) / 2) * rowBytes)
    const anchor = { 'text-anchor': 'middle', fill: shades(id).dark, 'font-weight': 600 }
    return [text((best.left + best.right) / 2, middle + 4.5, 13, label, anchor)]
  })
}

function area({
  left,
  right,
  slot,
  slotEnd,
}: {
  left: number
  right: number
  slot: number
  slotEnd: number
}): number {
  return (right - left) * (slotEnd - slot)
}

/** What made a storage: an operator of the model, or an end. */
function roleOf({ schedule }: Candidate, id: StorageId): string {
  const step = schedule.steps.findIndex(({ output }) => output === id)
  if (step >= 0) return tinyName(schedule, step)
  const { tensor } = schedule.storages[id]!
  return `in ${schedule.graph.inputs.indexOf(tensor)}`
}

function bySize({ memory }: Candidate): readonly StorageId[] {
  const ids = memory.storages.map((_, id) => id)
  return ids.sort((a, b) => memory.storages[b]!.bytes - memory.storages[a]!.bytes || a - b)
}

const keyEntries = 15

function key({ candidate }: Picture): readonly Element[] {
  const ids = bySize(candidate)
  const shown = ids.slice(0, keyEntries)
  const entries = shown.flatMap((id, i) => keyEntry(candidate, id, legend.top + 26 + i * 39))
  const rest = ids.length - shown.length
  const more =
    rest === 0
      ? []
      : [
          text(legend.left, legend.top + 26 + keyEntries * 39, 12, `and ${rest} smaller`, {
            fill: faint,
          }),
        ]
  return [
    text(legend.left, legend.top, 13, 'largest in memory', { fill: faint }),
    ...entries,
    ...more,
  ]
}

function keyEntry(candidate: Candidate, id: StorageId, y: number): readonly Element[] {
  const { schedule, memory } = candidate
  const { tensor, rows } = schedule.storages[id]!
  const { ring, bytes } = memory.storages[id]!
  const { shape } = tensorOf(schedule.graph, tensor)
  const { even, odd, dark }: Shades = shades(id)
  const box = { y: y - 11, height: 25, stroke: dark, 'stroke-width': 0.5 }
  const kept = ring === rows ? '' : `, ${ring} of ${rows} rows`
  const figures = `${count(bytes)}: ${shape.join('×')}${kept}`
  const left = legend.left
  return [
    element('rect', { x: left, width: 9, ...box, fill: even }),
    element('rect', { x: left + 9, width: 9, ...box, fill: ring === rows ? even : odd }),
    text(left + 28, y, 13, fitted(roleOf(candidate, id), 13, legend.right - left - 28)),
    text(left + 28, y + 15, 12, fitted(figures, 12, legend.right - left - 28), { fill: faint }),
  ]
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
