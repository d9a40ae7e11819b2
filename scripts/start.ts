// `npm start`: the whole chain once, with npm packages alone, on the bundled spoken-digit network.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { formatDiagnostics } from '../compiler/diagnostics/format.ts'
import { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import type { Report } from '../compiler/report/report.ts'
import { goldenCases, goldenFor } from '../cli/commands/verify.ts'
import { diagnosticOf } from '../cli/failure.ts'
import { writePackageFolder } from '../cli/files/write-folder.ts'
import { hostChoice } from '../cli/hosts.ts'
import { measure } from '../cli/measure.ts'
import { buildModel, loadModel, type LoadedModel } from '../cli/model.ts'
import { grouped, table } from '../cli/table.ts'
import { describeDifference } from '../cli/verify/difference.ts'
import { verifyModel } from '../cli/verify/verify.ts'
import { root, seconds } from './process.ts'

const board = 'stm32f746g-disco'
const model = join(root, 'zoo/spoken-digits/spoken_digits.tflite')
const clips = join(root, 'zoo/spoken-digits/clips')
const library = join(root, 'out/spoken-digits')

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function compileLibrary(loaded: LoadedModel, bag: DiagnosticBag): Promise<Report | null> {
  const built = buildModel(loaded.graph, board, false, bag)
  if (built === null) return null
  const { report, files, notes } = await measure(built)
  if (!writePackageFolder(library, files, report, bag)) return null
  const { flash, stackBytes, layers } = report
  const known = (what: string, bytes: number | null): string =>
    bytes === null ? '' : `, ${grouped(bytes)} ${what}`
  say(`Compiled    ${loaded.graph.file} for ${board}, a C99 library`)
  say(`            ${layers.length} layers, ${grouped(report.macs)} multiply-accumulates`)
  say(
    `            RAM: ${grouped(report.sramBytes)} bytes, inputs and outputs included${known('of stack', stackBytes)}`,
  )
  say(
    `            flash: ${grouped(flash.weights)} bytes of weights, ${grouped(flash.constants)} of tables${known('of code', flash.code)}`,
  )
  for (const note of notes) say(`            (${note})`)
  return report
}

/** Most likely digit and its probability in percent: scores are int8, scale 1/256, zero point -128. */
function heard(scores: Uint8Array): { readonly digit: number; readonly percent: number } {
  const values = Array.from(new Int8Array(scores), q => ((q + 128) * 100) / 256)
  const percent = Math.max(...values)
  return { digit: values.indexOf(percent), percent }
}

interface Label {
  readonly label: number
  readonly speaker: string
  readonly take: number
}

function recognitionTable(outputs: readonly Uint8Array[]): string {
  const labels = JSON.parse(readFileSync(join(clips, 'labels.json'), 'utf8')) as readonly Label[]
  const rows = labels.map(({ label, speaker, take }, i) => {
    const { digit, percent } = heard(outputs[i] ?? new Uint8Array())
    const mark = digit === label ? '' : 'wrong'
    return [
      String(label),
      `${speaker}, take ${take}`,
      String(digit),
      `${percent.toFixed(1)} %`,
      mark,
    ]
  })
  const right = rows.filter(row => row[4] === '').length
  const head = ['spoken', 'clip', 'heard', 'score', '']
  return `${table(head, rows)}\n\n            ${right} of ${rows.length} clips recognised`
}

/** True when all hosts give the stored bytes. */
async function verifyLibrary(loaded: LoadedModel, bag: DiagnosticBag): Promise<boolean | null> {
  const golden = goldenFor(loaded, clips, true, bag)
  if (golden === null) return null
  let outputs: readonly Uint8Array[] = []
  const verdict = await verifyModel(
    {
      graph: loaded.graph,
      cases: goldenCases(golden),
      golden,
      hosts: ['js', 'as'].map(host => hostChoice('verify', host, board)),
      layers: true,
      onRun: run => {
        outputs = run.results.map(result => result.outputs[0] ?? new Uint8Array())
      },
    },
    bag,
  )
  if (verdict === null) return null
  const compared = verdict.hosts.map(host => grouped(host.compared)).join(' and ')
  const result = verdict.equal ? 'all bytes equal' : 'DIFFERENT'
  say('')
  say(`Verified    checked JavaScript = AssemblyScript = stored golden: ${result}`)
  say(`            ${verdict.cases} clips; ${compared} tensors compared`)
  for (const { host, first } of verdict.hosts) {
    if (first !== null) say(`            ${host}: ${describeDifference(first)}`)
  }
  say('')
  say(`Recognised\n\n${recognitionTable(outputs)}`)
  return verdict.equal
}

function sayWhatNext(): void {
  const folder = relative(process.cwd(), library)
  say('')
  say(`The C library is in ${folder}; ${join(folder, 'README.md')} shows how to call it.`)
  say('')
  say('Next:')
  say(`  npx thimble compile YOUR_MODEL.tflite --board ${board}`)
  say('  npx thimble run YOUR_MODEL.tflite --input in.bin --output out.bin --host as')
  say('  npx thimble doctor       which compilers and simulators are here, how to get the others')
  say('  npx thimble --help       all commands')
  say('  npm test                 everything, on every host that is here')
}

async function start(bag: DiagnosticBag): Promise<boolean> {
  const loaded = loadModel(model, bag)
  if (loaded === null || (await compileLibrary(loaded, bag)) === null) return false
  const equal = await verifyLibrary(loaded, bag)
  if (equal === null) return false
  sayWhatNext()
  return equal
}

const started = performance.now()
const bag = new DiagnosticBag()
let ok = false
try {
  ok = await start(bag)
} catch (error) {
  process.stderr.write(`${formatDiagnostics([diagnosticOf(error)])}\n`)
}
if (bag.all.length > 0) process.stderr.write(`${formatDiagnostics(bag.all)}\n`)
say(`\n${ok ? 'Done' : 'Failed'} after ${seconds((performance.now() - started) / 1000)}.`)
process.exitCode = ok ? 0 : 1
