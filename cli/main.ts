// The command line: finds the command, runs it, prints its outcome or its refusal.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DiagnosticBag, type Diagnostic } from '../compiler/diagnostics/bag.ts'
import type { Command } from './command.ts'
import { commands } from './commands/index.ts'
import { diagnosticOf, failureJson, failureText } from './failure.ts'
import { commandHelp, programHelp } from './help.ts'
import { UsageError } from './parse.ts'
import { projectRoot } from './sources.ts'

type ExitCode = 0 | 1 | 2

/** Where text goes. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

const ownTerminal: Terminal = {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
}

/** Runs `thimble` with these words; prints, and gives back the exit code. Never rejects. */
export async function main(
  words: readonly string[],
  terminal: Terminal = ownTerminal,
): Promise<ExitCode> {
  const json = words.includes('--json')
  const bag = new DiagnosticBag()
  try {
    return await dispatch(words, json, bag, terminal)
  } catch (error) {
    const diagnostic = diagnosticOf(error)
    printFailure([...bag.all, diagnostic], json, terminal)
    if (diagnostic.code === 'TH9001' && process.env['THIMBLE_DEBUG'] === '1') {
      terminal.err(`${error instanceof Error ? (error.stack ?? '') : ''}\n`)
    }
    return error instanceof UsageError ? 2 : 1
  }
}

async function dispatch(
  words: readonly string[],
  json: boolean,
  bag: DiagnosticBag,
  terminal: Terminal,
): Promise<ExitCode> {
  if (words[0] === 'help' && find(words.slice(1)) !== undefined) {
    return dispatch([...words.slice(1), '--help'], json, bag, terminal)
  }
  const known = find(words)
  if (known === undefined) return withoutCommand(words, terminal)
  const rest = words.slice(known.name.split(' ').length)
  const flags = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length)
  if (flags.includes('--help') || flags.includes('-h')) {
    terminal.out(await commandHelp(known))
    return 0
  }
  const outcome = await known.run(rest, bag)
  if (outcome === null || bag.hasErrors) {
    printFailure(bag.all, json, terminal)
    return bag.errors.some(({ code }) => valueCodes.has(code)) ? 2 : 1
  }
  if (bag.all.length > 0) terminal.err(failureText(bag.all))
  terminal.out(json ? `${JSON.stringify(outcome.json, null, 2)}\n` : outcome.text)
  return outcome.exitCode
}

/** Refusals of a value on the command line itself. */
const valueCodes: ReadonlySet<string> = new Set(['TH6001', 'TH6101', 'TH6301', 'TH6302'])

/** The command that the words begin with; of `kernel` and `kernel test`, the longer name. */
function find(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => {
    const parts = name.split(' ')
    return parts.every((part, i) => words[i] === part)
  })
}

function withoutCommand(words: readonly string[], terminal: Terminal): ExitCode {
  const [first = '', second] = words.filter(word => word !== '--json')
  const group = commands.some(({ name }) => name.startsWith(`${first} `)) ? first : ''
  if (['--version', '-v'].includes(first)) {
    const text = readFileSync(join(projectRoot, 'package.json'), 'utf8')
    terminal.out(`${(JSON.parse(text) as { version: string }).version}\n`)
    return 0
  }
  const asked = ['--help', '-h', 'help']
  if (asked.includes(first) || (group !== '' && asked.includes(second ?? ''))) {
    terminal.out(programHelp(commands, group))
    return 0
  }
  if (first === '') throw new UsageError('which command?')
  const names = commands.map(({ name }) => name)
  if (group !== '') {
    const inGroup = names.filter(name => name.startsWith(`${group} `)).join(', ')
    throw new UsageError(`there is no command '${[group, second].join(' ').trim()}': ${inGroup}`)
  }
  if (first.startsWith('-')) throw new UsageError(`unknown option '${first}'`)
  throw new UsageError(`there is no command '${first}': ${names.join(', ')}`)
}

function printFailure(diagnostics: readonly Diagnostic[], json: boolean, terminal: Terminal): void {
  if (json) terminal.out(`${JSON.stringify(failureJson(diagnostics), null, 2)}\n`)
  else terminal.err(failureText(diagnostics))
}
