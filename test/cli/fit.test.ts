// What does not fit is refused by how much, where, why and with ways out: test/errors/TH4xxx has the text.

import t from 'tap'
import { boards } from '../../boards/index.ts'
import type { Board } from '../../boards/schema.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Code } from '../../compiler/diagnostics/messages.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import { planGraph } from '../../compiler/index.ts'
import { defaultOptions, type CompileOptions } from '../../compiler/options.ts'
import { smallestPlan } from '../../compiler/planner/choose.ts'
import { checkFit } from '../../compiler/report/fit.ts'
import { expectedText, refusalText, type Refusal } from '../expected.ts'

/** 6 rows of 6 x 2 bytes, or of four times as many between float ends. */
function doubled(float: boolean): Graph {
  const b = new GraphBuilder('doubled')
  const quant = { scale: 0.05, zeroPoint: 3 }
  const x = b.input([1, 6, 6, 2], float ? null : quant)
  const y = float ? b.quantize(x, { output: quant }) : x
  const sum = b.add(y, y, { output: quant })
  b.output(float ? b.dequantize(sum) : sum)
  return b.graph()
}

const host = boards.get('host')!

const small: Board = {
  ...host,
  name: 'small',
  memory: [
    { name: 'ram', kind: 'sram', bytes: 40 },
    { name: 'rom', kind: 'flash', bytes: 100 },
  ],
}

function refused(
  code: Code,
  title: string,
  graph: Graph,
  options: Partial<CompileOptions>,
  board: Board,
): Refusal {
  const bag = new DiagnosticBag()
  const all = { ...defaultOptions, ...options }
  const { search } = planGraph(graph, board, all, bag)!
  const { schedule, memory, figures } = smallestPlan(search)
  const { sramBytes } = figures
  const report = {
    ...{ model: graph.file, board: board.name, rounding: 'double' as const, macs: 0 },
    optimize: all.optimize,
    ...{ arenaBytes: sramBytes, scratchBytes: 0, sramBytes, stackBytes: null, layers: [] },
    flash: { weights: 90, constants: 8, code: code === 'TH4002' ? 50 : null },
    lowerBoundBytes: memory.peakLiveBytes,
  }
  t.notOk(checkFit(report, schedule, memory, board, bag, { search, options: all }))
  return { code, title, diagnostics: bag.all }
}

t.test('refusals say what test/errors says', async t => {
  const roomy = { ...small, memory: [{ name: 'ram', kind: 'sram', bytes: 4096 }, small.memory[1]!] }
  const refusals = [
    refused('TH4001', 'a board with less than the image', doubled(false), {}, small),
    refused('TH4001', 'float ends', doubled(true), {}, small),
    refused('TH4001', 'float ends by rows', doubled(true), { inputs: 'rows' }, small),
    refused('TH4002', 'more code than flash', doubled(false), {}, roomy as Board),
    refused('TH4003', 'a limit one below', doubled(false), { sram: 71 }, host),
    refused('TH4003', 'int8 ends', doubled(true), { sram: 40, io: 'int8' }, host),
  ]
  for (const code of ['TH4001', 'TH4002', 'TH4003'] as const) {
    const text = refusalText(refusals.filter(refusal => refusal.code === code))
    t.equal(text, expectedText(code, text), code)
  }
})

t.test('what fits at the byte is accepted', async t => {
  const bag = new DiagnosticBag()
  const options = { ...defaultOptions, sram: 72 }
  const { search } = planGraph(doubled(false), host, options, bag)!
  t.equal(smallestPlan(search).figures.sramBytes, 72, 'the sum takes the place of the image')
  t.equal(search.lowerBoundBytes, 72)
})
