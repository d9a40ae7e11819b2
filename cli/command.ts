// What a command of the command line is: its arguments, its help, and what it gives back.

import type { ArgsDef, ParsedArgs } from 'citty'
import type { DiagnosticBag } from '../compiler/diagnostics/bag.ts'
import { parseArguments } from './parse.ts'

/** What a command has found out. `text` is for people, `json` for programs; only one is printed. */
export interface Outcome {
  readonly json: unknown
  readonly text: string
  /** 0: all is well; 1: something differs. */
  readonly exitCode: 0 | 1
}

/** Null: refused, and the reasons are in the bag. */
export type Result = Outcome | null

export interface Command {
  /** Words after `thimble`, for example `kernel test`. */
  readonly name: string
  readonly description: string
  /** Lines of the shell, each worth copying. */
  readonly examples: readonly string[]
  readonly args: ArgsDef
  /** Throws UsageError; HostError and KernelTrap come from the hosts. */
  readonly run: (words: readonly string[], bag: DiagnosticBag) => Promise<Result>
}

interface Definition<T extends ArgsDef> {
  readonly name: string
  readonly description: string
  readonly examples: readonly string[]
  readonly args: T
  readonly run: (args: ParsedArgs<T>, bag: DiagnosticBag) => Promise<Result> | Result
}

const common = {
  json: { type: 'boolean', description: 'print one JSON object to stdout, errors included' },
  help: { type: 'boolean', alias: 'h', description: 'show this help' },
} as const satisfies ArgsDef

/** Makes a command that parses its own words; `--json` and `--help` are added. */
export function command<const T extends ArgsDef>(definition: Definition<T>): Command {
  const { name, description, examples, run } = definition
  const args: ArgsDef = { ...definition.args, ...common }
  return {
    name,
    description,
    examples,
    args,
    run: async (words, bag) => run(parseArguments<T>(name, words, args), bag),
  }
}
