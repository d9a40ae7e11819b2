// Reads a board out of parsed JSON that anybody may have written, or says what is wrong with it.

import { memoryKinds, type Board, type Core } from './schema.ts'
import { validateBoard } from './validate.ts'

export type ParsedBoard =
  | { readonly kind: 'board'; readonly board: Board }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }

/** Problems beyond this many add nothing. */
const mostProblems = 20
const mostBanks = 64
const mostText = 1000

/** A check of one value; adds to `problems` what is wrong at `path`. */
type Check = (value: unknown, path: string, problems: string[]) => void

/** `value` is what JSON.parse gave; a board that is returned passes `validateBoard`. */
export function parseBoard(value: unknown, cores: ReadonlyMap<string, Core>): ParsedBoard {
  const problems: string[] = []
  boardShape(value, 'the board', problems)
  if (problems.length > 0) return { kind: 'problems', problems: problems.slice(0, mostProblems) }
  const board = value as Board
  const faults = validateBoard(board, cores)
  if (faults.length === 0) return { kind: 'board', board }
  return { kind: 'problems', problems: faults.slice(0, mostProblems) }
}

const text: Check = (value, path, problems) => {
  if (typeof value === 'string' && value.length <= mostText) return
  problems.push(`${path} is not a text of at most ${mostText} characters`)
}

const number: Check = (value, path, problems) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) problems.push(`${path} is not a number`)
}

const flag: Check = (value, path, problems) => {
  if (typeof value !== 'boolean') problems.push(`${path} is not true or false`)
}

function oneOf(values: readonly string[]): Check {
  return (value, path, problems) => {
    if (typeof value === 'string' && values.includes(value)) return
    problems.push(`${path} is not one of ${values.join(', ')}`)
  }
}

function orNull(check: Check): Check {
  return (value, path, problems) => {
    if (value !== null) check(value, path, problems)
  }
}

function list(check: Check): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value) || value.length > mostBanks) {
      problems.push(`${path} is not a list of at most ${mostBanks} entries`)
      return
    }
    value.forEach((each, index) => {
      check(each, `${path}[${index}]`, problems)
    })
  }
}

/** An object with the `needed` keys, maybe some `optional` ones, and no others. */
function shape(
  needed: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const known = new Map(Object.entries({ ...needed, ...optional }))
  return (value, path, problems) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.push(`${path} is not an object`)
      return
    }
    for (const key of Object.keys(needed)) {
      if (!Object.hasOwn(value, key)) problems.push(`${path} has no ${key}`)
    }
    for (const [key, each] of Object.entries(value)) {
      const check = known.get(key)
      if (check === undefined) problems.push(`${path} has the unknown key '${key.slice(0, 40)}'`)
      else check(each, path === 'the board' ? key : `${path}.${key}`, problems)
    }
  }
}

const kind = oneOf(memoryKinds)

const bankShape = shape(
  { name: text, kind, bytes: number },
  {
    address: number,
    joinsNext: flag,
    waitStates: number,
    busDivider: number,
    coupled: flag,
    fetchBits: number,
  },
)

const cacheShape = shape({
  bytes: number,
  lineBytes: number,
  fillCycles: number,
  covers: list(kind),
})

const boardShape = shape(
  {
    name: text,
    core: text,
    clockHz: number,
    memory: list(bankShape),
    qemu: orNull(text),
    sources: list(shape({ of: list(text), document: text, confirmed: flag })),
  },
  {
    title: text,
    caches: shape({
      instruction: orNull(cacheShape),
      data: orNull(cacheShape),
      unified: flag,
      prefetch: flag,
    }),
  },
)
