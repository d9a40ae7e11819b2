// `npm test [-- file …]`: toolchains, checks, then every test; the last line is `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { check } from './check.ts'
import { root, seconds } from './process.ts'
import { ensureToolchains } from './setup.ts'
import { tapCounter, type Counts, type Problem } from './tap-counts.ts'

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ')
}

function list(title: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return
  process.stdout.write(`\n${title}\n`)
  for (const { where, detail } of problems) {
    process.stdout.write(`  ${where.join(' > ')}\n${detail === '' ? '' : `${indent(detail)}\n`}`)
  }
}

/** Runs tap over `files` (by default what .taprc includes), a line of output for each file as it ends. */
function runTap(files: readonly string[]): Promise<Counts> {
  const { stream, counts } = tapCounter((name, file, ms) => {
    const word = file.failed > 0 ? 'FAILED' : 'ok    '
    const figures = `${file.passed} passed, ${file.failed} failed, ${file.skipped} skipped`
    const time = ms === null ? '' : ` (${seconds(ms / 1000)})`
    process.stdout.write(`${word} ${name}: ${figures}${time}\n`)
  })
  return new Promise(resolve => {
    const tap = spawn(join(root, 'node_modules', '.bin', 'tap'), ['--reporter=tap', ...files], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    tap.stdout.pipe(stream)
    const finish = (cause: string | undefined): void => {
      // What tap reports without a test point (no file found, a broken configuration) must fail as well.
      if (cause !== undefined && counts.failed === 0) {
        counts.failed++
        counts.failures.push({ where: ['tap'], detail: cause })
      }
      resolve(counts)
    }
    tap.on('error', error => {
      finish(error.message)
    })
    tap.on('close', code => {
      setImmediate(finish, code === 0 ? undefined : `tap ended with ${code ?? 'a signal'}`)
    })
  })
}

const files = process.argv.slice(2)
let checksPassed = 0
let checksFailed: readonly string[] = []
if (files.length === 0) {
  const missing = ensureToolchains()
  if (missing.length > 0) process.stdout.write('Tests of missing toolchains are skipped.\n')
  const { passed, failed } = await check()
  checksPassed = passed
  checksFailed = failed
}
const counts = await runTap(files)
if (counts.passed === 0 && counts.failed === 0) {
  counts.failed++
  counts.failures.push({ where: ['tap'], detail: 'no test ran' })
}
list('Skipped:', counts.skips)
const failedChecks = checksFailed.map(name => ({ where: ['check', name], detail: '' }))
list('Failed:', [...failedChecks, ...counts.failures])
const passed = checksPassed + counts.passed
const failed = checksFailed.length + counts.failed
process.exitCode = failed === 0 ? 0 : 1
process.stdout.write(`\n${passed} passed, ${failed} failed, ${counts.skipped} skipped\n`)
