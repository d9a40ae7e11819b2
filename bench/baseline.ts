// Exact instruction counts against bench/baseline.json: what grew and what shrank.
//
//   npx tsx bench/baseline.ts             compares; exit code 1 when something grew by more than 2 %
//   npx tsx bench/baseline.ts --update    takes today's counts as the new baseline
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from '../cli/sources.ts'
import { table } from '../cli/table.ts'
import { changes, measureBaseline, regressions, type Baseline } from './baseline/measure.ts'

const path = join(projectRoot, 'bench/baseline.json')
const { values } = parseArgs({ options: { update: { type: 'boolean' } } })
const now = await measureBaseline(what => void process.stderr.write(`${what}\n`))
const before = existsSync(path)
  ? (JSON.parse(readFileSync(path, 'utf8')) as Baseline)
  : { compiler: '', instructions: {} }
const list = changes(before.instructions, now.instructions)
const percent = (a: number, b: number): string =>
  a === 0 ? '' : `${(100 * (b / a - 1)).toFixed(2)} %`
const rows = list.map(c => [c.core, c.what, c.before, c.now, percent(c.before, c.now)])
process.stdout.write(`${table(['core', 'what', 'before', 'now', 'change'], rows)}\n`)
if (before.compiler !== now.compiler) {
  process.stdout.write(`compiler before: ${before.compiler}\ncompiler now: ${now.compiler}\n`)
}
if (values.update === true) writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`)
else process.exitCode = regressions(list).length === 0 ? 0 : 1
