// Runs a model on hosts and compares every tensor with goldens, or with the first host's.

import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import type { Graph } from '../../compiler/graph/graph.ts'
import type { Golden } from '../golden/golden.ts'
import { createRunner, type HostChoice, type RunnerOptions } from '../hosts.ts'
import { buildModel } from '../model.ts'
import { defaultForm, type ModelForm } from '../options.ts'
import { compareHost, type Comparison, type Expectation } from './compare.ts'
import type { Case, HostRun } from './host-run.ts'
import { visibleTensors, type VisibleTensor } from './tensors.ts'

export interface VerifyInput {
  readonly graph: Graph
  readonly cases: readonly Case[]
  /** Null: hosts are compared with the first of them. */
  readonly golden: Golden | null
  readonly hosts: readonly HostChoice[]
  /** Compare all intermediate tensors, not only outputs. */
  readonly layers: boolean
  /** Run each case with each of `arenaFills`; otherwise the fills take turns from case to case. */
  readonly everyFill?: boolean
  /** What the user chose, or part of it; goldens have the types at the ends of the model. */
  readonly form?: Partial<ModelForm>
  readonly options?: RunnerOptions
  readonly onHost?: (label: string) => void
  readonly onRun?: (run: HostRun) => void
}

export interface HostVerdict extends Comparison {
  readonly host: string
  readonly equal: boolean
  /** Of all inferences, without building; for native and qemu with starting the program. */
  readonly milliseconds: number
}

/** A tensor that has an expected value and is nowhere to be found in the compiled model. */
export interface NotCompared {
  readonly tensor: number
  readonly name: string
}

export interface Verdict {
  readonly equal: boolean
  readonly cases: number
  readonly hosts: readonly HostVerdict[]
  readonly notCompared: readonly NotCompared[]
}

/** What the arena holds before an inference: nothing of it may show in the results. */
export const arenaFills: readonly number[] = [0x00, 0xa5, 0xff]

/** Whole models take minutes on an emulated microcontroller. */
const patience: RunnerOptions = { timeoutSeconds: 3600 }

/** Null after diagnostics; HostError and KernelTrap are thrown. */
export async function verifyModel(input: VerifyInput, bag: DiagnosticBag): Promise<Verdict | null> {
  const runs: HostRun[] = []
  for (const choice of input.hosts) {
    input.onHost?.(choice.label)
    const run = await runHost(choice, input, bag)
    if (run === null) return null
    input.onRun?.(run)
    runs.push(run)
  }
  const [first] = runs
  if (first === undefined) throw new Error('no hosts to verify')
  const { golden } = input
  const perCase = input.everyFill === true ? arenaFills.length : 1
  const expectation = golden === null ? firstHost(first) : fromGolden(golden, runs, perCase)
  const hosts = runs.map((run): HostVerdict => {
    const comparison = compareHost(run, expectation)
    const equal = comparison.differences === 0
    return { host: run.label, equal, ...comparison, milliseconds: run.milliseconds }
  })
  const notCompared = golden === null ? [] : missing(golden, input.graph, first.visible)
  const equal = hosts.every(host => host.equal) && notCompared.length === 0
  return { equal, cases: input.cases.length, hosts, notCompared }
}

async function runHost(
  choice: HostChoice,
  input: VerifyInput,
  bag: DiagnosticBag,
): Promise<HostRun | null> {
  const form = { ...defaultForm, ...input.form }
  const built = buildModel(input.graph, choice.board, input.layers, bag, form)
  if (built === null) return null
  const { program, compiled } = built
  const options = { ...patience, fill: arenaFills, ...input.options }
  const cases = input.everyFill === true ? withEveryFill(input.cases) : input.cases
  const runner = await createRunner(choice, program, options)
  try {
    const started = performance.now()
    const results = await runner.run(cases.map(({ inference }) => inference))
    const milliseconds = Math.round(performance.now() - started)
    const visible = visibleTensors(compiled.graph, program)
    return { label: choice.label, visible, cases, results, milliseconds }
  } finally {
    await runner.close()
  }
}

/** Each case once for each fill, in the order in which the fills take turns. */
function withEveryFill(cases: readonly Case[]): readonly Case[] {
  return cases.flatMap(({ id, inference }) =>
    arenaFills.map(fill => ({
      id: `${id}, arena filled with 0x${fill.toString(16).padStart(2, '0')}`,
      inference,
    })),
  )
}

/** The tensor of the same meaning on the first host. */
function firstHost(first: HostRun): (tensor: VisibleTensor, position: number) => Expectation {
  return (tensor, position) => {
    const same = first.visible.find(
      v => v.tensor.sourceIndex === tensor.tensor.sourceIndex && v.kind === tensor.kind,
    )
    return same === undefined
      ? { kind: 'none' }
      : { kind: 'bytes', bytes: at(first, same, position) }
  }
}

function at(run: HostRun, tensor: VisibleTensor, position: number): Uint8Array {
  const [inference, result] = [run.cases[position]?.inference, run.results[position]]
  if (inference === undefined || result === undefined)
    throw new Error('a host gave too few results')
  return tensor.read(inference, result)
}

/**
 * Stored bytes where there are some, else sums; with these, any host's bytes that fit them. A stored
 * case was run `perCase` times in a row.
 */
function fromGolden(
  golden: Golden,
  runs: readonly HostRun[],
  perCase: number,
): (tensor: VisibleTensor, position: number) => Expectation {
  const layers = new Map(golden.layers.map(layer => [layer.index, layer]))
  const outputs = new Map(golden.outputs.map(({ index }, i) => [index, i]))
  return (tensor, position) => {
    const stored = Math.floor(position / perCase)
    const index = tensor.tensor.sourceIndex
    const output = tensor.kind === 'output' ? outputs.get(index) : undefined
    const bytes =
      output === undefined
        ? layers.get(index)?.bytes.get(stored)
        : golden.cases[stored]?.outputs[output]
    if (bytes !== undefined) return { kind: 'bytes', bytes }
    const crc = layers.get(index)?.crcs.get(stored)
    if (crc === undefined) return { kind: 'none' }
    const candidates = (): readonly Uint8Array[] =>
      runs.flatMap(run =>
        run.visible.filter(v => v.tensor.sourceIndex === index).map(v => at(run, v, position)),
      )
    return { kind: 'crc', crc, candidates }
  }
}

/** Expected tensors that no host shows; constants of the model need no comparison. */
function missing(
  golden: Golden,
  graph: Graph,
  visible: readonly VisibleTensor[],
): readonly NotCompared[] {
  const seen = new Set(visible.map(({ tensor }) => tensor.sourceIndex))
  const constants = new Set(
    graph.tensors.filter(({ data }) => data !== null).map(({ sourceIndex }) => sourceIndex),
  )
  return golden.layers
    .filter(({ index }) => !seen.has(index) && !constants.has(index))
    .map(({ index, name }) => ({ tensor: index, name }))
}
