// The speed bars: compile time, time per inference of the wasm build, a repeated `npm start`; as JSON.
//
//   npx tsx bench/speed.ts [--out bench/speed.json]
//
// Each figure is the median of three runs of the command as a user types it. The models are looked for
// in THIMBLE_SHARED.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from '../cli/sources.ts'

const shared = process.env['THIMBLE_SHARED'] ?? join(projectRoot, '../shared')
const folder = mkdtempSync(join(tmpdir(), 'thimble-speed-'))
const thimble = join(projectRoot, 'cli/thimble.js')
const repeats = 3

interface Finished {
  readonly seconds: number
  readonly out: string
}

function run(command: string, args: readonly string[]): Finished {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: projectRoot,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return { seconds: (performance.now() - started) / 1000, out: stdout }
}

function median(measure: () => number): number {
  const values = Array.from({ length: repeats }, measure).sort((a, b) => a - b)
  return Number((values[1] ?? NaN).toFixed(3))
}

function compileSeconds(model: string): number {
  const file = join(shared, 'models', `${model}.tflite`)
  const args = [thimble, 'compile', file, '--board', 'mps2-an500', '--out', join(folder, model)]
  return median(() => run(process.execPath, args).seconds)
}

function msPerInference(model: string, host: string): number {
  const file = join(shared, 'models', `${model}.tflite`)
  const input = join(shared, 'golden', model, 'inputs.bin')
  const files = ['--input', input, '--output', join(folder, 'out.bin')]
  const args = [thimble, 'run', file, ...files, '--host', host, '--json']
  return median(
    () =>
      (JSON.parse(run(process.execPath, args).out) as { msPerInference: number }).msPerInference,
  )
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
const figures = {
  machine: { node: process.version, cpus: cpus().length, load: loadavg()[0] },
  compileSeconds: { 'mcunet-in3': compileSeconds('mcunet-in3') },
  msPerInference: {
    'vww_96_int8 emcc': msPerInference('vww_96_int8', 'emcc'),
    'vww_96_int8 as': msPerInference('vww_96_int8', 'as'),
    'vww_96_int8 native': msPerInference('vww_96_int8', 'native'),
  },
  repeatedStartSeconds: median(() => run('npm', ['start']).seconds),
}
rmSync(folder, { recursive: true })
const text = `${JSON.stringify(figures, null, 1)}\n`
if (values.out !== undefined) writeFileSync(values.out, text)
process.stdout.write(text)
