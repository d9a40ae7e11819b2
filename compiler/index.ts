// The compiler: a .tflite model in, a C library and its figures out. The whole pipeline, in order.

import { boards, coreOf } from '../boards/index.ts'
import { memoryBytes, type Board } from '../boards/schema.ts'
import { costModel } from './cost/index.ts'
import type { DiagnosticBag } from './diagnostics/bag.ts'
import { emitInvoke, type ModelModule } from './emit/model/invoke.ts'
import { KernelProgram } from './frontend/program.ts'
import type { Graph } from './graph/graph.ts'
import { checkSupported } from './graph/supported.ts'
import { verifyGraph } from './graph/verify.ts'
import { importTflite } from './import/tflite/graph.ts'
import type { MemoryPlan } from './memory/plan.ts'
import { provePlan } from './memory/prove.ts'
import type { CompileOptions } from './options.ts'
import { packageFiles } from './package/files.ts'
import { runPasses } from './passes/index.ts'
import { checkFit } from './report/fit.ts'
import { makeReport, type Report } from './report/report.ts'
import type { Candidate, PlanSearch } from './planner/candidate.ts'
import { choosePlan, freeSlack, smallestPlan } from './planner/choose.ts'
import { eitherSearch, fallsBehind, searchPlans, type Scope } from './planner/search.ts'
import type { Schedule } from './schedule/schedule.ts'
import { buildSteps, type Steps } from './schedule/steps.ts'
import { selectKernels } from './select/select.ts'
import { lineReader, type ReadSource } from './sources.ts'

/** A compiled model: every stage's result, the C package and its figures. */
export interface Compiled {
  readonly graph: Graph
  readonly search: PlanSearch
  /** The plan that was taken. */
  readonly candidate: Candidate
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly model: ModelModule
  readonly report: Report
  /** The C package, path → text. */
  readonly files: ReadonlyMap<string, string>
}

/** A graph ready to be scheduled, and the plans found for it. */
export interface Planned {
  /** After the passes. */
  readonly graph: Graph
  readonly steps: Steps
  readonly search: PlanSearch
}

/** Reads a model. Null after diagnostics. */
export function importModel(bytes: Uint8Array, file: string, bag: DiagnosticBag): Graph | null {
  const graph = importTflite(bytes, file, bag)
  return graph !== null && verifyGraph(graph, bag) && checkSupported(graph, bag) ? graph : null
}

/** Compiles the bytes of a .tflite file. Null after diagnostics; kernels are read by `read`. */
export function compile(
  bytes: Uint8Array,
  file: string,
  options: CompileOptions,
  read: ReadSource,
  bag: DiagnosticBag,
): Compiled | null {
  const board = findBoard(options.board, bag)
  const graph = importModel(bytes, file, bag)
  return board === null || graph === null ? null : compileGraph(graph, board, options, read, bag)
}

/** The plans for a graph that `importModel` has accepted. Null after diagnostics. */
export function planGraph(
  imported: Graph,
  board: Board,
  options: CompileOptions,
  bag: DiagnosticBag,
  scope: Scope = 'front',
): Planned | null {
  const graph = runPasses(imported, options)
  const cost = costModel(coreOf(board))
  const ends = { inputs: options.inputs === 'rows', outputs: options.outputs === 'rows' }
  const selection = selectKernels(graph, coreOf(board), bag, cost, options.optimize)
  if (selection === null) return null
  const { roomy, tight } = selection
  const limit = sramLimit(board, options)
  const steps = buildSteps(graph, roomy, ends)
  if (roomy.every((selected, i) => selected === tight[i])) {
    return { graph, steps, search: searchPlans(steps, cost, limit, scope) }
  }
  // With the scratch that makes kernels fast, and with little.
  const fast = searchPlans(steps, cost, limit, scope, false)
  const tightSteps = buildSteps(graph, tight, ends)
  const rival = choosePlan(fast, limit)
  if (rival !== null && fallsBehind(tightSteps, cost, rival, scope)) {
    return { graph, steps, search: fast }
  }
  const small = searchPlans(tightSteps, cost, limit, scope)
  return { graph, steps, search: eitherSearch(fast, small) }
}

/** Compiles a graph that `importModel` has accepted, by the plan that `choosePlan` takes. */
export function compileGraph(
  imported: Graph,
  board: Board,
  options: CompileOptions,
  read: ReadSource,
  bag: DiagnosticBag,
): Compiled | null {
  const scope = options.sram === null ? { slack: slackOf(options) } : 'limit'
  const planned = planGraph(imported, board, options, bag, scope)
  if (planned === null) return null
  const { graph, search } = planned
  const candidate =
    choosePlan(search, sramLimit(board, options), slackOf(options)) ?? smallestPlan(search)
  const { schedule, memory: plan } = candidate
  const kernels = new KernelProgram(read, bag)
  const { trace } = options
  const { dualIssue = false } = coreOf(board)
  const input = { schedule, plan, kernels, lineOf: lineReader(read), trace, dualIssue }
  const model = emitInvoke(input, bag)
  if (model === null) return null
  const report = makeReport(schedule, plan, model.module, board.name, options.optimize)
  if (!checkFit(report, schedule, plan, board, bag, { search, options })) return null
  // After the fit, because the proof takes time and memory in proportion to the arena.
  provePlan(schedule, plan, model)
  const files = packageFiles({ schedule, plan, model, report, trace, optimize: options.optimize })
  return { graph, search, candidate, schedule, plan, model, report, files }
}

/** Bytes of static RAM a plan may have; a board for tests has no limit. */
export function sramLimit(board: Board, options: CompileOptions): number {
  return options.sram ?? memoryBytes(board, 'sram')
}

/** How much slower than the fastest a plan may be; 0 where memory has a limit or speed was asked for. */
export function slackOf({ sram, optimize }: CompileOptions): number {
  return sram === null && optimize !== 'speed' ? freeSlack : 0
}

/** The board of that name, or null after TH6001. */
export function findBoard(name: string, bag: DiagnosticBag): Board | null {
  const board = boards.get(name)
  if (board !== undefined) return board
  bag.add('TH6001', { kind: 'none' }, { name, known: [...boards.keys()].join(', ') })
  return null
}
