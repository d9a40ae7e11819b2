// Boards and cores: the files that ship are sound, faults in a board file are found, sizes are right.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { boards, cores } from '../../boards/index.ts'
import { parseBoard } from '../../boards/parse.ts'
import {
  figuresOf,
  largestRegion,
  memoryBytes,
  sourceOf,
  totalBytes,
  unconfirmedFigures,
  type Board,
} from '../../boards/schema.ts'
import { validateBoard } from '../../boards/validate.ts'
import { boardNamed } from '../../cli/board.ts'
import { main } from '../../cli/main.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { GraphBuilder } from '../../compiler/graph/build.ts'
import { compileGraph } from '../../compiler/index.ts'
import { defaultOptions } from '../../compiler/options.ts'
import { programOf } from '../../compiler/package/program.ts'
import { measurePackage } from '../../runtime/hosts/measure.ts'
import { armCores, boardCores, isArmCore } from '../../runtime/hosts/targets.ts'
import { findTool } from '../../runtime/hosts/toolchain.ts'
import { sourcesWith } from '../sources.ts'

const folder = new URL('../../boards/', import.meta.url)
const kib = 1024
const readSource = sourcesWith()

function named(name: string): Board {
  const board = boards.get(name)
  if (board === undefined) throw new Error(`no board ${name}`)
  return board
}

t.test('every board file ships under its own name and is sound, read as a stranger’s', async t => {
  const files = readdirSync(folder).filter(file => file.endsWith('.json'))
  t.same(files.map(file => file.slice(0, -'.json'.length)).sort(), [...boards.keys()].sort())
  for (const file of files) {
    const value = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as unknown
    t.match(parseBoard(value, cores), { kind: 'board' }, file)
  }
})

t.test('the sizes are those of the parts', async t => {
  // The limits of arXiv:2007.10319 and arXiv:2110.15352 and of the datasheets, in KiB.
  const expected: Readonly<Record<string, readonly [number, number, number]>> = {
    stm32f412: [256, 256, 1024],
    'stm32f746g-disco': [320, 320, 1024],
    stm32f765: [512, 512, 1024],
    stm32h743: [512, 992, 2048],
    stm32l4r5: [640, 640, 2048],
    stm32u585: [768, 784, 2048],
    nrf52840: [256, 256, 1024],
    rp2040: [264, 264, 2048],
  }
  for (const [name, sizes] of Object.entries(expected)) {
    const board = named(name)
    const found = [memoryBytes(board, 'sram'), totalBytes(board, 'sram')]
    t.same(
      [...found, memoryBytes(board, 'flash')],
      sizes.map(size => size * kib),
      name,
    )
  }
})

t.test('only banks that adjoin are counted as one', async t => {
  const h743 = named('stm32h743')
  t.same(
    largestRegion(h743, 'sram').map(({ name }) => name),
    ['axi-sram'],
  )
  const adjoining = largestRegion(named('stm32f746g-disco'), 'sram')
  t.same(
    adjoining.map(({ name }) => name),
    ['dtcm', 'sram1', 'sram2'],
  )
  t.equal(memoryBytes(named('mps2-an386'), 'sram'), 4096 * kib, 'PSRAM does not count')
})

t.test('the closest source of a figure counts, and what no document confirms is said', async t => {
  const board = named('stm32f412')
  t.match(sourceOf(board, 'memory.flash.waitStates')?.document, /flash latency 3/)
  t.match(sourceOf(board, 'memory.sram.bytes'), { confirmed: false })
  t.ok(unconfirmedFigures(board).includes('memory.sram.bytes'))
  t.notOk(unconfirmedFigures(board).includes('memory.flash.waitStates'))
  for (const each of boards.values()) {
    t.same(
      figuresOf(each).filter(figure => sourceOf(each, figure) === null),
      [],
      each.name,
    )
  }
})

type Change = Readonly<Record<string, unknown>>

/** The F412 with some keys changed. */
function changed(change: Change): Board {
  return { ...named('stm32f412'), ...change }
}

function withBanks(first: Change, second: Change): Board {
  const [sram, flash] = named('stm32f412').memory
  return changed({
    memory: [
      { ...sram, ...first },
      { ...flash, ...second },
    ],
  })
}

t.test('a planted fault in a board is found', async t => {
  const { caches } = named('stm32f412')
  const faults: readonly (readonly [Board, RegExp])[] = [
    [changed({ name: 'My Board' }), /kebab-case/],
    [changed({ core: 'z80' }), /core 'z80' is not one of .*cortex-m4/],
    [changed({ clockHz: -1 }), /clockHz/],
    [changed({ clockHz: 1e15 }), /clockHz/],
    [changed({ clockHz: 1.5 }), /clockHz/],
    [changed({ memory: [] }), /no sram.*no flash/],
    [changed({ sources: [] }), /clockHz has no source/],
    [
      changed({
        sources: [{ of: ['clockHz', 'memory', 'caches'], document: ' ', confirmed: true }],
      }),
      /names no document/,
    ],
    [
      changed({
        sources: [
          ...named('stm32f412').sources,
          { of: ['memory.ccm'], document: 'x', confirmed: true },
        ],
      }),
      /'memory.ccm', which the board does not have/,
    ],
    [withBanks({ bytes: 0 }, {}), /sram: 0 bytes/],
    [withBanks({ bytes: 2 ** 33 }, {}), /sram: 8589934592 bytes/],
    [withBanks({ address: 2 ** 32 - 8 }, {}), /outside 32 bits/],
    [withBanks({ address: -4 }, {}), /outside 32 bits/],
    [withBanks({ address: 0x0800_1000 }, {}), /flash and sram overlap/],
    [withBanks({ name: 'flash' }, {}), /two banks have the name 'flash'/],
    [withBanks({ joinsNext: true }, {}), /joins a bank that is not there/],
    [withBanks({ joinsNext: true }, { kind: 'sram' }), /do not adjoin/],
    [withBanks({}, { waitStates: 1e9 }), /wait states/],
    [withBanks({}, { fetchBits: 48 }), /fetchBits 48/],
    [withBanks({}, { busDivider: 0 }), /busDivider 0/],
    [changed({ caches: { ...caches, unified: true } }), /unified/],
    [changed({ caches: { ...caches, data: { ...caches?.data, lineBytes: 24 } } }), /data cache/],
  ]
  t.same(validateBoard(changed({}), cores), [])
  for (const [board, message] of faults) t.match(validateBoard(board, cores).join('; '), message)
})

t.test('JSON of any shape is refused with a sentence and nothing is thrown', async t => {
  const deep: unknown[] = []
  let inner = deep
  for (let depth = 0; depth < 5000; depth++) inner.push((inner = []))
  const values: readonly (readonly [unknown, RegExp])[] = [
    [null, /not an object/],
    [[], /not an object/],
    [deep, /not an object/],
    ['host', /not an object/],
    [{}, /has no name.*has no core.*has no clockHz.*has no memory/],
    [changed({ memory: {} }), /memory is not a list/],
    [changed({ memory: deep }), /memory\[0\] is not an object/],
    [changed({ memory: [null] }), /memory\[0\] is not an object/],
    [changed({ memory: Array.from({ length: 1e5 }, () => ({})) }), /at most 64/],
    [withBanks({ bytes: '256k' }, {}), /memory\[0\].bytes is not a number/],
    [withBanks({ kind: 'rom' }, {}), /memory\[0\].kind is not one of sram/],
    [changed({ name: 'x'.repeat(5000) }), /name is not a text of at most/],
    [changed({ sources: 'the datasheet' }), /sources is not a list/],
    [changed({ qemu: 7 }), /qemu is not a text/],
    [changed({ caches: null }), /caches is not an object/],
    [JSON.parse('{"__proto__": {"name": "x"}}'), /unknown key '__proto__'/],
    [changed({ flashSize: 5 }), /unknown key 'flashSize'/],
  ]
  for (const [value, message] of values) {
    const parsed = parseBoard(value, cores)
    t.match(parsed.kind === 'problems' ? parsed.problems.join('; ') : 'accepted', message)
  }
})

t.test('a user’s board file can be compiled for, and a bad one is a diagnostic', async t => {
  const place = mkdtempSync(join(tmpdir(), 'thimble-boards-'))
  t.teardown(() => spawnSync('rm', ['-rf', place]))
  const write = (name: string, text: string): string => {
    const path = join(place, name)
    writeFileSync(path, text)
    return path
  }
  const mine = write('mine.json', JSON.stringify(changed({ name: 'mine' })))
  const bag = new DiagnosticBag()
  t.match(boardNamed(mine, bag), { name: 'mine', core: 'cortex-m4' })
  t.same(bag.all, [])
  const codeOf = (path: string): string => {
    const faults = new DiagnosticBag()
    t.equal(boardNamed(path, faults), null)
    return faults.all.map(({ code, text }) => `${code} ${text}`).join('\n')
  }
  t.match(codeOf(write('cut.json', '{"name": ')), /^TH6002 .*not JSON/)
  t.match(codeOf(write('long.json', ' '.repeat(2 ** 20 + 1))), /^TH6002 .*longer/)
  t.match(codeOf(write('taken.json', JSON.stringify(changed({})))), /^TH6003 .*'stm32f412' is the/)
  const escape = JSON.stringify(changed({ core: '\u001b[2J' }))
  t.match(codeOf(write('escape.json', escape)), /^TH6003 .*core '\?\[2J'/)
  t.match(codeOf(join(place, 'none.json')), /^TH6011/)
  t.match(codeOf('esp8266'), /^TH6001/)
  const model = 'zoo/spoken-digits/spoken_digits.tflite'
  const said: string[] = []
  const terminal = {
    out: (text: string) => said.push(text),
    err: (text: string) => said.push(text),
  }
  const words = ['compile', model, '--board', mine, '--out', join(place, 'out'), '--json']
  t.equal(await main(words, terminal), 0, said.join(''))
  t.match(JSON.parse(said.join('')), { board: 'mine' })
})

t.test('every Arm core has flags that its compiler takes', async t => {
  t.same([...cores.keys()].filter(name => name !== 'host').sort(), [...armCores].sort())
  for (const [name, core] of Object.entries(boardCores)) {
    if (boards.has(name)) t.equal(named(name).core, core, name)
  }
  const gcc = findTool('arm-none-eabi-gcc')
  if (gcc === null) {
    t.comment('arm-none-eabi-gcc is missing: flags are not tried')
    return
  }
  // What decides which instructions the emitted header uses.
  const macros = { dsp: '__ARM_FEATURE_DSP', mve: '__ARM_FEATURE_MVE' }
  for (const core of cores.values()) {
    if (core.name === 'host') continue
    const args = [...core.gccFlags, '-dM', '-E', '-x', 'c', '/dev/null']
    const { status, stdout, stderr } = spawnSync(gcc, args, { encoding: 'utf8' })
    t.equal(status, 0, `${core.name}: ${stderr}`)
    for (const [feature, macro] of Object.entries(macros)) {
      const has = (core.features as readonly string[]).includes(feature)
      t.equal(stdout.includes(`#define ${macro} `), has, `${core.name} ${feature}`)
    }
  }
})

t.test('code is emitted, compiled and measured for every core', async t => {
  if (findTool('arm-none-eabi-gcc') === null) {
    t.comment('arm-none-eabi-gcc is missing: nothing is compiled')
    return
  }
  const b = new GraphBuilder('small')
  const quantization = { scale: 0.1, zeroPoint: 2 }
  const x = b.input([1, 5, 5, 3], quantization)
  b.output(b.add(x, x, { output: { scale: 0.25, zeroPoint: -3 }, activation: 'relu' }))
  const graph = b.graph()
  for (const name of ['rp2040', 'stm32l4r5', 'stm32h743', 'stm32u585', 'mps3-an547']) {
    const bag = new DiagnosticBag()
    const board = named(name)
    const options = { ...defaultOptions, board: name }
    const compiled = compileGraph(graph, board, options, readSource, bag)
    if (compiled === null || !isArmCore(board.core)) throw new Error(bag.all[0]?.text ?? name)
    const program = programOf(compiled, false, readSource)
    const measured = await measurePackage(program, board.core)
    t.match(measured, { core: board.core, staticBytes: 0 }, name)
    t.ok('codeBytes' in measured && measured.codeBytes > 100 && measured.codeBytes < 4000, name)
    t.ok('stack' in measured && (measured.stack.bytes ?? 0) > 0, `${name} has a bound of its stack`)
  }
})

t.test('the command lists every board, and one with its sources', async t => {
  const run = async (...words: string[]): Promise<string> => {
    let text = ''
    const add = (more: string): void => void (text += more)
    await main(['boards', ...words], { out: add, err: add })
    return text
  }
  const list = await run()
  for (const name of boards.keys()) t.match(list, `  ${name} `)
  t.match(list, /stm32h743 .*480\* .* 524,288 .*1,015,808 .*2,097,152 .*bus 1:2/)
  const one = await run('stm32h743')
  t.match(one, /axi-sram +sram +0x24000000 +524,288/)
  t.match(one, /^ {2}\* .*RM0433/m)
  const json = JSON.parse(await run('rp2040', '--json')) as { sramBytes: number }
  t.equal(json.sramBytes, 264 * kib)
  t.match(await run('nothing'), /TH6001/)
})
