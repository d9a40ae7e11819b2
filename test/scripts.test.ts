// The scripts behind npm start, npm test and thimble: what they count, and what they say when something is missing.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { tapCounter, type Counts } from '../scripts/tap-counts.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function count(lines: readonly string[]): Promise<Counts> {
  const { stream, counts } = tapCounter(() => undefined)
  return new Promise(resolve => {
    stream.end(`TAP version 14\n${lines.join('\n')}\n`)
    setImmediate(resolve, counts)
  })
}

function figures({ passed, failed, skipped }: Counts): readonly number[] {
  return [passed, failed, skipped]
}

t.test('a block counts once however many assertions it makes', async t => {
  const counts = await count([
    '# Subtest: a.test.ts',
    '    # Subtest: many',
    '        ok 1 - one',
    '        ok 2 - two',
    '        1..2',
    '    ok 1 - many',
    '    1..1',
    'ok 1 - a.test.ts',
    '1..1',
  ])
  t.same(figures(counts), [1, 0, 0])
})

t.test('skips are counted with their reasons and are no passes', async t => {
  const counts = await count([
    '# Subtest: a.test.ts',
    '    # Subtest: needs a board',
    '        ok 1 - no board # SKIP',
    '        1..1',
    '    ok 1 - needs a board',
    '    ok 2 - whole # SKIP no emcc',
    '    ok 3 - later # TODO',
    '    1..3',
    'ok 1 - a.test.ts',
    '1..1',
  ])
  t.same(figures(counts), [0, 0, 3])
  t.same(counts.skips[1], { where: ['a.test.ts', 'whole'], detail: 'no emcc' })
})

t.test(
  'a failed assertion, a failed file and a block that ends badly are one failure each',
  async t => {
    const counts = await count([
      '# Subtest: a.test.ts',
      '    # Subtest: outer',
      '        # Subtest: inner',
      '            ok 1 - fine',
      '            not ok 2 - one is two',
      '            not ok 3 - two is three',
      '            1..3',
      '        not ok 1 - inner',
      '        1..1',
      '    not ok 1 - outer',
      '    1..1',
      'not ok 1 - a.test.ts',
      '# Subtest: b.test.ts',
      '    # Subtest: good',
      '        ok 1 - fine',
      '        1..1',
      '    ok 1 - good',
      '    1..1',
      'not ok 2 - b.test.ts',
      '  ---',
      '  exitCode: 139',
      '  ...',
      '# Subtest: c.test.ts',
      '    1..0 # no tests found',
      'not ok 3 - c.test.ts',
      '1..3',
    ])
    t.same(figures(counts), [1, 3, 0])
    t.same(counts.failures.at(-2), { where: ['b.test.ts'], detail: 'exitCode: 139' })
  },
)

t.test('a stream that breaks off does not pass', async t => {
  const counts = await count(['# Subtest: a.test.ts', '    # Subtest: cut', '        ok 1 - one'])
  t.ok(counts.failed > 0)
})

const launch = (folder: string, ...args: readonly string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [join(folder, 'cli', 'thimble.js'), ...args], { encoding: 'utf8' })

t.test('thimble without its packages says what to run', async t => {
  const folder = t.testdir({ 'package.json': '{"type":"module"}' })
  mkdirSync(join(folder, 'cli'))
  copyFileSync(join(root, 'cli', 'thimble.js'), join(folder, 'cli', 'thimble.js'))
  const incomplete = launch(folder)
  t.equal(incomplete.status, 1)
  t.equal(
    incomplete.stderr,
    'thimble: this copy of thimble is incomplete: cli/start.ts is missing\n',
  )
  writeFileSync(
    join(folder, 'cli', 'start.ts'),
    "const text: string = 'ran'\nprocess.stdout.write(text)\n",
  )
  // The test folder lies inside the project, whose node_modules Node would find; an empty tsx hides it.
  mkdirSync(join(folder, 'node_modules', 'tsx'), { recursive: true })
  writeFileSync(join(folder, 'node_modules', 'tsx', 'package.json'), '{}')
  const bare = launch(folder)
  t.equal(bare.status, 1)
  t.match(bare.stderr, /packages are not installed; run `npm install`/)
  t.notMatch(bare.stderr, /\n +at /)
})

t.test('thimble starts start.ts through a link, as npx does', async t => {
  const folder = t.testdir({ 'package.json': '{"type":"module"}' })
  mkdirSync(join(folder, 'cli'))
  copyFileSync(join(root, 'cli', 'thimble.js'), join(folder, 'cli', 'thimble.js'))
  writeFileSync(
    join(folder, 'cli', 'start.ts'),
    "const text: string = 'ran'\nprocess.stdout.write(text)\n",
  )
  symlinkSync(join(folder, 'cli', 'thimble.js'), join(folder, 'link'))
  const answer = spawnSync(process.execPath, [join(folder, 'link')], { encoding: 'utf8' })
  t.equal(answer.stdout, 'ran')
  t.equal(answer.status, 0)
})

t.test('an unknown script or part of the check is refused by name', async t => {
  const bootstrap = join(root, 'scripts', 'bootstrap.mjs')
  const script = spawnSync(process.execPath, [bootstrap, 'nonsense'], { encoding: 'utf8' })
  t.equal(script.status, 1)
  t.match(script.stderr, /^thimble: no script named 'nonsense'; there are check, /)
  const part = spawnSync(process.execPath, [bootstrap, 'check', 'nonsense'], { encoding: 'utf8' })
  t.equal(part.status, 2)
  t.match(
    part.stderr,
    /^no part named nonsense; there are format, lint, imports, types, kernel-types/,
  )
})

t.test('setup without apt says what is missing and how to get it', async t => {
  const folder = t.testdir({})
  // A PATH with nothing but a shell: no compiler, no apt.
  symlinkSync('/bin/sh', join(folder, 'sh'))
  const answer = spawnSync(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), 'setup'], {
    encoding: 'utf8',
    env: { PATH: folder, HOME: folder },
  })
  t.equal(answer.status, 1)
  t.match(answer.stderr, /arm-none-eabi-gcc: emitted C for Cortex-M/)
  t.match(
    answer.stderr,
    /apt-get install -y gcc libc6-dev gcc-arm-none-eabi libnewlib-arm-none-eabi/,
  )
  t.notMatch(answer.stderr, /\n +at /)
})

t.test('setup without root rights says the command to run', async t => {
  const folder = t.testdir({ 'apt-get': '#!/bin/sh\necho touched >> touched\n' })
  symlinkSync('/bin/sh', join(folder, 'sh'))
  spawnSync('chmod', ['+x', join(folder, 'apt-get')])
  const asNobody = `process.getuid = () => 65534\n`
  writeFileSync(join(folder, 'nobody.cjs'), asNobody)
  const answer = spawnSync(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), 'setup'], {
    encoding: 'utf8',
    env: { PATH: folder, HOME: folder, NODE_OPTIONS: `--require ${join(folder, 'nobody.cjs')}` },
  })
  t.equal(answer.status, 1)
  t.match(
    answer.stderr,
    /Installing them needs root; run:\n {2}sudo apt-get update && sudo apt-get install/,
  )
})
