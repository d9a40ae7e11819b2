// `thimble verify`: hosts against stored goldens, or against each other.

import { createHash } from 'node:crypto'
import type { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { tensorBytes, tensorOf } from '../../compiler/graph/graph.ts'
import { int8Ends } from '../../compiler/passes/int8-ends.ts'
import { command, type Result } from '../command.ts'
import { readGolden, type Golden } from '../golden/golden.ts'
import { hostList, type HostChoice } from '../hosts.ts'
import { loadModel, type LoadedModel } from '../model.ts'
import {
  compilerArgs,
  compilerChoice,
  defaultForm,
  runForm,
  runFormArgs,
  type ModelForm,
} from '../options.ts'
import { countArgument, UsageError } from '../parse.ts'
import { progress } from '../progress.ts'
import { table } from '../table.ts'
import { describeDifference } from '../verify/difference.ts'
import type { Case } from '../verify/host-run.ts'
import { seededCases } from '../verify/seeded.ts'
import { arenaFills, verifyModel, type Verdict, type VerifyInput } from '../verify/verify.ts'

export const verifyCommand = command({
  name: 'verify',
  description: 'compares hosts with stored goldens, or with each other, tensor by tensor',
  examples: [
    'thimble verify zoo/spoken-digits/spoken_digits.tflite --golden zoo/spoken-digits/clips --hosts js,as --layers',
    'thimble verify model.tflite --hosts as,emcc,native,qemu:mps2-an386,qemu:mps2-an500',
    'thimble verify model.tflite --hosts js,qemu --compiler clang --io int8',
  ],
  args: {
    model: { type: 'positional', description: 'a .tflite file', required: true },
    golden: {
      type: 'string',
      description:
        'folder with manifest.json; without it the hosts are compared with the first one',
      valueHint: 'dir',
    },
    hosts: {
      type: 'string',
      description: 'hosts separated by commas: js, as, emcc, native, qemu, qemu:mps2-an500',
      default: 'js,as',
      valueHint: 'list',
    },
    layers: { type: 'boolean', description: 'compare every intermediate tensor too' },
    'every-fill': {
      type: 'boolean',
      description:
        'run each case with the arena filled with 0x00, 0xa5 and 0xff; else the cases take turns',
    },
    ...runFormArgs,
    ...compilerArgs,
    cases: { type: 'string', description: 'at most so many cases', valueHint: 'count' },
    board: {
      type: 'string',
      description: 'board whose code runs; a machine of qemu for that host',
    },
  },
  run: async (args, bag) => {
    const hosts = hostList('verify', args.hosts, args.board)
    const limit = countArgument('verify', 'cases', args.cases)
    const form = runForm('verify', args)
    checkWords(args, hosts, form)
    const layers = args.layers === true
    const everyFill = args['every-fill'] === true
    const loaded = loadModel(args.model, bag)
    if (loaded === null) return null
    const golden = args.golden === undefined ? null : goldenFor(loaded, args.golden, layers, bag)
    if (golden === null && args.golden !== undefined) return null
    const ends = form.io === 'int8' ? int8Ends(loaded.graph) : loaded.graph
    const all = golden === null ? seededCases(ends, limit) : goldenCases(golden)
    const cases = all.slice(0, limit)
    const line = progress()
    const onHost = (label: string): void => line.say(`${cases.length} cases on ${label}`)
    const { graph } = loaded
    const options = compilerChoice(args.compiler)
    const input = { graph, cases, golden, hosts, layers, everyFill, form, options, onHost }
    try {
      const verdict = await verifyModel(input, bag)
      return verdict === null ? null : outcome(verdict, input, args.golden)
    } finally {
      line.done()
    }
  },
})

interface CheckedWords {
  readonly golden?: string | undefined
  readonly compiler?: string | undefined
}

/** Throws UsageError for words that exclude each other. */
function checkWords(
  { golden, compiler }: CheckedWords,
  hosts: readonly HostChoice[],
  { io }: ModelForm,
): void {
  const refuse = (message: string): never => {
    throw new UsageError(message, 'verify')
  }
  if (golden === undefined && hosts.length < 2) {
    refuse('one host alone cannot be compared: name two, or --golden')
  }
  if (golden !== undefined && io === 'int8') {
    refuse('--io int8 is for comparing hosts: stored goldens have the types of the model')
  }
  if (compiler === 'clang' && !hosts.some(({ host }) => host === 'qemu')) {
    refuse('--compiler is for the host qemu, which is not among --hosts')
  }
}

/** Null after diagnostics: goldens of another file, of a model with state, or damaged ones. */
export function goldenFor(
  { bytes, graph }: LoadedModel,
  folder: string,
  layers: boolean,
  bag: DiagnosticBag,
): Golden | null {
  const golden = readGolden(folder, layers, bag)
  if (golden === null) return null
  const location = { kind: 'file', file: folder } as const
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual !== golden.sha256) {
    bag.add('TH6022', location, { name: golden.model, expected: golden.sha256, actual })
    return null
  }
  if (golden.stateful) {
    bag.add('TH6023', location)
    return null
  }
  const fits = (ids: readonly number[], tensors: Golden['inputs']): boolean =>
    ids.length === tensors.length &&
    ids.every((id, i) => {
      const tensor = tensorOf(graph, id)
      const stored = tensors[i]
      return tensor.sourceIndex === stored?.index && tensorBytes(tensor) === stored.bytes
    })
  if (fits(graph.inputs, golden.inputs) && fits(graph.outputs, golden.outputs)) return golden
  const detail = 'manifest.json: inputs and outputs are not those of the model'
  bag.add('TH6021', location, { detail })
  return null
}

export function goldenCases(golden: Golden): readonly Case[] {
  return golden.cases.map(({ id, inputs }) => ({ id, inference: inputs }))
}

function outcome(
  verdict: Verdict,
  { graph, layers, everyFill = false, form, options }: VerifyInput,
  golden: string | undefined,
): Result {
  const fills = { bytes: arenaFills, eachCase: everyFill ? 'every' : 'in turns' }
  const { optimize, io } = { ...defaultForm, ...form }
  const json = {
    model: graph.file,
    golden: golden ?? null,
    ...{ optimize, io, compiler: options?.compiler ?? 'gcc', layers },
    fills,
    ...verdict,
  }
  const against = golden === undefined ? `with ${verdict.hosts[0]?.host ?? ''}` : `with ${golden}`
  const head = ['host', 'result', 'compared', 'rebuilt', 'different', 'ms']
  const rows = verdict.hosts.map(host => [
    host.host,
    host.equal ? 'equal' : 'DIFFERENT',
    host.compared,
    host.rebuilt,
    host.differences,
    host.milliseconds,
  ])
  const firsts = verdict.hosts.flatMap(({ host, first }) =>
    first === null ? [] : [`  ${host}: ${describeDifference(first)}`],
  )
  const missing = verdict.notCompared.map(({ tensor, name }) => `tensor ${tensor} ${name}`.trim())
  const unexpected = verdict.hosts[0]?.withoutExpectation ?? 0
  const lines = [
    `${graph.file}: ${verdict.cases} cases compared ${against}${layers ? ', every tensor' : ', outputs'}`,
    '',
    table(head, rows),
    ...(firsts.length === 0 ? [] : ['', 'First difference:', ...firsts]),
    ...(firsts.length === 0 || layers ? [] : ['  --layers names the first layer that differs']),
    ...(unexpected === 0 ? [] : ['', `${unexpected} results have no stored value`]),
    ...(missing.length === 0 ? [] : ['', `Expected, but not found: ${missing.join(', ')}`]),
    '',
  ]
  return { json, text: lines.join('\n'), exitCode: verdict.equal ? 0 : 1 }
}
