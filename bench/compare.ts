// The table of peers for README, on Cortex-M4 and M7: `npx tsx bench/compare.ts [--json FILE] [MODEL...]`.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { boards } from '../boards/index.ts'
import { boardFigures } from '../cli/bench/board-figures.ts'
import { compareModel } from '../cli/bench/compare-model.ts'
import type { Comparison, ComparisonRow } from '../cli/bench/compare.ts'
import { profileModel } from '../cli/bench/profile.ts'
import { benchResult } from '../cli/bench/result.ts'
import { buildModel, loadModel } from '../cli/model.ts'
import { defaultForm, type ModelForm } from '../cli/options.ts'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { isMissing } from '../runtime/hosts/host-error.ts'
import { isArmCore } from '../runtime/hosts/targets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const shared = process.env['THIMBLE_SHARED'] ?? join(root, '../shared')

interface Network {
  readonly file: string
  readonly io: ModelForm['io']
}

const networks: readonly Network[] = [
  { file: 'vww_96_int8.tflite', io: 'model' },
  { file: 'kws_ref_model.tflite', io: 'model' },
  { file: 'ad01_int8.tflite', io: 'model' },
  { file: 'mcunet_vww.tflite', io: 'int8' },
  { file: 'mcunet-in3.tflite', io: 'int8' },
]

const machines = ['mps2-an386', 'mps2-an500'] as const

/** What one network costs on one core, beside its peers. */
export interface CompareEntry extends Comparison {
  readonly model: string
  readonly stackBytes: number | null
}

async function compare(network: Network, machine: string): Promise<CompareEntry> {
  const bag = new DiagnosticBag()
  const path = join(shared, 'models', network.file)
  const loaded = loadModel(path, bag)
  const form = { ...defaultForm, io: network.io }
  const built = loaded === null ? null : buildModel(loaded.graph, machine, false, bag, form)
  const board = boards.get(machine)
  if (built === null || board === undefined || !isArmCore(board.core)) throw failure(path, bag)
  const { compiled, program } = built
  const profile = await profileModel(compiled, program, board.core, { memory: true })
  if (isMissing(profile)) throw new Error(`${profile.tool} is missing: ${profile.howToGet}`)
  const subject = { kind: 'model', subject: network.file, board: machine } as const
  const result = benchResult(subject, compiled, profile)
  const figures = boardFigures(compiled, profile, board, true)
  const own = { file: path, io: network.io, compiled, program, result, boards: figures }
  const compared = await compareModel(own, bag)
  if (compared === null) throw failure(path, bag)
  const model = network.file.replace(/\.tflite$/, '')
  return { model, stackBytes: result.stackBytes, ...compared }
}

function failure(path: string, bag: DiagnosticBag): Error {
  return new Error(`${path}: ${bag.all.map(({ code, text }) => `${code} ${text}`).join('; ')}`)
}

const million = (value: number): string => (value / 1e6).toPrecision(4)
const kilobytes = (value: number | null): string =>
  value === null ? '?' : `${(value / 1000).toFixed(1)} kB`

/** A row per network and core, with the fastest variant of each peer of the same kind. */
export function compareTable(entries: readonly CompareEntry[]): string {
  const head = [
    '| model | core | system | M instructions | M core cycles | per MAC | SRAM | flash | exact | Thimble is |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ]
  const rows = entries.flatMap(entry => {
    const { model, own, modelled } = entry
    const start = `| ${model} | ${own.core}`
    const ours = `${start} | **Thimble** | ${million(own.instructions)} | ${million(own.coreCycles)} | ${(own.cyclesPerMac ?? 0).toFixed(2)} | ${kilobytes(own.sramBytes)} | ${kilobytes(own.flashBytes)} | yes | |`
    return [ours, ...fastestOfEach(modelled).map(row => `${start} ${peerCells(row)}`)]
  })
  return [...head, ...rows].join('\n')
}

/** Rows come fastest first. */
function fastestOfEach(rows: readonly ComparisonRow[]): readonly ComparisonRow[] {
  return rows.filter((row, i) => rows.findIndex(({ peer }) => peer === row.peer) === i)
}

function peerCells(row: ComparisonRow): string {
  const { peer, instructions, cycles, cyclesPerMac, sramBytes, flashBytes, exact, speedup } = row
  const counted = `${million(instructions ?? 0)} | ${million(cycles ?? 0)} | ${(cyclesPerMac ?? 0).toFixed(2)}`
  const sizes = `${kilobytes(sramBytes)} | ${kilobytes(flashBytes)}`
  const bytes = exact === null ? '?' : exact ? 'yes' : 'no'
  return `| ${peer} | ${counted} | ${sizes} | ${bytes} | ${(speedup ?? 0).toFixed(2)}x as fast |`
}

/** Ours on boards by model, beside the fastest published figure for the same chip. */
export function boardTable(entries: readonly CompareEntry[]): string {
  const head = [
    '| model | board | Thimble, modelled M cycles | over core | ms | published for a real one (fastest) |',
    '|---|---|---|---|---|---|',
  ]
  const rows = entries.flatMap(({ model, own, silicon }) =>
    own.boards
      .filter(({ total, core }) => total > core)
      .map(({ board, total, core, milliseconds }) => {
        const published = silicon.find(row => isBoard(row, board))
        const theirs =
          published === undefined
            ? ''
            : `${published.cycles === null ? '' : `${million(published.cycles)}, `}${(published.milliseconds ?? 0).toFixed(1)} ms: ${published.variant}`
        return `| ${model} | ${board} | ${million(total)} | ${(total / core).toFixed(2)} | ${(milliseconds ?? 0).toFixed(1)} | ${theirs} |`
      }),
  )
  return [...head, ...rows].join('\n')
}

/** `NUCLEO-L4R5ZI` has an `stm32l4r5`. */
function isBoard({ board }: ComparisonRow, name: string): boolean {
  const chip = /^stm32([a-z]\d+[a-z]?\d+)/.exec(name)?.[1] ?? name
  return board?.toLowerCase().includes(chip) === true
}

async function main(words: readonly string[]): Promise<void> {
  const at = words.indexOf('--json')
  const json = at < 0 ? undefined : words[at + 1]
  const names = words.filter((_, i) => at < 0 || (i !== at && i !== at + 1))
  const chosen = networks.filter(
    ({ file }) => names.length === 0 || names.some(name => file.startsWith(name)),
  )
  if (!existsSync(shared)) throw new Error(`no models in ${shared}; set THIMBLE_SHARED`)
  const entries: CompareEntry[] = []
  for (const network of chosen) {
    for (const machine of machines) {
      process.stderr.write(`${network.file} on ${machine}\n`)
      entries.push(await compare(network, machine))
    }
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(entries, null, 2)}\n`)
  process.stdout.write(`${compareTable(entries)}\n\n${boardTable(entries)}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
