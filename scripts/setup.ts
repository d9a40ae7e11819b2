// `npm run setup`: installs the native toolchains where apt and root rights are at hand, else says what to run.
import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { hasCommand } from './process.ts'
import { missingToolchains, type Toolchain } from './toolchains.ts'

// Another apt run may hold the lock for some minutes; waiting beats failing.
const aptOptions = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends']

/** How to become root without a question, or why that is not possible. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return []
  const mayUseSudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return mayUseSudo ? ['sudo', '-n'] : undefined
}

function apt(prefix: readonly string[], args: readonly string[]): boolean {
  // `env` sets the variable behind sudo, which would drop it from the environment.
  const words = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]
  const [command = '', ...rest] = words
  return spawnSync(command, rest, { stdio: ['ignore', 2, 2] }).status === 0
}

/** The package lists are fetched only when apt does not know a package yet. */
function knowsPackages(packages: readonly string[]): boolean {
  const answer = spawnSync('apt-cache', ['show', '--no-all-versions', ...packages], {
    encoding: 'utf8',
  })
  const known = new Set(answer.stdout.match(/^Package: .*$/gm) ?? [])
  return packages.every(name => known.has(`Package: ${name}`))
}

function installWithApt(prefix: readonly string[], packages: readonly string[]): boolean {
  if (!knowsPackages(packages) && !apt(prefix, ['update', '-q'])) return false
  if (apt(prefix, ['install', ...aptOptions, ...packages])) return true
  // Stale lists name package versions that the mirror no longer has.
  return apt(prefix, ['update', '-q']) && apt(prefix, ['install', ...aptOptions, ...packages])
}

function describe(missing: readonly Toolchain[]): string {
  return missing.map(({ name, purpose }) => `  ${name}: ${purpose}\n`).join('')
}

function manualCommand(packages: readonly string[]): string {
  return `  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}\n`
}

/** Toolchains still missing afterwards; each is explained on stderr with the command that brings it. */
export function ensureToolchains(): readonly Toolchain[] {
  const missing = missingToolchains()
  if (missing.length === 0) return missing
  const packages = missing.flatMap(toolchain => toolchain.packages)
  if (!hasCommand('apt-get')) {
    process.stderr.write(
      `Not here:\n${describe(missing)}` +
        'This system has no apt-get; install them with its own package manager.\n' +
        `On Debian and Ubuntu the command is:\n${manualCommand(packages)}`,
    )
    return missing
  }
  const prefix = rootPrefix()
  if (prefix === undefined) {
    process.stderr.write(
      `Not here:\n${describe(missing)}Installing them needs root; run:\n${manualCommand(packages)}`,
    )
    return missing
  }
  process.stderr.write(`Installing with apt: ${packages.join(' ')}\n`)
  // A system that lacks one package shall still get the others.
  if (!installWithApt(prefix, packages)) {
    for (const toolchain of missing) installWithApt(prefix, toolchain.packages)
  }
  const left = missingToolchains()
  if (left.length > 0) {
    const names = left.flatMap(toolchain => toolchain.packages)
    process.stderr.write(`apt did not bring:\n${describe(left)}Try:\n${manualCommand(names)}`)
  }
  return left
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const left = ensureToolchains()
  if (left.length === 0) process.stdout.write('All toolchains are here.\n')
  process.exitCode = left.length === 0 ? 0 : 1
}
