// The rules of the source tree: sizes, first lines, names, folders, who imports whom, what is installed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync, copyFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const sourceFolders =
  'bench boards cli compiler kernels nas playground runtime scripts test zoo'.split(' ')

function walk(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => !['node_modules', '.git', '.tap', 'dist', 'out'].includes(entry.name))
    .flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return walk(path)
      return entry.isFile() ? [relative(root, path).split(sep).join('/')] : []
    })
}

const files = walk(root)
const text = (file: string): string => readFileSync(join(root, file), 'utf8')
const isData = (file: string): boolean => /^test\/(golden|errors|fixtures)\//.test(file)
const sources = files.filter(
  file =>
    /\.(ts|js|mjs)$/.test(file) &&
    sourceFolders.includes(file.split('/')[0] ?? '') &&
    !isData(file),
)
const kernels = sources.filter(file => file.endsWith('.kernel.ts'))

t.test('the walk finds the project', async t => {
  t.ok(sources.length > 40, `${sources.length} sources`)
  t.ok(sources.includes('test/architecture.test.ts'))
})

t.test('no source is longer than 500 lines, message and case tables aside', async t => {
  const exempt = (file: string): boolean =>
    file.startsWith('compiler/diagnostics/messages') || basename(file) === 'cases.ts'
  const long = sources
    .filter(file => !exempt(file))
    .map(file => ({ file, lines: text(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > 500)
  t.same(long, [])
})

t.test('the first line of every source says what the file does', async t => {
  const silent = sources.filter(file => {
    const lines = text(file).split('\n')
    const first = lines[0]?.startsWith('#!') === true ? lines[1] : lines[0]
    return !/^(\/\/|\/\*\*?) \S+ \S+/.test(first ?? '')
  })
  t.same(silent, [])
})

t.test(
  'files are named in kebab-case, operators, kernels and the language in snake_case',
  async t => {
    const word = '[a-z0-9]+'
    const kebab = new RegExp(`^${word}(-${word})*(\\.test|\\.d)?\\.(ts|js|mjs)$`)
    const snake = new RegExp(`^${word}(_${word})*(\\.test|\\.kernel)?\\.ts$`)
    const mayBeSnake = (file: string): boolean => /^(kernels|runtime\/lang|test)\//.test(file)
    const odd = sources.filter(file => {
      const name = basename(file)
      if (name.endsWith('.kernel.ts')) return !snake.test(name)
      return !kebab.test(name) && !(mayBeSnake(file) && snake.test(name))
    })
    t.same(odd, [])
  },
)

t.test('no folder is a catch-all or holds build output', async t => {
  const forbidden = /^(src|lib|util|utils|helpers?|common|misc|shared|build|tmp|node_modules)$/
  const folders = new Set(files.flatMap(file => dirname(file).split('/')))
  t.same(
    [...folders].filter(folder => forbidden.test(folder)),
    [],
  )
})

t.test('every folder of the compiler is a stage with a place in the order', async t => {
  const config = (await import(new URL('../.dependency-cruiser.mjs', import.meta.url).href)) as {
    readonly stages: readonly string[]
  }
  const present = readdirSync(join(root, 'compiler'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
  t.same(
    present.filter(folder => !config.stages.includes(folder)),
    [],
  )
})

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
    }[]
  }
}

function cruise(cwd: string, folders: readonly string[]): CruiseResult['summary'] {
  const bin = join(root, 'node_modules', '.bin', 'depcruise')
  const config = join(root, '.dependency-cruiser.mjs')
  const args = ['--config', config, '--output-type', 'json', ...folders]
  const answer = spawnSync(bin, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 })
  return (JSON.parse(answer.stdout) as CruiseResult).summary
}

t.test('the import rule holds', async t => {
  const present = sourceFolders.filter(folder =>
    sources.some(file => file.startsWith(`${folder}/`)),
  )
  const { totalCruised, violations } = cruise(root, present)
  t.ok(totalCruised >= sources.filter(file => file.endsWith('.ts')).length)
  t.same(
    violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
    [],
  )
})

/** A file that breaks one rule each: path, its import, the rule that must refuse it. */
const offences: readonly (readonly [string, string, string])[] = [
  ['runtime/lang/a.ts', '../../boards/schema.ts', 'lang-imports-nothing'],
  ['boards/a.ts', '../kernels/op.ts', 'boards-import-nothing'],
  ['kernels/a.ts', '../compiler/index.ts', 'kernels-import-lang'],
  ['kernels/a/a.kernel.ts', '../op.ts', 'kernel-files-import-lang'],
  ['compiler/a.ts', '../runtime/hosts/host.ts', 'compiler-imports'],
  ['compiler/b.ts', 'node:fs', 'no-node-in-portable-folders'],
  ['compiler/kir/a.ts', '../emit/emit.ts', 'stage-kir-looks-back-only'],
  ['compiler/graph/a.ts', '../schedule/schedule.ts', 'stage-graph-looks-back-only'],
  ['compiler/memory/a.ts', '../index.ts', 'entry-points-are-for-outsiders'],
  ['nas/a.ts', '../runtime/hosts/host.ts', 'nas-takes-hosts-as-types'],
  ['nas/b.ts', '../kernels/op.ts', 'nas-imports'],
  ['runtime/hosts/a.ts', '../../compiler/index.ts', 'hosts-imports'],
  ['runtime/profile/a.ts', '../../compiler/index.ts', 'profile-imports'],
  ['runtime/hosts/b.ts', '../../compiler/package/files.ts', 'hosts-take-packages-as-types'],
  ['compiler/c.ts', '../cli/main.ts', 'nothing-imports-the-outer-folders'],
  ['cli/a.ts', '../test/a.ts', 'nothing-imports-tests'],
  ['compiler/cycle.ts', './cycle.ts', 'no-cycles'],
  ['cli/b.ts', './missing.ts', 'no-unresolvable'],
]

t.test('the import rule refuses each kind of offence and nothing else', async t => {
  const bystanders = [
    'boards/schema.ts',
    'kernels/op.ts',
    'compiler/index.ts',
    'compiler/emit/emit.ts',
    'compiler/schedule/schedule.ts',
    'compiler/package/files.ts',
    'runtime/hosts/host.ts',
    'cli/main.ts',
    'test/a.ts',
  ]
  const tree = Object.fromEntries([
    ...bystanders.map(path => [path, 'export const value = 1\n'] as const),
    ...offences.map(
      ([path, target]) => [path, `import * as x from '${target}'\nvoid x\n`] as const,
    ),
    // Allowed neighbours of the offences.
    ['nas/ok.ts', "import type * as H from '../runtime/hosts/host.ts'\nexport type T = typeof H\n"],
    ['compiler/emit/ok.ts', "import '../schedule/schedule.ts'\n"],
    ['runtime/hosts/ok.ts', "import 'node:fs'\n"],
    ['kernels/a/b.kernel.ts', "import './a.kernel.ts'\nimport '../../runtime/lang/ok.ts'\n"],
    ['runtime/lang/ok.ts', 'export const value = 1\n'],
  ])
  const folder = t.testdir({})
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  copyFileSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n')
  const top = [...new Set(Object.keys(tree).map(path => path.split('/')[0] ?? ''))]
  const { violations } = cruise(folder, top)
  for (const [path, target, rule] of offences) {
    const found = violations.some(each => each.from === path && each.rule.name === rule)
    t.ok(found, `${rule} refuses ${path} -> ${target}`)
  }
  const culprits = new Set(offences.map(([path]) => path))
  t.same(
    violations.filter(({ from }) => !culprits.has(from)),
    [],
  )
})

t.test('tsc --strict accepts every kernel file unchanged', async t => {
  t.ok(kernels.length > 0)
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const answer = spawnSync(tsc, ['--project', 'kernels/tsconfig.json', '--listFilesOnly'], {
    cwd: root,
    encoding: 'utf8',
  })
  const listed = answer.stdout.split('\n').map(file => relative(root, file).split(sep).join('/'))
  t.same(
    kernels.filter(file => file.startsWith('kernels/') && !listed.includes(file)),
    [],
  )
  const check = spawnSync(tsc, ['--project', 'kernels/tsconfig.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(check.stdout, '')
  t.equal(check.status, 0)
})

t.test('dependencies are pinned, explained, and named after the public registry only', async t => {
  const { dependencies, devDependencies } = JSON.parse(text('package.json')) as {
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const all = Object.entries({ ...dependencies, ...devDependencies })
  t.same(
    all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  )
  const reasons = text('docs/decisions/dependencies.md')
  t.same(
    all.filter(([name]) => !reasons.includes(`\`${name}\``)),
    [],
  )
  const { packages } = JSON.parse(text('package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string }>>
  }
  const resolved = Object.values(packages).flatMap(entry => entry.resolved ?? [])
  t.same(
    resolved.filter(url => !url.startsWith('https://registry.npmjs.org/')),
    [],
  )
})

t.test('whatever package.json offers exists', async t => {
  const { exports, bin } = JSON.parse(text('package.json')) as {
    readonly exports: Readonly<Record<string, string>>
    readonly bin: Readonly<Record<string, string>>
  }
  const offered = [...Object.values(exports), ...Object.values(bin)].map(path => join(path))
  t.same(
    offered.filter(path => !files.includes(path)),
    [],
  )
})

t.test('every operator folder is named in the registry', async t => {
  const operators = files.filter(file => /^kernels\/[a-z0-9_]+\/op\.ts$/.test(file))
  t.ok(operators.length > 0)
  const registry = text('kernels/registry.ts')
  t.same(
    operators.filter(file => !registry.includes(`./${file.split('/')[1] ?? ''}/op.ts`)),
    [],
  )
})
