// Plans as the command line tells them: the front, the choice under a limit, the peak, the picture.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { boards } from '../../boards/index.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { writeTflite } from '../../compiler/export/tflite/write.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { planGraph } from '../../compiler/index.ts'
import { defaultOptions } from '../../compiler/options.ts'
import type { Candidate, PlanSearch } from '../../compiler/planner/candidate.ts'
import { planSummary, type PlanSummary } from '../../compiler/report/plan-summary.ts'
import { planSvg } from '../../compiler/report/plan-svg.ts'
import { printPlan } from '../../compiler/report/plan-text.ts'
import { weights } from '../graph/every-operator.ts'
import { thimble, thimbleJson, type FailureJson } from './call.ts'

t.setTimeout(300_000)

const folder = t.testdir({})
const at = (name: string): string => join(folder, name)

/** Convolutions of `rows` x 6 images, one after the other. */
function chain(rows: number, length: number): Graph {
  const b = new GraphBuilder('chain')
  const quant = { scale: 0.05, zeroPoint: 3 }
  let x = b.input([1, rows, 6, 3], quant)
  for (let i = 0; i < length; i++) {
    x = b.conv2d(x, { weights: weights([3, 3, 3, 3], 3), padding: 'same', output: quant })
  }
  b.output(x)
  return b.graph()
}

const model = at('chain.tflite')
writeFileSync(model, writeTflite(chain(40, 6)))

interface PlanJson {
  readonly board: string
  readonly front: PlanSummary['front']
  readonly chosen: Omit<PlanSummary, 'front'>
}

const plan = (...words: readonly string[]): Promise<PlanJson> =>
  thimbleJson<PlanJson>('plan', model, ...words)

t.test('the front rises in memory and falls in cycles or flash; the smallest is shown', async t => {
  const { front, chosen } = await plan()
  t.ok(front.length > 2, 'there is something to choose from')
  for (const [i, a] of front.entries()) {
    for (const b of front.slice(i + 1)) {
      t.ok(a.sramBytes <= b.sramBytes)
      t.ok(b.cycles < a.cycles || b.flashBytes < a.flashBytes || b.sramBytes < a.sramBytes)
    }
  }
  t.equal(Math.min(...front.map(each => each.relativeCycles)), 1)
  t.same(front.map(each => each.chosen).indexOf(true), 0)
  t.equal(chosen.sramBytes, front[0]!.sramBytes)
  t.ok(chosen.searchLowerBoundBytes <= chosen.lowerBoundBytes)
  t.ok(chosen.lowerBoundBytes <= chosen.sramBytes)
  t.equal(chosen.gapBytes, chosen.sramBytes - chosen.searchLowerBoundBytes)
  t.ok(chosen.sramBytes < chosen.layerByLayerBytes)
})

t.test(
  'under a limit the fastest plan that fits is chosen, at the byte; without one a small one',
  async t => {
    const { front } = await plan()
    for (const { sramBytes } of front) {
      const limited = await plan('--sram', String(sramBytes))
      const fitting = limited.front.filter(each => each.sramBytes <= sramBytes)
      const { chosen } = limited
      t.equal(chosen.cycles, Math.min(...fitting.map(each => each.cycles)), `${sramBytes} bytes`)
      t.ok(chosen.sramBytes <= sramBytes)
    }
    const fastest = Math.min(...front.map(each => each.cycles))
    const free = await plan('--board', 'stm32f746g-disco')
    const bound = 1.02 * Math.min(...free.front.map(each => each.cycles))
    t.ok(free.chosen.cycles <= bound, 'without a limit up to 2 % are given for memory')
    const tenthLess = free.front.filter(each => each.sramBytes < 0.9 * free.chosen.sramBytes)
    for (const { cycles } of tenthLess) {
      t.ok(cycles > Math.min(1.01 * free.chosen.cycles, bound), '1 % for a tenth of the memory')
    }
    for (const other of free.front.filter(each => each.cycles < free.chosen.cycles)) {
      t.ok(other.sramBytes > free.chosen.sramBytes, 'nothing is given for nothing')
    }
    t.equal((await plan('--sram', '1M')).chosen.cycles, fastest)
    const [small] = front
    const two = await plan('--sram', `${Math.ceil(small!.sramBytes / 1024)}KiB`)
    t.ok(two.chosen.sramBytes <= Math.ceil(small!.sramBytes / 1024) * 1024)
  },
)

t.test('a limit below the smallest plan is refused with blame, bound and next best', async t => {
  const { chosen } = await plan()
  const limit = chosen.sramBytes - 1
  const picture = at('none.svg')
  const words = ['--sram', String(limit), '--svg', picture]
  const { code, out, err } = await thimble('plan', model, ...words)
  t.equal(code, 1)
  t.equal(out, '')
  const { peak } = chosen
  t.ok(err.includes(`needs ${chosen.sramBytes} bytes of SRAM, ${limit} are allowed: 1 too many`))
  t.ok(err.includes(`op ${peak.operator ?? ''} ${peak.kind} (${peak.bytes} bytes in use)`))
  t.ok(err.includes(`${chosen.searchLowerBoundBytes} bytes or more`))
  t.ok(err.includes(`--sram ${chosen.sramBytes} takes the next best plan`))
  t.match(err, /input by rows \(--input rows\)/)
  t.notOk(existsSync(picture))
  const folder = at('none')
  const compile = ['compile', model, '--board', 'host', '--sram', String(limit), '--out', folder]
  const { error } = await thimbleJson<FailureJson>(...compile)
  t.equal(error.code, 'TH4003')
  t.notOk(existsSync(folder))
  t.equal((await thimble('plan', model, '--sram', String(chosen.sramBytes))).code, 0)
})

t.test('compile takes the plan that plan has chosen, and says so', async t => {
  const { front } = await plan('--board', 'mps2-an386')
  const words = ['--board', 'mps2-an386', '--sram', String(front[0]!.sramBytes)]
  const { chosen } = await plan(...words)
  interface CompileJson {
    readonly arenaBytes: number
    readonly plan: PlanSummary
  }
  const out = at('compiled')
  const json = await thimbleJson<CompileJson>('compile', model, ...words, '--out', out)
  t.equal(json.arenaBytes, chosen.sramBytes)
  t.match(json.plan, { sramBytes: chosen.sramBytes, peak: chosen.peak })
  const manifest = JSON.parse(readFileSync(join(out, 'thimble.json'), 'utf8')) as {
    report: CompileJson
  }
  t.same(manifest.report.plan, json.plan)
  const printed = await thimble('compile', model, ...words, '--out', out)
  t.match(printed.out, /plan: SRAM .* would take .*\n.*streams 0 CONV_2D.*\n/)
  const text = (await thimble('compile', model, ...words, '--emit', 'plan')).out
  t.match(text, /^plan chain: \d+ bytes.*segment .* rows at a time.*storage 0 at \d+\.\./s)
})

function search(graph: Graph): PlanSearch {
  const bag = new DiagnosticBag()
  const planned = planGraph(graph, boards.get('host')!, defaultOptions, bag)
  if (planned === null) throw new Error(bag.all.map(({ text }) => text).join())
  return planned.search
}

t.test('the text form does every run once, in order', async t => {
  for (const candidate of search(chain(13, 3)).front) {
    const text = printPlan(candidate)
    const done = candidate.schedule.steps.map(() => 0)
    const runs = text.split('\n').filter(line => line.startsWith('  '))
    const flat = runs
      .join(' ')
      .replace(/(\d+) x \(([^)]*)\)/g, (_, times: string, inner: string) =>
        Array.from({ length: Number(times) }, () => inner).join(' '),
      )
    const expected = candidate.schedule.segments.flatMap(segment => segment.runs)
    const words = flat.trim().split(/\s+/)
    t.same(
      words,
      expected.map(({ step, begin, end }) => `${step}+${end - begin}`),
    )
    for (const word of words) {
      const [step = 0, rows = 0] = word.split('+').map(Number)
      done[step]! += rows
    }
    t.same(
      done,
      candidate.schedule.steps.map(({ positions }) => positions),
    )
  }
})

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Tags of a well-formed document by name and attributes; throws where it is not well-formed. */
function parseXml(text: string): { name: string; attributes: Map<string, string> }[] {
  const elements: { name: string; attributes: Map<string, string> }[] = []
  const open: string[] = []
  const entity = /&(?!(amp|lt|gt|quot|apos);)/
  // What XML 1.0 forbids.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u.test(text)) {
    throw new Error('a character that is not allowed')
  }
  for (const part of text.match(/<[^>]*>|[^<]+/g) ?? []) {
    if (!part.startsWith('<')) {
      if (part.includes('>') || entity.test(part)) throw new Error(`text ${part}`)
      continue
    }
    const [, close = '', name = '', rest = '', empty = ''] =
      /^<(\/?)([A-Za-z]+)((?: [A-Za-z][\w:-]*="[^"<]*")*)(\/?)>$/.exec(part) ?? []
    if (name === '' || entity.test(rest)) throw new Error(`tag ${part}`)
    if (close !== '' && open.pop() !== name) throw new Error(`</${name}> closes something else`)
    if (close !== '') continue
    const pairs = [...rest.matchAll(/ ([\w:-]+)="([^"]*)"/g)].map(m => [m[1]!, m[2]!] as const)
    elements.push({ name, attributes: new Map(pairs) })
    if (empty === '') open.push(name)
  }
  if (open.length > 0) throw new Error(`${open.join()} is not closed`)
  return elements
}

/** The rectangles of each storage. */
function boxesOf(svg: string): Map<number, Box[]> {
  const boxes = new Map<number, Box[]>()
  let storage = -1
  for (const { name, attributes } of parseXml(svg)) {
    const id = attributes.get('data-storage')
    if (name === 'g' && id !== undefined) boxes.set((storage = Number(id)), [])
    else if (name !== 'path' && name !== 'title') storage = -1
    if (name !== 'path' || storage < 0) continue
    for (const [, x, y, w, h] of attributes.get('d')!.matchAll(/M(\S+) (\S+?)h(\S+?)v(\S+?)h/g)) {
      const [left, top] = [Number(x), Number(y)]
      const box = { left, top, right: left + Number(w), bottom: top + Number(h) }
      boxes.get(storage)!.push(box)
    }
  }
  return boxes
}

/** Pixels to bytes, read off the labels of the axis. */
function byteAxis(svg: string): (y: number) => number {
  const labels = [...svg.matchAll(/<text x="86" y="([\d.]+)"[^>]*>([\d,]+)<\/text>/g)]
  const [zero, one] = labels.map(m => [Number(m[1]) - 4.5, Number(m[2]!.replaceAll(',', ''))])
  const perPixel = one![1]! / (zero![0]! - one![0]!)
  return y => (zero![0]! - y) * perPixel
}

function checkPicture(t: Test, search: PlanSearch, candidate: Candidate): void {
  const svg = planSvg(search, candidate)
  t.equal(planSvg(search, candidate), svg, 'the same bytes twice')
  t.ok(svg.length < 300_000, `${svg.length} bytes`)
  const { memory, schedule } = candidate
  const bytes = byteAxis(svg)
  const boxes = boxesOf(svg)
  t.same(
    [...boxes.keys()].sort((a, b) => a - b),
    schedule.storages.map(({ id }) => id),
  )
  for (const [id, own] of boxes) {
    const { offset, bytes: size } = memory.storages[id]!
    const low = bytes(Math.max(...own.map(({ bottom }) => bottom)))
    const high = bytes(Math.min(...own.map(({ top }) => top)))
    const near = memory.arenaBytes / 1000
    t.ok(Math.abs(low - offset) < near, `storage ${id} begins at ${offset}: ${low}`)
    t.ok(Math.abs(high - offset - size) < near, `storage ${id} ends at ${offset + size}: ${high}`)
  }
}

t.test('a picture is well-formed and has every storage at its place', async t => {
  const found = search(chain(40, 6))
  for (const candidate of new Set([...found.front, found.layerByLayer])) {
    checkPicture(t, found, candidate)
  }
  const tall = search(chain(224, 6))
  checkPicture(t, tall, tall.front[0]!)
  const nothing = new GraphBuilder('nothing')
  nothing.output(nothing.input([1, 4], { scale: 1 }))
  const only = search(nothing.graph())
  checkPicture(t, only, only.front[0]!)
  t.match(planSummary(only, only.front[0]!), { sramBytes: 4, front: [{ chosen: true }] })
})

t.test('rows that are in use at the same time do not cover each other', async t => {
  const found = search(chain(40, 6))
  const [candidate] = found.front
  const boxes = boxesOf(planSvg(found, candidate!))
  const merged = candidate!.memory.inPlace.size > 0
  const all = [...boxes.values()].flat()
  const covers = (a: Box, b: Box): boolean =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.51 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.05
  const pairs = all.flatMap((a, i) => all.slice(i + 1).filter(b => covers(a, b)))
  t.equal(merged ? 0 : pairs.length, 0)
})

t.test('hostile names stay text', async t => {
  const graph = chain(12, 2)
  const name = '"/><script>alert(1)</script>&amp;&#0;]]>\u0000\u0007\ud800\uffff\u202e<!--'
  const tensors = graph.tensors.map(tensor => ({ ...tensor, name }))
  const found = search({ ...graph, name, tensors })
  for (const candidate of found.front) checkPicture(t, found, candidate)
  t.notOk(planSvg(found, found.front[0]!).includes('<script'))
  writeFileSync(at('hostile.tflite'), writeTflite({ ...graph, tensors }))
  const { out, code } = await thimble('plan', at('hostile.tflite'))
  t.equal(code, 0)
  t.notMatch(out, /[^\P{Cc}\n]/u, 'no control character reaches the terminal')
})

t.test('plan writes the picture it has drawn, and only where it can', async t => {
  const picture = at('plan.svg')
  const { out } = await thimble('plan', model, '--svg', picture)
  t.match(out, /picture is in .*plan\.svg/)
  parseXml(readFileSync(picture, 'utf8'))
  const { code, err } = await thimble('plan', model, '--svg', at('missing/plan.svg'))
  t.equal(code, 1)
  t.match(err, /TH5201/)
})
