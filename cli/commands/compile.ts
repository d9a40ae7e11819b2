// `thimble compile`: a model and a board in, a C library and its figures out.

import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { printGraph } from '../../compiler/graph/print.ts'
import { printModule } from '../../compiler/kir/print.ts'
import type { Compiled } from '../../compiler/index.ts'
import { checkFit } from '../../compiler/report/fit.ts'
import { planLines, planSummary } from '../../compiler/report/plan-summary.ts'
import { printPlan } from '../../compiler/report/plan-text.ts'
import type { Report } from '../../compiler/report/report.ts'
import { command, type Result } from '../command.ts'
import { manifestName, writePackageFolder } from '../files/write-folder.ts'
import { measure, type Measured } from '../measure.ts'
import { buildModel, loadModel, type BuiltModel } from '../model.ts'
import { formArgs, modelForm } from '../options.ts'
import { progress } from '../progress.ts'
import { grouped, table } from '../table.ts'

export const compileCommand = command({
  name: 'compile',
  description: 'compiles an int8 model to a C library for a board',
  examples: [
    'thimble compile zoo/spoken-digits/spoken_digits.tflite --board stm32f746g-disco',
    'thimble compile model.tflite --board mps2-an500 --out build/model --json',
    'thimble compile model.tflite --board stm32f746g-disco --sram 64k --input rows',
    'thimble compile model.tflite --board stm32f746g-disco --optimize size',
    'thimble compile model.tflite --board ./my-board.json',
    'thimble compile model.tflite --board host --emit plan',
  ],
  args: {
    model: { type: 'positional', description: 'a .tflite file', required: true },
    board: {
      type: 'string',
      description: 'board to compile for (`thimble boards` lists them), or a board file',
      required: true,
    },
    out: {
      type: 'string',
      description: 'folder for the C library; ./NAME-thimble unless given',
      valueHint: 'dir',
    },
    ...formArgs,
    emit: {
      type: 'enum',
      description: 'print an intermediate form instead of writing the library',
      options: ['graph', 'plan', 'kir'],
    },
  },
  run: async ({ model, board, out, emit, sram, io, optimize, input, output }, bag) => {
    const form = modelForm('compile', { sram, io, optimize, inputs: input, outputs: output })
    const loaded = loadModel(model, bag)
    if (loaded === null) return null
    const line = progress()
    line.say('searching plans')
    const built = buildModel(loaded.graph, board, false, bag, form)
    line.done()
    if (built === null) return null
    if (emit !== undefined) return printed(emit, built)
    line.say('measuring code and stack')
    const measured = await measure(built)
    line.done()
    return finish(built, measured, out ?? `${loaded.graph.name}-thimble`, bag)
  },
})

function finish(
  { board, compiled, options }: BuiltModel,
  { report, files, notes }: Measured,
  folder: string,
  bag: DiagnosticBag,
): Result {
  const { schedule, plan, search, candidate } = compiled
  if (!checkFit(report, schedule, plan, board, bag, { search, options })) return null
  const summary = { ...report, plan: planSummary(search, candidate) }
  if (!writePackageFolder(folder, files, summary, bag)) return null
  const json = { ...summary, out: folder, files: [...files.keys(), manifestName], notes }
  const text = reportText(report, planLines(search, candidate), folder, notes)
  return { json, text, exitCode: 0 }
}

const printers = {
  graph: ({ graph }) => printGraph(graph),
  plan: ({ candidate }) => printPlan(candidate),
  kir: ({ model }) => printModule(model.module),
} satisfies Readonly<Record<string, (compiled: Compiled) => string>>

function printed(form: keyof typeof printers, { compiled }: BuiltModel): Result {
  const text = printers[form](compiled)
  return { json: { emit: form, text }, text, exitCode: 0 }
}

function reportText(
  report: Report,
  plan: readonly string[],
  folder: string,
  notes: readonly string[],
): string {
  const { flash, layers } = report
  const known = (bytes: number | null): string => (bytes === null ? 'unknown' : grouped(bytes))
  const sizes = [
    ['arena (inputs, outputs, scratch)', grouped(report.arenaBytes)],
    ['all static RAM', grouped(report.sramBytes)],
    ['stack, at most', known(report.stackBytes)],
    ['flash: weights', grouped(flash.weights)],
    ['flash: other constants', grouped(flash.constants)],
    ['flash: code', known(flash.code)],
  ]
  const rows = layers.map(({ op, kernel, macs, name }, index) => [
    index,
    op,
    kernel,
    macs,
    short(name),
  ])
  return [
    `${report.model} for ${report.board}: ${grouped(report.macs)} multiply-accumulates`,
    '',
    table(['#', 'operator', 'kernel', 'MACs', 'output'], rows),
    '',
    ...sizes.map(([what = '', bytes = '']) => `  ${what.padEnd(34)}${bytes.padStart(12)} bytes`),
    ...notes.map(note => `  note: ${note}`),
    '',
    ...plan.map(line => `  plan: ${line}`),
    '',
    `The C library is in ${folder}; its README.md shows how to call it.`,
    '',
  ].join('\n')
}

/** Converters make names of whole sentences. */
function short(name: string): string {
  return name.length <= 40 ? name : `${name.slice(0, 37)}...`
}
