// --optimize: less flash or fewer cycles, and the same outputs.

import { join } from 'node:path'
import t from 'tap'
import { optimizeLevels } from '../../kernels/op.ts'
import { findTool, type ToolName } from '../../runtime/hosts/toolchain.ts'
import { clips, model, thimble, thimbleJson, type FailureJson } from './call.ts'

t.setTimeout(300_000)

const tools: readonly ToolName[] = ['gcc', 'arm-none-eabi-gcc', 'qemu-system-arm']
const missing = tools.find(tool => findTool(tool) === null)
const skip = missing === undefined ? false : `no ${missing}`
const folder = t.testdir({})

interface Compiled {
  readonly optimize: string
  readonly flash: { readonly weights: number; readonly constants: number; readonly code: number }
}

interface Planned {
  readonly chosen: { readonly cycles: number }
  readonly front: readonly { readonly cycles: number }[]
}

interface Benched {
  readonly optimize: string
  readonly coreCycles: number
  readonly output: string
}

t.test('speed takes flash for cycles, size cycles for flash', { skip }, async t => {
  const board = ['--board', 'mps2-an386']
  const bytes: number[] = []
  const cycles: number[] = []
  const outputs = new Set<string>()
  for (const level of optimizeLevels) {
    const words = [...board, '--optimize', level]
    const out = join(folder, level)
    const { optimize, flash } = await thimbleJson<Compiled>(
      'compile',
      model,
      ...words,
      '--out',
      out,
    )
    t.equal(optimize, level)
    bytes.push(flash.weights + flash.constants + flash.code)
    const bench = await thimbleJson<Benched>('bench', model, ...words)
    t.equal(bench.optimize, level)
    cycles.push(bench.coreCycles)
    outputs.add(bench.output)
  }
  const [speed = 0, balanced = 0, size = 0] = bytes
  t.ok(size < balanced && balanced <= speed, `bytes of flash: ${bytes.join(', ')}`)
  const [fast = 0, usual = 0, slow = 0] = cycles
  t.ok(fast <= usual && usual < slow, `cycles: ${cycles.join(', ')}`)
  t.equal(outputs.size, 1, 'the same outputs')
})

t.test('speed takes the fastest plan', async t => {
  const plan = ['plan', model, '--board', 'mps2-an386', '--optimize', 'speed'] as const
  const { chosen, front } = await thimbleJson<Planned>(...plan)
  t.equal(chosen.cycles, Math.min(...front.map(({ cycles }) => cycles)))
})

t.test('outputs are those of TensorFlow Lite at all levels', async t => {
  for (const level of optimizeLevels) {
    const words = ['--golden', clips, '--hosts', 'js,as', '--cases', '4', '--board', 'mps2-an386']
    const { code, err } = await thimble('verify', model, ...words, '--optimize', level)
    t.equal(code, 0, `${level} ${err}`)
  }
})

t.test('other levels are refused, and all of them for kernels alone', async t => {
  const other = await thimble('compile', model, '--board', 'host', '--optimize', 'tiny')
  t.not(other.code, 0)
  t.match(other.err, /speed|balanced|size/)
  const kernel = ['bench', 'add', '--board', 'mps2-an386', '--optimize', 'size'] as const
  t.match((await thimbleJson<FailureJson>(...kernel)).error.message, '--optimize is for models')
})
