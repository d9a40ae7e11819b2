// Runs scripts/<name>.ts through tsx on a fresh clone: installs the npm packages first when they are missing or stale.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = join(root, 'node_modules', '.thimble-stamp')

/** @param {string} reason @returns {never} */
function refuse(reason) {
  process.stderr.write(`thimble: ${reason}\n`)
  process.exit(1)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    refuse(`Node 20.19 or newer is needed; this is ${process.version}`)
  }
}

/** What the installed packages are for: these dependencies on this platform. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`
}

/** True after a plain `npm install` too: npm's own record of what it installed is compared with the lock file. */
function packagesMatchLock() {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages ?? {}
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    return found === undefined ? entry.optional === true : found.version === entry.version
  })
}

function isInstalled() {
  if (!existsSync(join(root, 'node_modules', 'tsx', 'package.json'))) return false
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wantedStamp()) return true
  return packagesMatchLock()
}

function install() {
  process.stderr.write('Installing the npm packages (about a minute, only when they changed)\n')
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev']
  const npm = process.env.npm_execpath ?? ''
  // Output goes to stderr, so that stdout carries only what the script itself has to say.
  const stdio = ['ignore', 2, 2]
  const result = npm.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio })
    : spawnSync('npm', args, { cwd: root, stdio, shell: process.platform === 'win32' })
  if (result.status !== 0) {
    const cause = result.error?.message ?? `npm ci ended with ${result.status ?? result.signal}`
    refuse(`the npm packages could not be installed (${cause}); see npm's message above and retry`)
  }
}

function ensurePackages() {
  if (!isInstalled()) install()
  try {
    writeFileSync(stampFile, wantedStamp())
  } catch {
    // A read-only checkout with its packages in place works; the comparison is just repeated next time.
  }
}

const names = readdirSync(join(root, 'scripts'))
  .filter(name => /^(start|setup|check|test)\.ts$/.test(name))
  .map(name => name.slice(0, -3))
const [name = '', ...args] = process.argv.slice(2)
if (!names.includes(name)) {
  refuse(`no script named '${name}'; there are ${names.join(', ')}`)
}
checkNode()
ensurePackages()
const script = join(root, 'scripts', `${name}.ts`)
process.chdir(root)
process.argv = [process.execPath, script, ...args]
const { register } = await import('tsx/esm/api')
register()
await import(pathToFileURL(script).href)
