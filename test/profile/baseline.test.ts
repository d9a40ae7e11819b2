// Kernels do not get slower unnoticed: exact instruction counts against the ones that are stored.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  changes,
  compilerVersion,
  measureBaseline,
  regressions,
  type Baseline,
} from '../../bench/baseline/measure.ts'
import { projectRoot } from '../../cli/sources.ts'
import { findTool, type ToolName } from '../../runtime/hosts/toolchain.ts'

t.setTimeout(600_000)

const path = join(projectRoot, 'bench/baseline.json')
const stored = JSON.parse(readFileSync(path, 'utf8')) as Baseline

function reasonToSkip(): string | false {
  const tools: readonly ToolName[] = ['gcc', 'arm-none-eabi-gcc', 'qemu-system-arm', 'llvm-mca']
  const missing = tools.find(tool => findTool(tool) === null)
  if (missing !== undefined) return `no ${missing}`
  return compilerVersion() === stored.compiler ? false : `stored for ${stored.compiler}`
}

t.test('no kernel runs 2 % more instructions than stored', { skip: reasonToSkip() }, async t => {
  const now = await measureBaseline(() => undefined)
  const list = changes(stored.instructions, now.instructions)
  t.ok(list.length >= 30, 'there is something to compare')
  const grown = regressions(list).map(
    c => `${c.core}: ${c.what} took ${c.before} instructions and takes ${c.now} now`,
  )
  t.strictSame(grown, [], 'if this is meant: npx tsx bench/baseline.ts --update')
})

t.test('growth beyond 2 %, news and losses are regressions; the rest is not', t => {
  const before = { m: { same: 100, grows: 100, slightly: 100, shrinks: 100, goes: 100 } }
  const now = { m: { same: 100, grows: 103, slightly: 102, shrinks: 50, comes: 1 } }
  const found = regressions(changes(before, now)).map(({ what }) => what)
  t.same(found, ['grows', 'comes', 'goes'])
  t.end()
})
