// The text of --help, for the program and for each command.

import { stripVTControlCharacters } from 'node:util'
import { defineCommand, renderUsage } from 'citty'
import type { Command } from './command.ts'

const program = 'thimble'

/** Usage, arguments and examples of one command. */
export async function commandHelp(command: Command): Promise<string> {
  const { name, description, args, examples } = command
  const usage = await renderUsage(
    defineCommand({ meta: { name: `${program} ${name}`, description }, args }),
  )
  // citty's first line repeats name and description; colours are for terminals only.
  const body = stripVTControlCharacters(usage).split('\n').slice(1).join('\n').trim()
  return [
    `${program} ${name}: ${description}`,
    '',
    body,
    '',
    examples.length === 1 ? 'EXAMPLE' : 'EXAMPLES',
    '',
    ...examples.map(line => `  ${line}`),
    '',
  ].join('\n')
}

/** The list of commands; with a `prefix`, of those that begin with that word. */
export function programHelp(commands: readonly Command[], prefix = ''): string {
  const shown = commands.filter(({ name }) => prefix === '' || name.startsWith(`${prefix} `))
  const width = Math.max(...shown.map(({ name }) => name.length))
  const rows = shown.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`)
  const examples = shown.flatMap(each => each.examples.slice(0, 1)).slice(0, 4)
  return [
    prefix === ''
      ? 'thimble: neural networks for microcontrollers, from int8 .tflite to a C library'
      : `thimble ${prefix}: ${prefix} commands`,
    '',
    `USAGE  thimble ${prefix === '' ? '' : `${prefix} `}COMMAND [arguments] [--json] [--help]`,
    '',
    'COMMANDS',
    '',
    ...rows,
    '',
    'EXAMPLES',
    '',
    ...examples.map(line => `  ${line}`),
    '',
    'Exit code: 0 done, 1 refused or different, 2 the command line is wrong.',
    'THIMBLE_DEBUG=1 shows stack traces of internal errors.',
    '',
  ].join('\n')
}
