// Counts and cycles of assembly whose costs were worked out by hand from the manuals' tables.

import { chmodSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t from 'tap'
import { isMissing } from '../../runtime/hosts/host-error.ts'
import type { ArmCore } from '../../runtime/hosts/targets.ts'
import { findTool, type ToolName } from '../../runtime/hosts/toolchain.ts'
import { profileFirmware, type Profile, type ProfileOptions } from '../../runtime/profile/index.ts'
import type { Instruction } from '../../runtime/profile/disassembly.ts'
import { mcaTiming } from '../../runtime/profile/timing/mca.ts'
import { assemble } from './assembly.ts'

t.setTimeout(300_000)

function needs(...tools: readonly ToolName[]): { readonly skip: string | false } {
  const missing = tools.find(tool => findTool(tool) === null)
  return { skip: missing === undefined ? false : `no ${missing}` }
}

const arm = ['gcc', 'arm-none-eabi-gcc', 'qemu-system-arm'] as const

async function profile(
  core: ArmCore,
  body: string,
  options: ProfileOptions = {},
  more = '',
): Promise<Profile> {
  const result = await profileFirmware(assemble(core, body, more), core, options)
  if (isMissing(result)) throw new Error(`${result.tool} is missing`)
  return result
}

interface Sample {
  readonly what: string
  readonly body: string
  readonly instructions: number
  /** With the `bl` to the second mark, which is counted. */
  readonly cycles: number
}

/** The last instruction is the call of the second mark: 1 cycle and 2 of refill. */
const call = 3

const m4: readonly Sample[] = [
  {
    what: 'a loop with two loads side by side',
    body: `movs r4, #100
1: ldr r0, [r6]
ldr r1, [r6, #4]
adds r0, r1
subs r4, #1
bne 1b`,
    instructions: 1 + 5 * 100 + 1,
    // A load 2, its neighbour 1, add, subtract and branch 1 each; 99 times the refill.
    cycles: 1 + 100 * (2 + 1 + 1 + 1 + 1) + 99 * 2 + call,
  },
  {
    what: 'a load whose address is the result of the one before',
    body: 'ldr r0, [r6]\nldr r1, [r0]',
    instructions: 3,
    cycles: 2 + 2 + call,
  },
  {
    what: 'a load that overwrites its own base is no neighbour of one that needs it',
    body: 'ldr r6, [r6]\nldr.w r1, [r6], #4\nldr r2, [r7]',
    instructions: 4,
    cycles: 2 + 2 + 1 + call,
  },
  {
    what: 'stores, and loads behind them',
    body: 'str r0, [r6]\nstr r0, [r6, #4]\nldr r1, [r6]\nmovs r2, #8\nstr r0, [r6, r2]\nldr r1, [r6]',
    instructions: 7,
    // Nothing overlaps with a store with a register offset.
    cycles: 1 + 1 + 1 + 1 + 1 + 2 + call,
  },
  {
    what: 'several registers at once',
    body: 'ldm r6, {r0, r1, r2}\npush {r0, r1}\npop {r0, r1}\nldrd r0, r1, [r6]\nstrd r0, r1, [r6]\nldr r0, [r6]',
    instructions: 7,
    cycles: 4 + 3 + 3 + 3 + 3 + 2 + call,
  },
  {
    what: 'multiplications, DSP and saturation take one cycle',
    body: `muls r0, r1
mla r0, r1, r2, r3
mls r0, r1, r2, r3
smull r0, r1, r2, r3
smlal r0, r1, r2, r3
smlad r0, r1, r2, r3
smmlar r0, r1, r2, r3
sxtb16 r0, r1, ror #8
ssat r0, #8, r1
pkhbt r0, r1, r2, lsl #16`,
    instructions: 11,
    cycles: 10 + call,
  },
  {
    what: 'divisions take the middle of 2 to 12',
    body: 'udiv r0, r5, r5\nsdiv r0, r5, r5',
    instructions: 3,
    cycles: 7 + 7 + call,
  },
  {
    what: 'branches that are taken and that are not',
    body: `cmp r5, #0
beq 1f
bne 1f
nop
1: cbz r5, 2f
cbnz r5, 2f
nop
2: b 3f
3: nop`,
    instructions: 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1,
    cycles: 1 + 1 + 3 + 1 + 3 + 3 + 1 + call,
  },
  {
    what: 'calls and returns',
    body: 'bl leaf\nbl keeper',
    instructions: 1 + 2 + 1 + 2 + 1,
    // Leaf: one instruction and bx 3. Keeper: push of two 3, pop of two with the pc 1 + 2 and the refill.
    cycles: 3 + 1 + 3 + 3 + 3 + 5 + call,
  },
  {
    what: 'conditional instructions and the IT before them',
    body: 'cmp r5, #0\nite eq\nmoveq r0, #1\nmovne r0, #2',
    instructions: 5,
    cycles: 4 + call,
  },
  {
    what: 'floating point',
    body: 'vldr s0, [r6]\nvmul.f32 s1, s0, s0\nvmla.f32 s1, s0, s0\nvdiv.f32 s1, s1, s0\nvcvt.s32.f32 s1, s1\nvmov r0, s1\nvstr s1, [r6, #16]',
    instructions: 8,
    cycles: 2 + 1 + 3 + 14 + 1 + 1 + 2 + call,
  },
]

const leaves = `.type leaf, %function
leaf: adds r0, #1
bx lr
.type keeper, %function
keeper: push {r4, lr}
pop {r4, pc}
`

const m0plus: readonly Sample[] = [
  {
    what: 'a loop: loads 2, a branch 2 when taken',
    body: `movs r4, #100
1: ldr r0, [r6]
ldrb r1, [r6]
muls r0, r1
strh r0, [r6, #4]
subs r4, #1
bne 1b`,
    instructions: 1 + 6 * 100 + 1,
    cycles: 1 + 100 * (2 + 2 + 1 + 2 + 1 + 1) + 99 + 3,
  },
  {
    what: 'calls, returns and several registers at once',
    body: 'bl leaf\nbl keeper\npush {r0-r3}\npop {r0-r3}\nldm r6!, {r0, r1}',
    instructions: 1 + 2 + 1 + 2 + 3 + 1,
    // bl 3, bx 2; push 1 + N; pop with the pc 3 + N, without 1 + N.
    cycles: 3 + 1 + 2 + 3 + 3 + 5 + 5 + 5 + 3 + 3,
  },
]

for (const [core, samples] of [
  ['cortex-m4', m4],
  ['cortex-m0plus', m0plus],
] as const) {
  t.test(`${core}: cycles are those of the manual's table`, needs(...arm), async t => {
    for (const { what, body, instructions, cycles } of samples) {
      const found = await profile(core, body, {}, leaves)
      const { warnings } = found
      const figures = { instructions: found.instructions, cycles: found.cycles, warnings }
      t.strictSame(figures, { instructions, cycles, warnings: [] }, what)
    }
  })
}

t.test(
  'cortex-m7: two independent additions a cycle, one if they depend',
  needs(...arm, 'llvm-mca'),
  async t => {
    const round = async (count: number, line: (i: number) => string): Promise<number> => {
      const lines = Array.from({ length: count }, (_, i) => line(i))
      const body = ['movs r4, #100', '1: subs r4, #1', ...lines, 'bne 1b'].join('\n')
      const { instructions, cycles, warnings } = await profile('cortex-m7', body)
      t.equal(instructions, 1 + 100 * (count + 2) + 1)
      t.strictSame(warnings, [])
      return cycles / 100
    }
    const independent = (i: number): string => `add.w r${i % 4}, r6, #${i}`
    const chained = (): string => 'add.w r0, r0, #1'
    // What ten more additions cost does not depend on how the analyzer sees the loop around them.
    const pairs = (await round(20, independent)) - (await round(10, independent))
    t.ok(Math.abs(pairs - 5) < 0.05, `${pairs} cycles, 5 by hand`)
    const chain = (await round(20, chained)) - (await round(10, chained))
    t.ok(Math.abs(chain - 10) < 0.05, `${chain} cycles, 10 by hand`)
  },
)

t.test(
  'cortex-m55: accesses that move their base are understood',
  needs(...arm, 'llvm-mca'),
  async t => {
    const body =
      'ldr.w r0, [r6], #4\nldr.w r1, [r7, #4]!\nstr.w r0, [r7], #-4\nldrd r0, r1, [r7], #8'
    const found = await profile('cortex-m55', body)
    t.equal(found.instructions, 5)
    t.ok(found.cycles >= 5 && found.cycles <= 14, `${found.cycles} cycles`)
    t.strictSame(found.warnings, [])
  },
)

t.test('a loop costs the same wherever QEMU cuts it', needs(...arm), async t => {
  // Pages of 1 KiB: the border wanders through the loop, between its two loads among other places.
  const found = new Set<string>()
  for (let nops = 476; nops < 500; nops++) {
    const body = `b 2f
${'nop\n'.repeat(nops)}
2: movs r4, #100
1: ldr r0, [r6]
ldr r1, [r6, #4]
adds r0, r1
subs r4, #1
bne 1b`
    const { instructions, cycles } = await profile('cortex-m4', body)
    found.add(`${instructions} ${cycles}`)
  }
  t.same([...found], [`${1 + 502} ${3 + 1 + 100 * 6 + 99 * 2 + call}`])
})

t.test('what a table lacks is named and costs one cycle', needs(...arm), async t => {
  // A 32-bit shift as data, which the M0+ does not have and the M4 that stands for it does.
  const hidden = await profile('cortex-m0plus', '.short 0xfa00, 0xf001')
  // Nothing of its block is known, so that the call at its end costs 1 and 1 for being taken.
  t.strictSame([hidden.instructions, hidden.cycles], [2, 1 + 1 + 1])
  t.match(hidden.warnings, [/takes the code of 1 block for data/])
  const saturating = await profile('cortex-m4', '.cpu cortex-m4\nwfe\nqadd r0, r1, r2')
  t.strictSame([saturating.instructions, saturating.cycles], [3, 1 + 1 + call])
  t.match(saturating.warnings, [/Cortex-M4 does not know 'wfe' \(in 1 place\): counted as 1 cycle/])
})

t.test(
  'what llvm-mca refuses or dies of is named, and the rest is timed',
  needs('llvm-mca'),
  async t => {
    const code = (mnemonic: string, operands: string): Instruction => ({
      ...{ address: 0, bytes: 4, mnemonic, operands },
    })
    const add = code('add.w', 'r0, r1, r2')
    // The analyzer dies of some code, not the same every time; one in front of it is sure to die of this.
    const deadly = code('mov.w', 'r7, r11')
    const real = findTool('llvm-mca') ?? ''
    const script = `#!/bin/sh\ngrep -q 'mov r7, r11' blocks.s && kill -s SEGV $$\nexec '${real}' "$@"\n`
    const folder = t.testdir({ 'llvm-mca-19': script })
    chmodSync(join(folder, 'llvm-mca-19'), 0o755)
    const path = process.env['PATH'] ?? ''
    process.env['PATH'] = `${folder}${delimiter}${path}`
    t.teardown(() => {
      process.env['PATH'] = path
    })
    const timing = mcaTiming({ cpu: 'cortex-m7', triple: 'thumbv7em-none-eabi' })
    const blocks = [[add], [code('frobnicate', 'r0'), add], [deadly, add], [add, add]]
    const timed = await timing(blocks)
    if (isMissing(timed)) throw new Error(timed.tool)
    const sums = timed.blocks.map(({ cycles }) => cycles.reduce((a, b) => a + b, 0))
    const [one = 0, refused = 0, died = 0, two = 0] = sums
    t.ok(one > 0.4 && one < 0.6, `${one}`)
    t.ok(Math.abs(refused - (1 + one)) < 0.02, `${refused}`)
    t.equal(died, 2)
    t.ok(two > 0.9 && two < 1.1, `${two}`)
    t.same(timed.warnings, [
      "llvm-mca does not know 'frobnicate r0' of cortex-m7: counted as 1 cycle",
      'llvm-mca fails on a block: 1 cycle for each of its instructions',
    ])
    t.same(await timing(blocks), timed, 'kept answers are the same')
  },
)

t.test('accesses are counted by memory, size and alignment', needs(...arm), async t => {
  const regions = [
    { name: 'code', begin: 0, end: 0x1000 },
    { name: 'low', begin: 0x2000_0000, end: 0x2000_0180 },
  ]
  const body =
    'ldr r0, =7\nldr r1, [r6]\nldrh r1, [r6, #2]\nldr.w r1, [r6, #1]\nstrb r1, [r7]\nstrd r1, r2, [r6]'
  const { memory, cycles } = await profile('cortex-m4', body, { regions })
  t.same(memory, [
    // The assembler makes a move of the first load; the literal pool is not touched.
    { region: 'code', reads: 0, readBytes: 0, writes: 0, writtenBytes: 0, unaligned: 0 },
    { region: 'low', reads: 3, readBytes: 10, writes: 2, writtenBytes: 8, unaligned: 1 },
    { region: 'other', reads: 0, readBytes: 0, writes: 1, writtenBytes: 1, unaligned: 0 },
  ])
  t.ok(cycles > 0)
})

t.test('a file without the marks is refused by name', needs(...arm), async t => {
  const order = { invoke: 'no_such_function', kernels: [], calls: [] }
  await t.rejects(profile('cortex-m4', 'nop', { order }), {
    code: 'TH6111',
    values: { symbol: 'no_such_function' },
  })
})
