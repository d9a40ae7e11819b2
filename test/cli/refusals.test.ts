// What the command line refuses: a short message with code, reason and way out, never a stack trace.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { diagnosticOf } from '../../cli/failure.ts'
import { fileBytesLimit } from '../../cli/files/read.ts'
import { UsageError } from '../../cli/parse.ts'
import { KernelTrap } from '../../runtime/hosts/checked/trap.ts'
import { random } from '../random.ts'
import { clips, model, spawnThimble, stackLines, thimble, type FailureJson } from './call.ts'
import { floatModel, soundModel, unsupportedModel } from './models.ts'

t.setTimeout(300_000)

const folder = t.testdir({})
const at = (name: string): string => join(folder, name)

writeFileSync(at('sound.tflite'), soundModel())
writeFileSync(at('float.tflite'), floatModel())
writeFileSync(at('unsupported.tflite'), unsupportedModel())
writeFileSync(at('truncated.tflite'), readFileSync(model).subarray(0, 20_000))
writeFileSync(at('text.tflite'), 'this is no model at all, only some words\n')
writeFileSync(at('empty.tflite'), '')
writeFileSync(at('huge.tflite'), '')
truncateSync(at('huge.tflite'), fileBytesLimit + 1)
writeFileSync(at('short.bin'), new Uint8Array(71))
writeFileSync(at('input.bin'), new Uint8Array(72))
writeFileSync(at('occupied'), 'a file, not a folder\n')
mkdirSync(at('foreign'))
writeFileSync(at('foreign/README.md'), 'somebody wrote this\n')

// Outside of the fixtures, which tap removes whatever is mounted there.
const disk = mkdtempSync(join(tmpdir(), 'thimble-disk-'))
const tmpfs = ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]
const mounted = spawnSync('mount', tmpfs, { stdio: 'ignore' }).status === 0
if (!mounted) rmdirSync(disk)
const skip = mounted ? false : 'mounting a small file system needs root'

interface Case {
  readonly words: readonly string[]
  readonly exit: 1 | 2
  readonly code: string
  /** What the message has to say. */
  readonly says: RegExp
}

const sound = at('sound.tflite')
const bench = ['bench', '--board', 'mps2-an386'] as const
const out = at('out')
const toHost = ['--board', 'host', '--out', out]
const run = ['run', sound, '--input', at('input.bin'), '--output', at('o.bin'), '--host']

const cases: readonly Case[] = [
  { words: [], exit: 2, code: 'TH6201', says: /which command/ },
  { words: ['frobnicate'], exit: 2, code: 'TH6201', says: /no command 'frobnicate'.*compile/ },
  { words: ['--frob'], exit: 2, code: 'TH6201', says: /unknown option '--frob'/ },
  { words: ['kernel'], exit: 2, code: 'TH6201', says: /kernel test, kernel emit/ },
  { words: ['kernel', 'frob'], exit: 2, code: 'TH6201', says: /no command 'kernel frob'/ },
  { words: ['compile'], exit: 2, code: 'TH6201', says: /MODEL/ },
  { words: ['compile', sound], exit: 2, code: 'TH6201', says: /--board/ },
  { words: ['compile', sound, '--frob'], exit: 2, code: 'TH6201', says: /'--frob'/ },
  { words: ['compile', sound, 'more', ...toHost], exit: 2, code: 'TH6201', says: /'more'/ },
  { words: ['compile', sound, '--board'], exit: 2, code: 'TH6201', says: /--board/ },
  { words: ['compile', sound, '--board', ''], exit: 2, code: 'TH6201', says: /--board/ },
  { words: ['compile', sound, ...toHost, '--emit', 'x'], exit: 2, code: 'TH6201', says: /emit/ },
  { words: ['compile', sound, ...toHost, '--sram', '0'], exit: 2, code: 'TH6201', says: /'0'/ },
  { words: ['compile', sound, ...toHost, '--sram', '12kB'], exit: 2, code: 'TH6201', says: /64k/ },
  { words: ['compile', sound, ...toHost, '--sram=-5'], exit: 2, code: 'TH6201', says: /'-5'/ },
  { words: ['compile', sound, ...toHost, '--sram', '5G'], exit: 2, code: 'TH6201', says: /'5G'/ },
  { words: ['plan', sound, '--sram', '5000M'], exit: 2, code: 'TH6201', says: /up to 4 GiB/ },
  { words: ['plan', sound, '--sram', '1e3'], exit: 2, code: 'TH6201', says: /'1e3'/ },
  { words: ['plan', sound, '--io', 'int16'], exit: 2, code: 'TH6201', says: /model.*int8/ },
  { words: ['plan', sound, '--input', 'x.bin'], exit: 2, code: 'TH6201', says: /resident.*rows/ },
  { words: ['plan', sound, '--output', ''], exit: 2, code: 'TH6201', says: /--output/ },
  { words: ['plan', sound, '--board', 'nucleo'], exit: 2, code: 'TH6001', says: /'nucleo'/ },
  { words: ['plan', sound, '--sram', '40'], exit: 1, code: 'TH4003', says: /needs \d+ bytes/ },
  { words: ['plan', at('float.tflite')], exit: 1, code: 'TH3001', says: /float model/ },
  { words: [...run, 'js', '--input-form', 'x'], exit: 2, code: 'TH6201', says: /input-form/ },
  { words: [...run, 'js', '--sram', '40'], exit: 1, code: 'TH4003', says: /needs \d+ bytes/ },
  { words: ['compile', sound, '--board', 'nucleo'], exit: 2, code: 'TH6001', says: /'nucleo'/ },
  { words: [...run, 'tpu'], exit: 2, code: 'TH6201', says: /no host 'tpu': js, as/ },
  { words: [...run, 'qemu', '--board', 'x'], exit: 2, code: 'TH6201', says: /'x': mps2-an386/ },
  { words: ['verify', sound, '--hosts', 'js'], exit: 2, code: 'TH6201', says: /one host alone/ },
  { words: ['verify', sound, '--hosts', 'js,js'], exit: 2, code: 'TH6201', says: /twice/ },
  {
    words: ['verify', sound, '--compiler', 'clang'],
    exit: 2,
    code: 'TH6201',
    says: /for the host qemu/,
  },
  {
    words: ['verify', sound, '--golden', clips, '--io', 'int8'],
    exit: 2,
    code: 'TH6201',
    says: /types of the model/,
  },
  { words: ['verify', sound, '--cases', '0'], exit: 2, code: 'TH6201', says: /count/ },
  { words: ['verify', sound, '--hosts', 'as:x,js'], exit: 2, code: 'TH6201', says: /'as:x'/ },
  { words: ['kernel', 'test', 'conv9d'], exit: 2, code: 'TH6301', says: /'conv9d'/ },
  { words: ['kernel', 'emit', 'conv2d/x', '--target', 'c'], exit: 2, code: 'TH6301', says: /x/ },
  { words: ['kernel', 'emit', 'conv2d', '--target', 'x'], exit: 2, code: 'TH6201', says: /target/ },
  {
    words: ['firmware', sound, '--board', 'host', '--out', at('x.elf')],
    exit: 2,
    code: 'TH6101',
    says: /host.*mps2-an386/s,
  },
  { words: [...bench, 'conv9d'], exit: 2, code: 'TH6301', says: /'conv9d'/ },
  { words: ['bench', 'conv2d', '--board', 'host'], exit: 2, code: 'TH6101', says: /host/ },
  { words: [...bench, 'conv2d', '--shape', '4x4'], exit: 2, code: 'TH6201', says: /'4x4' is no/ },
  { words: [...bench, 'conv2d', '--shape', '4x4x0->1 1x1'], exit: 2, code: 'TH6201', says: /0/ },
  { words: [...bench, 'conv2d', '--shape', '9x9x9 1x1'], exit: 2, code: 'TH6201', says: /lacks/ },
  {
    words: [...bench, 'conv2d', '--shape', '9999x9999x999->9 1x1'],
    exit: 2,
    code: 'TH6201',
    says: /larger than/,
  },
  {
    words: [...bench, 'max_pool2d', '--shape', '2x2x2 3x3 valid'],
    exit: 2,
    code: 'TH6201',
    says: /window is larger/,
  },
  { words: [...bench, 'softmax', '--shape', '1->2'], exit: 2, code: 'TH6201', says: /softmax/ },
  { words: [...bench, 'add', '--case', 'x'], exit: 2, code: 'TH6201', says: /no case 'x'/ },
  { words: [...bench, 'add', '--top', '0'], exit: 2, code: 'TH6201', says: /count/ },
  { words: [...bench, sound, '--shape', '1->2'], exit: 2, code: 'TH6201', says: /not for models/ },
  {
    words: [...bench, 'conv2d/pointwise', '--shape', '9x9x9->9 3x3'],
    exit: 2,
    code: 'TH6302',
    says: /conv2d\/pointwise.*9x9x9/,
  },
  { words: ['inspect', at('none')], exit: 1, code: 'TH6011', says: /does not exist/ },
  { words: ['compile', at('none'), ...toHost], exit: 1, code: 'TH6011', says: /does not exist/ },
  { words: ['compile', at('occupied/m'), ...toHost], exit: 1, code: 'TH6011', says: /a file/ },
  { words: ['compile', folder, ...toHost], exit: 1, code: 'TH6012', says: /folder/ },
  { words: ['compile', '/dev/zero', ...toHost], exit: 1, code: 'TH6012', says: /no regular file/ },
  { words: ['compile', at('huge.tflite'), ...toHost], exit: 1, code: 'TH6013', says: /268435457/ },
  { words: ['compile', at('empty.tflite'), ...toHost], exit: 1, code: 'TH6014', says: /empty/ },
  { words: ['compile', at('text.tflite'), ...toHost], exit: 1, code: 'TH2001', says: /TFL3/ },
  { words: ['compile', at('truncated.tflite'), ...toHost], exit: 1, code: 'TH2002', says: /byte/ },
  {
    words: ['compile', at('float.tflite'), ...toHost],
    exit: 1,
    code: 'TH3001',
    says: /float model/,
  },
  {
    words: ['compile', at('unsupported.tflite'), ...toHost],
    exit: 1,
    code: 'TH2041',
    says: /op 1 SPACE_TO_DEPTH/,
  },
  {
    words: ['compile', sound, '--board', 'host', '--out', at('occupied')],
    exit: 1,
    code: 'TH5203',
    says: /not a folder/,
  },
  {
    words: ['compile', sound, '--board', 'host', '--out', at('occupied/below')],
    exit: 1,
    code: 'TH5201',
    says: /a file, not a folder/,
  },
  {
    words: ['compile', sound, '--board', 'host', '--out', at('foreign')],
    exit: 1,
    code: 'TH5202',
    says: /README\.md/,
  },
  {
    words: ['run', sound, '--input', at('short.bin'), '--output', at('o.bin'), '--host', 'js'],
    exit: 1,
    code: 'TH6015',
    says: /71 bytes.*72.*int8 1x6x6x2/s,
  },
  {
    words: ['run', sound, '--input', at('none'), '--output', at('o.bin'), '--host', 'js'],
    exit: 1,
    code: 'TH6011',
    says: /the input cannot be read/,
  },
  {
    words: ['run', sound, '--input', at('input.bin'), '--output', folder, '--host', 'js'],
    exit: 1,
    code: 'TH5201',
    says: /it is a folder/,
  },
  {
    words: ['run', sound, '--input', at('input.bin'), '--output', '/dev/full', '--host', 'js'],
    exit: 1,
    code: 'TH5201',
    says: /the disk is full/,
  },
  {
    words: ['verify', sound, '--golden', clips],
    exit: 1,
    code: 'TH6022',
    says: /spoken_digits\.tflite/,
  },
  { words: ['verify', sound, '--golden', folder], exit: 1, code: 'TH6011', says: /golden/ },
]

t.test('every refusal has its code, exit code, reason and hint, and no stack trace', async t => {
  const before = readdirSync(folder)
  for (const { words, exit, code, says } of cases) {
    const name = words.join(' ').replaceAll(`${folder}/`, '')
    const text = await thimble(...words)
    t.equal(text.code, exit, `${name}: exit code`)
    t.equal(text.out, '', `${name}: nothing on stdout`)
    t.match(text.err, new RegExp(`error ${code}: `), name)
    t.match(text.err, says, `${name}: reason`)
    t.match(text.err, /hint: \S/, `${name}: way out`)
    t.same(stackLines(text.err), [], `${name}: no stack`)
    t.ok(text.err.length < 1500, `${name}: ${text.err.length} characters`)
    const json = await thimble(...words, '--json')
    const { error } = JSON.parse(json.out) as FailureJson
    t.equal(json.code, exit, `${name} --json: exit code`)
    t.equal(error.code, code, `${name} --json: code`)
    t.ok(error.message !== '' && error.hint !== '' && error.diagnostics.length > 0)
  }
  t.same(readdirSync(folder), before, 'nothing is left behind')
  t.equal(readFileSync(at('foreign/README.md'), 'utf8'), 'somebody wrote this\n')
})

t.test('a model cut off anywhere is refused and never crashes', async t => {
  const bytes = readFileSync(model)
  for (let size = 0; size < bytes.length; size += 1 + Math.floor(bytes.length / 40)) {
    writeFileSync(at('cut.tflite'), bytes.subarray(0, size))
    const { code, err } = await thimble('compile', at('cut.tflite'), ...toHost)
    t.equal(code, 1, `${size} bytes`)
    t.match(err, /error TH(20|60)\d\d: /, `${size} bytes`)
  }
  t.notOk(existsSync(out))
})

t.test('a model with random bytes compiles or is refused, and is never a bug of ours', async t => {
  const numbers = random(5)
  for (let trial = 0; trial < 100; trial++) {
    const bytes = readFileSync(model)
    // Structure lies at both ends of the file, weights in between.
    const places = [
      numbers.below(bytes.length),
      numbers.below(4000),
      bytes.length - 1 - numbers.below(9000),
    ]
    for (const place of places.slice(0, 1 + numbers.below(3))) bytes[place] = numbers.below(256)
    writeFileSync(at('random.tflite'), bytes)
    const words = ['compile', at('random.tflite'), '--board', 'host', '--out', at('random')]
    const { code, err } = await thimble(...words)
    if (code === 0) t.equal(err, '')
    else t.match(err, /^random\.tflite: .*error TH[23]\d\d\d: /, `trial ${trial}`)
  }
})

t.test(
  'without toolchains their hosts are refused, the others work, sizes are unknown',
  async t => {
    const path = process.env['PATH']
    process.env['PATH'] = at('no-tools')
    t.teardown(() => {
      process.env['PATH'] = path
    })
    for (const host of ['native', 'emcc', 'qemu']) {
      const { code, err } = await thimble(...run, host)
      t.equal(code, 1, host)
      t.match(err, /error TH5101: host \S+ needs \S+, which is not on this machine/)
      t.match(err, /hint: .*apt-get install/)
      t.notOk(existsSync(at('o.bin')))
    }
    const elf = ['firmware', sound, '--board', 'mps2-an386', '--out', at('x.elf')]
    t.match((await thimble(...elf)).err, /TH5101: firmware needs arm-none-eabi-gcc/)
    const words = ['compile', sound, '--board', 'mps2-an386', '--out', out, '--json']
    const compiled = await thimble(...words)
    t.equal(compiled.code, 0)
    const { stackBytes, flash, notes } = JSON.parse(compiled.out) as Record<string, never>
    t.equal(stackBytes, null)
    t.match(flash, { code: null })
    t.match(notes, [/arm-none-eabi-gcc is missing/])
    const doctor = await thimble('doctor', '--json')
    t.equal(doctor.code, 0)
    t.match(JSON.parse(doctor.out), {
      hosts: [
        { host: 'js', available: true },
        { host: 'as', available: true },
        { host: 'emcc', available: false },
        { host: 'native', available: false },
        { host: 'qemu', available: false },
      ],
    })
  },
)

t.test('a failed compile leaves an earlier package as it was', async t => {
  const target = at('kept')
  t.equal((await thimble('compile', sound, '--board', 'host', '--out', target)).code, 0)
  const content = (): readonly string[] =>
    readdirSync(target).map(name => `${name}: ${readFileSync(join(target, name), 'utf8')}`)
  const before = content()
  // The weights of the next model are in the way: a folder has their name.
  mkdirSync(join(target, 'spoken_digits_weights.c'))
  const refused = await thimble('compile', model, '--board', 'host', '--out', target)
  t.match(refused.err, /TH5202.*spoken_digits_weights\.c/s)
  spawnSync('rmdir', [join(target, 'spoken_digits_weights.c')])
  t.same(content(), before)
})

t.test('on a full disk nothing half-written remains', { skip }, async t => {
  t.teardown(() => {
    spawnSync('umount', [disk], { stdio: 'ignore' })
    rmdirSync(disk)
  })
  copyFileSync(at('input.bin'), join(disk, 'old.bin'))
  const words = ['compile', model, '--board', 'host', '--out', join(disk, 'package')]
  const { code, err } = await thimble(...words)
  t.equal(code, 1)
  t.match(err, /error TH5201: cannot be written: the disk is full/)
  t.same(readdirSync(disk), ['old.bin'])
  const small = ['compile', sound, '--board', 'host', '--out', disk]
  t.equal((await thimble(...small)).code, 0, 'a small package fits beside other files')
  const before = readdirSync(disk)
  t.match((await thimble('compile', model, '--board', 'host', '--out', disk)).err, /TH5201/)
  t.same(readdirSync(disk), before)
  // 700 inferences give 75,600 bytes.
  writeFileSync(at('many.bin'), new Uint8Array(72 * 700))
  const target = join(disk, 'old.bin')
  const many = ['run', sound, '--input', at('many.bin'), '--output', target, '--host', 'as']
  t.match((await thimble(...many)).err, /TH5201.*full/)
  t.same(readFileSync(target), readFileSync(at('input.bin')), 'the old file is whole')
  t.same(readdirSync(disk), before)
})

t.test('errors of every kind become one diagnostic', async t => {
  const span = { file: 'kernels/softmax/reference.kernel.ts', line: 1, column: 1, length: 2 }
  const trap = diagnosticOf(new KernelTrap('overflow', span, '2147483647 + 1 leaves i32'))
  t.equal(trap.code, 'TH6109')
  t.match(trap.text, '2147483647 + 1 leaves i32 (overflow)')
  t.match(trap.location, { kind: 'source', line: 1, lineText: /^\/\/ / })
  t.equal(diagnosticOf(new UsageError('odd', 'run')).code, 'TH6201')
  const bug = diagnosticOf(new TypeError('x is undefined\n  at here (file.ts:1:2)'))
  t.equal(bug.code, 'TH9001')
  t.equal(bug.text, 'internal error: TypeError: x is undefined')
})

t.test('the program itself gives the exit codes from any folder, without a trace', async t => {
  const missing = spawnThimble(['compile', 'none.tflite', '--board', 'host'], folder)
  t.equal(missing.code, 1)
  t.match(missing.err, /^none\.tflite: error TH6011: /)
  const usage = spawnThimble(['compile'], folder)
  t.equal(usage.code, 2)
  t.same(stackLines(missing.err + usage.err), [])
  const help = spawnThimble(['--help'], '/')
  t.equal(help.code, 0)
  t.match(help.out, /COMMANDS/)
  t.equal(help.err, '')
  const made = spawnThimble(['compile', 'sound.tflite', '--board', 'host', '--json'], folder)
  t.equal(made.code, 0, made.err)
  t.ok(existsSync(at('sound-thimble/sound.c')), 'the default folder is below the current one')
  const full = spawnSync('sh', ['-c', `"$0" cli/thimble.js boards > /dev/full`, process.execPath], {
    cwd: join(clips, '../../..'),
    encoding: 'utf8',
  })
  t.equal(full.status, 1)
  t.match(full.stderr, /^error: the output cannot be written: ENOSPC/)
})
