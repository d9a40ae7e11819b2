// The kernels shown in docs/kernels.md, by the path each names in its first line.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './sources.ts'

export const guide = readFileSync(join(projectRoot, 'docs/kernels.md'), 'utf8')

const blocks = [...guide.matchAll(/```ts\n\/\/ (.*)\n([^]*?)```/g)]

/** Text by path of the kernels that work. */
export const shownKernels: Readonly<Record<string, string>> = Object.fromEntries(
  blocks
    .filter(([, title = '']) => title.endsWith('.kernel.ts'))
    .map(([, title = '', text = '']) => [title, text]),
)

/** Kernels that are refused, with the code. */
export const shownRefusals: readonly { readonly code: string; readonly text: string }[] = blocks
  .filter(([, title = '']) => title.startsWith('refused: '))
  .map(([, title = '', text = '']) => ({ code: title.slice('refused: '.length), text }))
