// Parses the words of a command strictly: unknown flags, missing values and surplus words are refused.

import { parseArgs as readWords } from 'node:util'
import { stripVTControlCharacters } from 'node:util'
import { parseArgs, type ArgsDef, type ParsedArgs } from 'citty'

/** The command line itself is wrong: exit code 2, a short message, no diagnostic of the compiler. */
export class UsageError extends Error {
  /** The command whose help tells more; '' for the program itself. */
  readonly command: string

  constructor(message: string, command = '') {
    super(message)
    this.name = 'UsageError'
    this.command = command
  }
}

/** citty reads loosely (unknown flags are kept), so Node's strict parser goes first. */
export function parseArguments<T extends ArgsDef>(
  command: string,
  words: readonly string[],
  args: ArgsDef,
): ParsedArgs<T> {
  try {
    checkWords(words, args)
    return parseArgs<T>([...words], args)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new UsageError(sentence(error.message), command)
  }
}

function checkWords(words: readonly string[], args: ArgsDef): void {
  const flags = Object.entries(args).filter(([, def]) => def.type !== 'positional')
  const options = Object.fromEntries(
    flags.map(([name, def]) => {
      const type = def.type === 'boolean' ? 'boolean' : 'string'
      const short = 'alias' in def && typeof def.alias === 'string' ? { short: def.alias } : {}
      return [name, { type, ...short } as const]
    }),
  )
  const parsed = readWords({ args: [...words], options, allowPositionals: true, strict: true })
  const places = Object.keys(args).length - flags.length
  const surplus = parsed.positionals[places]
  if (surplus !== undefined) throw new Error(`'${surplus}' is one argument too many`)
  for (const [name, value] of Object.entries(parsed.values)) {
    if (value === '') throw new Error(`--${name} is given without a value`)
  }
  if (parsed.positionals.includes('')) throw new Error('an argument is empty')
}

/** First sentence of a parser's message, without colours and the quotes of the next hint. */
function sentence(message: string): string {
  const plain = stripVTControlCharacters(message).split('\n')[0] ?? ''
  return plain.replace(/\. To specify .*$/, '').replace(/\.$/, '')
}

/** A count given as text. Throws UsageError. */
export function countArgument(
  command: string,
  name: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(`--${name} is a count of 1 or more, not '${text}'`, command)
}
