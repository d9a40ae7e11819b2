// `thimble bench`: work adds up, belongs to the operators that did it, and is the same every time.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { profileModel } from '../../cli/bench/profile.ts'
import type { BenchResult } from '../../cli/bench/result.ts'
import { buildModel, loadModel, type BuiltModel } from '../../cli/model.ts'
import { defaultForm, type ModelForm } from '../../cli/options.ts'
import { DiagnosticBag } from '../../compiler/diagnostics/bag.ts'
import { packageFiles } from '../../compiler/package/files.ts'
import { scheduleForm } from '../../compiler/schedule/table.ts'
import { buildCoreFirmware } from '../../runtime/hosts/firmware.ts'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import { armCores } from '../../runtime/hosts/targets.ts'
import { findTool, type ToolName } from '../../runtime/hosts/toolchain.ts'
import type { Profile, Work } from '../../runtime/profile/index.ts'
import { clips, model, thimble, thimbleJson } from '../cli/call.ts'

t.setTimeout(600_000)

const tools: readonly ToolName[] = ['gcc', 'arm-none-eabi-gcc', 'qemu-system-arm', 'llvm-mca']
const missing = tools.find(tool => findTool(tool) === null)
const skip = missing === undefined ? false : `no ${missing}`
const noClang = findTool('arm-clang') === null ? 'no clang for Arm' : false

function built(board: string, form: Partial<ModelForm> = {}): BuiltModel {
  const bag = new DiagnosticBag()
  const loaded = loadModel(model, bag)
  const made = loaded && buildModel(loaded.graph, board, false, bag, { ...defaultForm, ...form })
  if (made === null) throw new Error(JSON.stringify(bag.all))
  return made
}

async function profiled(
  { compiled, program, board }: BuiltModel,
  memory = false,
): Promise<Profile> {
  const core = armCores.find(each => each === board.core)!
  const profile = await profileModel(compiled, program, core, { memory })
  if (isMissing(profile)) throw new Error(`${profile.tool} is missing`)
  return profile
}

const sum = (works: readonly Work[], of: keyof Work): number =>
  works.reduce((total, work) => total + work[of], 0)

/** Functions that belong to the kernel files of an operator, by the names that C gives them. */
const stems = (kernel: string): readonly string[] =>
  kernel.split('+').map(path => path.split('/')[0]!.replace('fully_connected', '(fully|conv2d)'))

for (const [title, board, form] of [
  ['the fastest plan', 'mps2-an386', {}],
  ['as small as it goes', 'mps2-an500', { sram: 'least', inputs: 'rows', outputs: 'rows' }],
  ['the fastest plan', 'rp2040', {}],
] as const) {
  t.test(`${title} on ${board}: all work is somebody's, twice the same`, { skip }, async t => {
    const small = 'sram' in form ? { ...form, sram: leastSram(board, form) } : form
    const made = built(board, small)
    const one = await profiled(made)
    const two = await profiled(made)
    t.strictSame(two, one, 'two profiles are equal')
    t.strictSame(one.warnings, [])
    const owners = [...one.operators, one.schedule, one.transfers]
    t.equal(sum(owners, 'instructions'), one.instructions)
    t.equal(sum(one.functions, 'instructions'), one.instructions)
    t.equal(sum(one.lines, 'instructions'), one.instructions)
    t.ok(Math.abs(sum(owners, 'cycles') - one.cycles) < 1)
    t.equal(
      one.blocks.reduce((n, block) => n + block.instructions * block.executed, 0),
      one.instructions,
    )
    const { report, schedule } = made.compiled
    const streams = scheduleForm(schedule).table !== null
    if ('sram' in form) t.ok(streams, 'a table of runs where memory is short')
    for (const { operator, functions, instructions } of one.operators) {
      const { kernel, macs } = report.layers[operator]!
      if (kernel === 'alias') {
        t.equal(instructions, 0)
        continue
      }
      // Which kernels an operator calls is known from its report; other operators' would be a mix-up.
      const others = report.layers.filter(l => l.kernel !== kernel && l.kernel.includes('/'))
      const foreign = others.flatMap(l => stems(l.kernel)).filter(s => !stems(kernel).includes(s))
      const own = functions.filter(f =>
        foreign.some(s => new RegExp(`^thimble_${s}_`).test(f.name)),
      )
      t.strictSame(own, [], `operator ${operator}, ${kernel}`)
      t.ok(instructions >= macs / 8, `operator ${operator} did its work`)
    }
  })
}

/** The smallest plan, as the refusal of one byte names it. */
function leastSram(board: string, form: object): number {
  const bag = new DiagnosticBag()
  const loaded = loadModel(model, bag)!
  buildModel(loaded.graph, board, false, bag, { ...defaultForm, ...form, sram: 16 })
  return Number(/needs (\d+) bytes/.exec(bag.errors[0]?.text ?? '')?.[1])
}

t.test('lines of kernels change no byte of the code', { skip }, async t => {
  const objcopy = 'arm-none-eabi-objcopy'
  const { compiled, program } = built('mps2-an386')
  const { schedule, plan, model: module, report } = compiled
  const folder = t.testdir({})
  const texts: Buffer[] = []
  for (const lines of [false, true]) {
    const cFiles = packageFiles({ schedule, plan, model: module, report, trace: false, lines })
    t.equal(/^ *#line \d+ "kernels\//m.test(cFiles.get('thimble_kernels.c') ?? ''), lines)
    const elf = await buildCoreFirmware({ ...program, cFiles }, 'cortex-m4')
    if (isMissing(elf)) throw new Error(elf.tool)
    writeFileSync(join(folder, 'a.elf'), elf)
    const args = ['-O', 'binary', '-j', '.text', '-j', '.rodata', 'a.elf', 'a.bin']
    execFileSync(objcopy, args, { cwd: folder })
    texts.push(readFileSync(join(folder, 'a.bin')))
  }
  t.ok(texts[0]!.length > 10_000)
  t.ok(texts[0]!.equals(texts[1]!))
})

t.test('counting accesses changes no other figure', { skip }, async t => {
  const made = built('mps2-an386')
  const plain = await profiled(made)
  const counted = await profiled(made, true)
  t.strictSame({ ...counted, memory: [], operatorMemory: [] }, plain)
  const [flash, sram, other] = counted.memory
  t.ok(flash!.reads > 0 && flash!.writes === 0, 'weights are read')
  t.ok(sram!.reads > 0 && sram!.writes > 0)
  t.same([other!.reads, other!.writes], [0, 0])
})

t.test('clang computes the same with other code', { skip: skip || noClang }, async t => {
  const words = ['bench', model, '--board', 'mps2-an386'] as const
  const [gcc, clang] = [
    await thimbleJson<BenchResult>(...words),
    await thimbleJson<BenchResult>(...words, '--compiler', 'clang'),
  ]
  t.same([gcc.compiler, clang.compiler], ['gcc', 'clang'])
  t.equal(clang.output, gcc.output)
  t.not(clang.instructions, gcc.instructions)
  t.ok(clang.instructions < 2 * gcc.instructions && clang.lines.length > 10)
  const verify = ['verify', model, '--golden', clips, '--hosts', 'qemu', '--cases', '2'] as const
  const verified = await thimbleJson<object>(...verify, '--compiler', 'clang')
  t.match(verified, { equal: true, compiler: 'clang' })
})

t.test('the command: a model, kernels by shape, by case, all cases', { skip }, async t => {
  const board = ['--board', 'mps2-an386'] as const
  const text = await thimble('bench', model, ...board, '--memory', '--top', '5')
  t.equal(text.code, 0)
  t.match(text.out, /instructions +[\d,]+ {2}\(exact, \d\.\d{3} per MAC\)/)
  t.match(text.out, /Source lines \(the first 5 of \d+\)/)
  t.match(text.out, /kernels\/\S+\.ts:\d+ .*\d\.\d/)
  t.match(text.out, /region +reads/)
  const shapes = '4x6x8->5 1x1; 7x5x3->4 3x3 s2 relu6'
  const some = await thimbleJson<BenchResult>('bench', 'conv2d', ...board, '--shape', shapes)
  // 4 * 6 * 8 * 5, and 4 * 3 outputs of 4 channels with 3 * 3 * 3 taps.
  t.strictSame(
    some.operators.map(o => o.macs),
    [960, 4 * 3 * 4 * 27],
  )
  t.match(some, { kind: 'kernel', subject: 'conv2d', core: 'cortex-m4', macs: 2256 })
  const named = ['bench', 'conv2d/reference', ...board, '--shape', '4x6x8->5 1x1'] as const
  const slow = await thimbleJson<BenchResult>(...named)
  t.equal(slow.operators[0]?.kernel, 'conv2d/reference')
  t.equal(slow.output === null, false)
  const pools = ['bench', 'max_pool2d', ...board, '--case', '2x2 stride 2'] as const
  t.match(await thimbleJson<BenchResult>(...pools), { instructionsPerMac: null, macs: 0 })
  const all = await thimbleJson<BenchResult>('bench', 'softmax', '--board', 'rp2040')
  t.ok(all.operators.length > 2)
  t.equal(all.core, 'cortex-m0plus')
})
