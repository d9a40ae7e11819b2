// What the commands give: help, figures, files that are the same every time, and found differences.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseArguments } from '../../cli/parse.ts'
import { commands } from '../../cli/commands/index.ts'
import { opDefinition } from '../../kernels/registry.ts'
import { projectRoot } from '../sources.ts'
import { clips, model, thimble, thimbleJson } from './call.ts'
import { floatModel, soundModel } from './models.ts'

t.setTimeout(300_000)

const folder = t.testdir({})
const at = (name: string): string => join(folder, name)
const sound = at('sound.tflite')
writeFileSync(sound, soundModel())

t.test('help of every command has its arguments and examples that parse', async t => {
  for (const { name, description, args, examples } of commands) {
    const { code, out, err } = await thimble(...name.split(' '), '--help')
    t.equal(code, 0, name)
    t.equal(err, '')
    t.ok(out.startsWith(`thimble ${name}: ${description}\n`), name)
    for (const [argument, definition] of Object.entries(args)) {
      const shown = definition.type === 'positional' ? argument.toUpperCase() : `--${argument}`
      t.ok(out.includes(shown), `${name} shows ${shown}`)
    }
    t.match(args, { json: {}, help: {} })
    t.ok(examples.length > 0, `${name} has an example`)
    for (const example of examples.filter(line => line.startsWith('thimble '))) {
      t.ok(out.includes(example))
      // Words as a shell reads them, which keeps quoted ones together.
      const words = (example.split(' | ')[0]!.match(/'[^']*'|\S+/g) ?? []).slice(1)
      t.same(words.slice(0, name.split(' ').length), name.split(' '), example)
      parseArguments(name, words.slice(name.split(' ').length), args)
    }
  }
  const { out } = await thimble('--help')
  for (const { name } of commands) t.ok(out.includes(`  ${name}`), name)
  t.match((await thimble('kernel', '--help')).out, /kernel test.*kernel emit/s)
  const longer = await thimble('help', 'kernel', 'test')
  t.equal(longer.out, (await thimble('kernel', 'test', '--help')).out)
  t.match((await thimble('--version')).out, /^\d+\.\d+\.\d+\n$/)
})

t.test('inspect counts, and shows a model that cannot be compiled with the reason', async t => {
  const json = await thimbleJson<Record<string, unknown>>('inspect', sound)
  // 6 x 6 x 3 outputs of 3 x 3 x 2 taps; 54 weights and 3 biases.
  t.match(json, { macs: 6 * 6 * 3 * 18, parameters: 57, parameterBytes: 54 + 12, supported: true })
  t.match(json['operators'], [
    { index: 0, op: 'CONV_2D', outputs: [{ shape: [1, 6, 6, 3], zeroPoint: [-11] }] },
    { index: 1, op: 'RESHAPE', macs: 0 },
    { index: 2, op: 'SOFTMAX', macs: 0 },
  ])
  writeFileSync(at('float.tflite'), floatModel())
  const { code, out } = await thimble('inspect', at('float.tflite'))
  t.equal(code, 0)
  t.match(out, /cannot be compiled:\n.*TH3001: this is a float model/)
  t.match(await thimbleJson('inspect', at('float.tflite')), { supported: false })
})

interface CompileJson {
  readonly macs: number
  readonly arenaBytes: number
  readonly scratchBytes: number
  readonly sramBytes: number
  readonly flash: { readonly weights: number; readonly constants: number }
  readonly layers: readonly { readonly macs: number; readonly kernel: string }[]
  readonly files: readonly string[]
}

const contents = (path: string): readonly string[] =>
  readdirSync(path).map(name => `${name}\n${readFileSync(join(path, name), 'utf8')}`)

t.test('compile gives the figures, and the same bytes each time it runs', async t => {
  const compile = (out: string): Promise<CompileJson> =>
    thimbleJson<CompileJson>('compile', model, '--board', 'stm32f746g-disco', '--out', out)
  const json = await compile(at('first'))
  t.match(json, { model: 'spoken_digits.tflite', board: 'stm32f746g-disco', rounding: 'double' })
  t.equal(json.macs, 934_720, 'as the model card says')
  // What the model card says of the file, and what packing for dual multiplications adds.
  const inFile = 17_968 + 2_088
  t.ok(json.flash.weights >= inFile && json.flash.weights < 1.25 * inFile)
  t.equal(json.layers.length, 13)
  t.equal(
    json.layers.reduce((sum, { macs }) => sum + macs, 0),
    json.macs,
  )
  t.ok(json.sramBytes >= json.arenaBytes && json.scratchBytes >= 0)
  t.match(json.layers[0], { op: 'CONV_2D', name: 'stem', kernel: /^conv2d\// })
  t.same(readdirSync(at('first')).sort(), [...json.files].sort())
  await compile(at('second'))
  t.same(contents(at('first')), contents(at('second')))
  t.match(readFileSync(at('first/spoken_digits.h'), 'utf8'), `_ARENA_BYTES ${json.arenaBytes}u`)
})

t.test('compile replaces its own earlier package and keeps files of others', async t => {
  const out = at('again')
  const compile = async (file: string): Promise<number | null> =>
    (await thimble('compile', file, '--board', 'host', '--out', out)).code
  t.equal(await compile(model), 0)
  writeFileSync(join(out, 'main.c'), 'int main(void) { return 0; }\n')
  writeFileSync(join(out, 'README.md'), 'spoilt')
  t.equal(await compile(model), 0)
  t.not(readFileSync(join(out, 'README.md'), 'utf8'), 'spoilt')
  t.equal(await compile(sound), 0)
  const names = readdirSync(out)
  t.ok(names.includes('main.c'), 'a foreign file stays')
  t.ok(names.includes('sound.c') && !names.includes('spoken_digits.c'))
  t.same(
    names.filter(name => name.startsWith('.')),
    [],
  )
})

t.test('intermediate forms are printed', async t => {
  const compile = ['compile', sound, '--board', 'host', '--emit']
  t.match((await thimble(...compile, 'graph')).out, /^graph sound.*conv2d\(/s)
  t.match((await thimble(...compile, 'kir')).out, /function thimble_sound_invoke\(arena/)
  const emit = async (target: string): Promise<string> =>
    (await thimble('kernel', 'emit', 'add/reference', '--target', target)).out
  t.match(await emit('c'), /#include "thimble_kernels.h".*\bfor \(/s)
  t.match(await emit('as'), /export function thimble_add/)
  t.match(await emit('js'), /^function thimble_/m)
  t.match(await emit('kir'), /struct AddParams/)
})

t.test("README's first kernel becomes the C below it, and its mistake is told", async t => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8')
  const block = (language: string): string =>
    readme.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
  const kernel = block('ts')
  t.ok(kernel.includes('export function scale('))
  t.ok(kernel.trimEnd().split('\n').length <= 20, 'a first kernel has 20 lines')
  // A folder of the user's, outside of the project.
  const home = mkdtempSync(join(tmpdir(), 'thimble-readme-'))
  t.teardown(() => rmSync(home, { recursive: true }))
  const file = join(home, 'scale.kernel.ts')
  writeFileSync(file, kernel)
  const emit = ['kernel', 'emit', file, '--target', 'c']
  const { code, out } = await thimble(...emit)
  t.equal(code, 0)
  t.ok(out.includes(block('c')), 'the C is quoted as it is printed')
  writeFileSync(file, kernel.replace('satI8(y + p.zeroPoint)', 'y + p.zeroPoint'))
  const wrong = await thimble(...emit)
  t.equal(wrong.code, 1)
  const said = readme.split('\n').filter(line => /^error TH|^ +(\d+ {4}|~~|hint)/.test(line))
  t.equal(said.length, 4)
  for (const line of said) t.ok(wrong.err.includes(line), line)
})

t.test('run takes several inferences and js, as give the same bytes', async t => {
  const count = 5
  const input = Uint8Array.from({ length: 72 * count }, (_, i) => i * 89)
  writeFileSync(at('in.bin'), input)
  const run = async (host: string): Promise<Uint8Array> => {
    const out = at(`${host}.bin`)
    const words = ['run', sound, '--input', at('in.bin'), '--output', out, '--host', host]
    t.match(await thimbleJson(...words), { host, inferences: count, outputBytes: 108 * count })
    return readFileSync(out)
  }
  const [js, as] = [await run('js'), await run('as')]
  t.same(js, as)
  // Each inference starts afresh: alone, the last one gives the same.
  writeFileSync(at('in.bin'), input.subarray(72 * (count - 1)))
  const words = ['--input', at('in.bin'), '--output', at('last.bin'), '--host', 'js']
  t.equal((await thimble('run', sound, ...words)).code, 0)
  t.same(readFileSync(at('last.bin')), js.subarray(108 * (count - 1)))
})

interface VerifyJson {
  readonly equal: boolean
  readonly hosts: readonly {
    readonly equal: boolean
    readonly compared: number
    readonly differences: number
    readonly first: Record<string, unknown> | null
  }[]
  readonly notCompared: readonly { readonly tensor: number }[]
}

const verify = (golden: string, ...more: readonly string[]): Promise<VerifyJson> =>
  thimbleJson<VerifyJson>('verify', model, '--golden', golden, '--hosts', 'as', ...more)

/** A copy of the clips' goldens with one file changed. */
function altered(name: string, file: string, change: (bytes: Buffer) => Buffer): string {
  const copy = at(name)
  cpSync(clips, copy, { recursive: true })
  writeFileSync(join(copy, file), change(readFileSync(join(copy, file))))
  return copy
}

t.test('verify finds every tensor equal to the stored goldens, and hosts equal', async t => {
  const { hosts, notCompared, equal } = await verify(clips, '--layers')
  t.ok(equal)
  t.same(notCompared, [])
  // 13 operators, the input and the output once more, 10 clips.
  t.match(hosts, [{ compared: 150, differences: 0, first: null, withoutExpectation: 0 }])
  t.match(await verify(clips, '--cases', '3'), { equal: true, cases: 3, hosts: [{ compared: 3 }] })
  const between = await thimble('verify', sound, '--hosts', 'js,as', '--layers')
  t.equal(between.code, 0)
  t.match(between.out, /8 cases.*every tensor.*js +equal +40.*as +equal +40/s)
})

t.test('verify names the first differing layer, element and both values', async t => {
  const wrongOutput = altered('output', 'outputs.bin', bytes => {
    bytes.writeInt8(bytes.readInt8(13) ^ 1, 13)
    return bytes
  })
  const one = await verify(wrongOutput)
  t.notOk(one.equal)
  const original = readFileSync(join(clips, 'outputs.bin')).readInt8(13)
  const { first } = one.hosts[0]!
  t.match(first, { case: 'digit1_jackson_1', element: 3, position: [0, 3], elements: 1 })
  t.match(first, {
    expected: original ^ 1,
    actual: original,
    operator: { index: 12, kind: 'SOFTMAX' },
  })
  const text = await thimble('verify', model, '--golden', wrongOutput, '--hosts', 'as')
  t.equal(text.code, 1)
  t.match(
    text.out,
    new RegExp(`element 3 \\[0,3\\]: ${original} where ${original ^ 1} is expected`),
  )

  interface Sums {
    crc32: { index: number; cases: string[] }[]
  }
  const withSums = (name: string, change: (sums: Sums) => void): string =>
    altered(name, 'layer_crc.json', bytes => {
      const sums = JSON.parse(bytes.toString()) as Sums
      change(sums)
      return Buffer.from(JSON.stringify(sums))
    })
  const wrongLayers = withSums('layers', ({ crc32 }) => {
    crc32[7]!.cases[2] = '00000000'
    crc32[4]!.cases[2] = '00000000'
    crc32[1]!.cases[6] = '00000000'
  })
  const many = await verify(wrongLayers, '--layers')
  const sums = JSON.parse(readFileSync(join(clips, 'layer_crc.json'), 'utf8')) as Sums
  t.equal(many.hosts[0]!.differences, 3)
  t.match(many.hosts[0]!.first, {
    case: 'digit2_lucas_2',
    tensor: sums.crc32[4]!.index,
    operator: { index: 3, kind: 'DEPTHWISE_CONV_2D' },
    element: null,
    expectedCrc: '00000000',
    actualCrc: sums.crc32[4]!.cases[2],
  })
  const unknown = withSums('unknown', ({ crc32 }) => {
    crc32.push({ index: 999, cases: Array.from({ length: 10 }, () => '12345678') })
  })
  t.match(await verify(unknown, '--layers'), { equal: false, notCompared: [{ tensor: 999 }] })
})

t.test('damaged goldens are refused with the place of the damage', async t => {
  const manifest = (change: (json: Record<string, never>) => unknown) => (bytes: Buffer) =>
    Buffer.from(JSON.stringify(change(JSON.parse(bytes.toString()) as Record<string, never>)))
  const damages: readonly (readonly [string, string, (bytes: Buffer) => Buffer, RegExp])[] = [
    ['json', 'manifest.json', b => b.subarray(0, 100), /manifest.json is no JSON/],
    ['list', 'manifest.json', () => Buffer.from('[]'), /manifest.json is no object/],
    ['none', 'manifest.json', manifest(m => ({ ...m, cases: [] })), /there are no cases/],
    ['short', 'outputs.bin', b => b.subarray(0, 95), /outputs.bin is too short/],
    ['crcs', 'layer_crc.json', () => Buffer.from('{}'), /layer_crc.json: crc32 is no list/],
    ['inputs', 'manifest.json', manifest(m => ({ ...m, inputs: [] })), /entries for 0 tensors/],
    [
      'outside',
      'manifest.json',
      b => Buffer.from(b.toString().replace('outputs.bin', '../outputs.bin')),
      /no plain file name/,
    ],
    ['state', 'manifest.json', manifest(m => ({ ...m, stateful: true })), /TH6023.*keeps state/],
  ]
  for (const [name, file, change, says] of damages) {
    const words = ['--golden', altered(`bad-${name}`, file, change), '--hosts', 'as', '--layers']
    const { code, err } = await thimble('verify', model, ...words)
    t.equal(code, 1, name)
    t.match(err, says)
  }
})

t.test(
  'kernel test compares hosts on every case, with one variant or all that take it',
  async t => {
    const compare = async (kernel: string) => {
      const json = await thimbleJson<{
        readonly cases: number
        readonly equal: boolean
        readonly hosts: readonly { readonly compared: number }[]
      }>('kernel', 'test', kernel, '--hosts', 'js,as')
      t.ok(json.equal && json.cases > 3)
      const [compared] = json.hosts.map(host => host.compared)
      t.match(json.hosts, [
        { host: 'js', compared, differences: [] },
        { host: 'as', compared, differences: [] },
      ])
      return { cases: json.cases, compared: compared! }
    }
    const one = await compare('fully_connected/reference')
    t.equal(one.compared, one.cases * 5, 'it takes each case; five fills of inputs')
    const all = await compare('fully_connected')
    const variants = opDefinition('fully_connected').variants.length
    t.ok(all.compared > one.compared && all.compared <= all.cases * 5 * variants)
  },
)

t.test('boards and doctor list what there is', async t => {
  const names = ['host', 'mps2-an386', 'mps2-an500', 'stm32f746g-disco']
  const { boards } = await thimbleJson<{ boards: { name: string }[] }>('boards')
  t.same(
    boards
      .map(({ name }) => name)
      .filter(name => names.includes(name))
      .sort(),
    names,
  )
  const { tools } = await thimbleJson<{ tools: { tool: string; howToGet: string }[] }>('doctor')
  for (const { tool, howToGet } of tools) t.match(howToGet, /apt-get install/, tool)
  t.match((await thimble('doctor')).out, /hosts that run here: js, as/)
})
