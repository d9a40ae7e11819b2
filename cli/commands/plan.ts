// `thimble plan`: which plans there are for a model's memory, and what the chosen one looks like.

import { planGraph, slackOf, sramLimit } from '../../compiler/index.ts'
import type { Board } from '../../boards/schema.ts'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { defaultOptions, type CompileOptions } from '../../compiler/options.ts'
import type { Candidate, PlanSearch } from '../../compiler/planner/candidate.ts'
import { choosePlan, freeSlack, smallestPlan } from '../../compiler/planner/choose.ts'
import { checkSram } from '../../compiler/report/fit.ts'
import { gap, planSummary, type PlanSummary } from '../../compiler/report/plan-summary.ts'
import { planSvg } from '../../compiler/report/plan-svg.ts'
import { segmentViews, viewSteps } from '../../compiler/report/segments.ts'
import type { Step } from '../../compiler/schedule/schedule.ts'
import { boardNamed } from '../board.ts'
import { command, type Result } from '../command.ts'
import { writeOutputFile } from '../files/write.ts'
import { loadModel } from '../model.ts'
import { formArgs, modelForm } from '../options.ts'
import { progress } from '../progress.ts'
import { grouped, table } from '../table.ts'

export const planCommand = command({
  name: 'plan',
  description:
    'memory plans of a model: least memory against fewest cycles, and what sets the peak',
  examples: [
    'thimble plan zoo/spoken-digits/spoken_digits.tflite',
    'thimble plan model.tflite --board stm32f746g-disco --sram 64k --svg plan.svg',
    'thimble plan model.tflite --input rows --io int8 --json | jq .chosen.peak',
  ],
  args: {
    model: { type: 'positional', description: 'a .tflite file', required: true },
    board: {
      type: 'string',
      description: `board whose memory and kernels count, or a board file; ${defaultOptions.board} unless given`,
    },
    ...formArgs,
    svg: { type: 'string', description: 'draw the chosen plan into this file', valueHint: 'file' },
  },
  run: (args, bag): Result => {
    const name = args.board ?? defaultOptions.board
    const board = boardNamed(name, bag)
    const { sram, io, optimize, input: inputs, output: outputs } = args
    const words = { sram, io, optimize, inputs, outputs }
    const options = { ...modelForm('plan', words), board: name, trace: false }
    const loaded = board === null ? null : loadModel(args.model, bag)
    if (board === null || loaded === null) return null
    const line = progress()
    line.say(`searching plans for ${loaded.graph.operators.length} operators`)
    const planned = planGraph(loaded.graph, board, options, bag)
    line.done()
    if (planned === null) return null
    const { search } = planned
    const limited = args.board !== undefined || options.sram !== null
    const chosen = choose(search, board, options, limited, bag)
    if (chosen === null) return null
    if (args.svg !== undefined) {
      const picture = new TextEncoder().encode(planSvg(search, chosen))
      if (!writeOutputFile(args.svg, picture, bag)) return null
    }
    return outcome(search, chosen, options, limited, args.svg)
  },
})

/** The plan that `compile` takes; the smallest where there is no limit. Null after TH4001 or TH4003. */
function choose(
  search: PlanSearch,
  board: Board,
  options: CompileOptions,
  limited: boolean,
  bag: DiagnosticBag,
): Candidate | null {
  const smallest = smallestPlan(search)
  const chosen = limited
    ? choosePlan(search, sramLimit(board, options), slackOf(options))
    : smallest
  if (chosen !== null) return chosen
  const { schedule, memory, figures } = smallest
  checkSram(figures.sramBytes, schedule, memory, board, bag, { search, options })
  return null
}

function outcome(
  search: PlanSearch,
  chosen: Candidate,
  { board, sram, io, optimize, inputs, outputs }: CompileOptions,
  limited: boolean,
  svg: string | undefined,
): Result {
  const { graph } = chosen.schedule
  const { front, ...rest } = planSummary(search, chosen)
  const json = {
    model: graph.file,
    board,
    ...{ sram, io, optimize, inputs, outputs },
    front,
    chosen: rest,
    svg: svg ?? null,
  }
  const why = limited ? whyTaken(sram) : 'the smallest; --board or --sram set a limit'
  const lines = [
    `${graph.file}: ${grouped(graph.operators.length)} operators, planned for ${board}`,
    '',
    ...frontLines(front, search.cost.name),
    '',
    `Chosen plan (${why}):`,
    '',
    segmentTable(chosen),
    '',
    ...peakLines(chosen, rest),
    ...(svg === undefined ? [] : ['', `The picture is in ${svg}.`]),
    '',
  ]
  return { json, text: lines.join('\n'), exitCode: 0 }
}

function whyTaken(sram: number | null): string {
  if (sram !== null) return 'the fastest that fits'
  return `fits, and is at most ${100 * freeSlack} % slower than the fastest`
}

function frontLines(front: PlanSummary['front'], model: string): readonly string[] {
  const head = ['', 'SRAM bytes', 'core cycles', 'of fastest', 'flash bytes', 'streamed segments']
  const rows = front.map(plan => [
    plan.chosen ? '->' : '',
    plan.sramBytes,
    plan.cycles,
    plan.relativeCycles.toFixed(4),
    plan.flashBytes,
    plan.streamedSegments,
  ])
  const title = `Plans that no other one beats in all figures (cycles by the cost model ${model}):`
  return [title, '', table(head, rows)]
}

function segmentTable({ schedule }: Candidate): string {
  const head = ['operators', 'run', 'rows at a time', 'first', 'runs']
  const rows = segmentViews(schedule).map(view => [
    viewSteps(schedule, view),
    view.kind === 'whole' ? 'one by one' : stripText(schedule.steps[view.first]),
    view.rows === null ? 'all' : String(view.rows),
    view.direction === null ? '' : view.direction === 'up' ? 'first row' : 'last row',
    view.runs,
  ])
  return table(head, rows)
}

function stripText(first: Step | undefined): string {
  if (first?.part === undefined) return 'streamed'
  return `strip ${first.part.strip + 1} of ${first.part.strips}`
}

function peakLines(chosen: Candidate, plan: Omit<PlanSummary, 'front'>): readonly string[] {
  const { peak } = plan
  const at = peak.operator === null ? peak.kind : `op ${peak.operator} ${peak.kind}`
  const rows = peak.live.map(({ tensor, name, rows, ofRows, bytes }) => [
    tensor,
    `${rows} of ${ofRows}`,
    bytes,
    name.length <= 48 ? name : `${name.slice(0, 45)}...`,
  ])
  const figures = [
    ['SRAM', plan.sramBytes, ''],
    ['one operator after the other', plan.layerByLayerBytes, ''],
    ['lower bound of this schedule', plan.lowerBoundBytes, 'rows in use at the peak'],
    [
      'lower bound of all searched',
      plan.searchLowerBoundBytes,
      gap(plan.gapBytes, plan.gapPercent),
    ],
  ] as const
  return [
    `The peak is at ${at}, run ${grouped(peak.run)}: ${grouped(peak.bytes)} bytes in use`,
    '',
    table(['tensor', 'rows', 'bytes', 'name'], rows),
    '',
    ...figures.map(
      ([what, bytes, note]) =>
        `  ${what.padEnd(30)}${grouped(bytes).padStart(12)} bytes${note === '' ? '' : `  (${note})`}`,
    ),
  ]
}
