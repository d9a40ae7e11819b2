// Calls the command line in this process, and as a program of its own.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { main } from '../../cli/main.ts'
import { projectRoot } from '../../cli/sources.ts'

export const model = join(projectRoot, 'zoo/spoken-digits/spoken_digits.tflite')
export const clips = join(projectRoot, 'zoo/spoken-digits/clips')

export interface Answer {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export async function thimble(...words: readonly string[]): Promise<Answer> {
  let out = ''
  let err = ''
  const code = await main(words, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
  })
  return { code, out, err }
}

/** The JSON printed with `--json`. */
export async function thimbleJson<T>(...words: readonly string[]): Promise<T> {
  const { out } = await thimble(...words, '--json')
  return JSON.parse(out) as T
}

export interface FailureJson {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly diagnostics: readonly {
      readonly code: string
      readonly location: { readonly kind: string; readonly file?: string; readonly index?: number }
    }[]
  }
}

/** As a user starts it, in folder `cwd`, with changes to the environment. */
export function spawnThimble(
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Answer {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot, 'cli/thimble.js'), ...words],
    // Loaders and coverage of the test runner are not part of what is tested.
    { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', ...env } },
  )
  return { code: status, out: stdout, err: stderr }
}

/** Lines that look like a stack trace. */
export function stackLines(text: string): readonly string[] {
  return text.split('\n').filter(line => /^\s+at .*[:(]/.test(line))
}
