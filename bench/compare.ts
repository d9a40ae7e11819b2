// The tables of peers for README, on Cortex-M4 and M7: `npx tsx bench/compare.ts [--json FILE] [MODEL...]`.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { boards } from '../boards/index.ts'
import { boardFigures } from '../cli/bench/board-figures.ts'
import { compareModel } from '../cli/bench/compare-model.ts'
import { profileModel } from '../cli/bench/profile.ts'
import { benchResult } from '../cli/bench/result.ts'
import { buildModel, loadModel } from '../cli/model.ts'
import { defaultForm, type ModelForm } from '../cli/options.ts'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { isMissing } from '../runtime/hosts/host-error.ts'
import { isArmCore } from '../runtime/hosts/targets.ts'
import { compareMarkdown, type CompareEntry } from './compare/table.ts'

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

/** `say` is told what begins: planning takes longest, then the C compiler, then the run in QEMU. */
async function compare(
  network: Network,
  machine: string,
  say: (what: string) => void,
): Promise<CompareEntry> {
  const bag = new DiagnosticBag()
  const path = join(shared, 'models', network.file)
  say('planning')
  const loaded = loadModel(path, bag)
  const form = { ...defaultForm, io: network.io }
  const built = loaded === null ? null : buildModel(loaded.graph, machine, false, bag, form)
  const board = boards.get(machine)
  if (built === null || board === undefined || !isArmCore(board.core)) throw failure(path, bag)
  const { compiled, program } = built
  const profile = await profileModel(compiled, program, board.core, { memory: true, onPart: say })
  if (isMissing(profile)) throw new Error(`${profile.tool} is missing: ${profile.howToGet}`)
  const subject = { kind: 'model', subject: network.file, board: machine } as const
  const result = benchResult(subject, compiled, profile)
  say('measuring flash')
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

/** Writes a line per network and core on stderr, with the seconds of each part. */
class Log {
  #begun = performance.now()
  #part = ''

  begin(what: string): void {
    process.stderr.write(`${what}:`)
    this.#part = ''
  }

  readonly part = (what: string): void => {
    const now = performance.now()
    const seconds = ((now - this.#begun) / 1000).toFixed(1)
    process.stderr.write(this.#part === '' ? ` ${what}` : ` ${seconds} s, ${what}`)
    this.#part = what
    this.#begun = now
  }

  end(): void {
    this.part('done\n')
  }
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
  const log = new Log()
  for (const network of chosen) {
    for (const machine of machines) {
      log.begin(
        `${entries.length + 1}/${chosen.length * machines.length} ${network.file}, ${machine}`,
      )
      entries.push(await compare(network, machine, log.part))
      log.end()
      // What is there already is worth having when the run is stopped.
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(entries, null, 2)}\n`)
    }
  }
  process.stdout.write(compareMarkdown(entries))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
