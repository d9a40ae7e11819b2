// `npm run check [part …]`: format, lint, import rule and types; without arguments all of them.
import { availableParallelism } from 'node:os'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run, seconds } from './process.ts'

interface Part {
  readonly name: string
  readonly what: string
  readonly command: readonly [string, ...string[]]
}

const bin = (name: string): string => join('node_modules', '.bin', name)
const cache = (name: string): string => join('node_modules', '.cache', name)

/** Top folders that hold source; dependency-cruiser refuses one that does not exist. */
const folders = 'bench boards cli compiler kernels nas playground runtime scripts test zoo'.split(
  ' ',
)

function typesCommand(project: string, name: string): readonly [string, ...string[]] {
  const info = cache(`tsc-${name}.tsbuildinfo`)
  return [bin('tsc'), '--project', project, '--incremental', '--tsBuildInfoFile', info]
}

function parts(): readonly Part[] {
  const present = folders.filter(folder => existsSync(join(root, folder)))
  const prettier = ['--check', '--log-level', 'warn', '--cache', '--cache-location']
  const eslint = ['--cache', '--cache-strategy', 'content', '--max-warnings', '0']
  const cruise = ['--config', '.dependency-cruiser.mjs', '--output-type', 'err', ...present]
  return [
    {
      name: 'format',
      what: 'prettier; `npm run format` repairs it',
      command: [bin('prettier'), ...prettier, cache('prettier.json'), '.'],
    },
    {
      name: 'lint',
      what: 'eslint with types',
      command: [bin('eslint'), ...eslint, '--cache-location', `${cache('eslint')}/`, '.'],
    },
    {
      name: 'imports',
      what: 'the import rule, dependency-cruiser',
      command: [bin('depcruise'), ...cruise],
    },
    { name: 'types', what: 'tsc', command: typesCommand('tsconfig.json', 'root') },
    {
      name: 'kernel-types',
      what: 'tsc on the kernel files, as their authors see them',
      command: typesCommand('kernels/tsconfig.json', 'kernels'),
    },
  ]
}

/**
 * Runs the named parts (all when none is named), prints a line for each and the output of those that fail.
 * Returns the names of the failed ones and how many passed.
 */
export async function check(
  names: readonly string[] = [],
): Promise<{ readonly passed: number; readonly failed: readonly string[] }> {
  const waiting = parts().filter(part => names.length === 0 || names.includes(part.name))
  const failed: string[] = []
  let passed = 0
  const worker = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const [command, ...args] = part.command
      const result = await run(join(root, command), args)
      const ok = result.status === 0
      if (ok) passed++
      else failed.push(part.name)
      const line = `${ok ? 'ok    ' : 'FAILED'} ${part.name} (${part.what}) ${seconds(result.seconds)}\n`
      process.stdout.write(ok ? line : `${line}${result.output.trimEnd()}\n`)
    }
  }
  const workers = Math.min(2, availableParallelism())
  await Promise.all(Array.from({ length: workers }, worker))
  return { passed, failed }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2)
  const known = parts().map(part => part.name)
  const unknown = names.filter(name => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`no part named ${unknown.join(', ')}; there are ${known.join(', ')}\n`)
    process.exitCode = 2
  } else {
    const { failed } = await check(names)
    process.exitCode = failed.length === 0 ? 0 : 1
  }
}
