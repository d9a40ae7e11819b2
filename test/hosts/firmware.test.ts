// Firmware and measurements: what the ELF prints and keeps, how its size and stack are found.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { buildFirmware } from '../../runtime/hosts/firmware.ts'
import { HostError, isMissing } from '../../runtime/hosts/host-error.ts'
import { measurePackage } from '../../runtime/hosts/measure.ts'
import { boundStack, parseStackUsage } from '../../runtime/hosts/stack-bound.ts'
import { doctorReport, findTool } from '../../runtime/hosts/toolchain.ts'
import { expected, fakeProgram, inference, length } from './fake-package.ts'

t.setTimeout(300_000)

const program = fakeProgram({ traced: false })
const noGcc = findTool('arm-none-eabi-gcc') === null ? 'no arm-none-eabi-gcc' : false
const noQemu = findTool('qemu-system-arm') === null ? 'no qemu-system-arm' : noGcc
const boards = ['mps2-an386', 'mps2-an500'] as const

async function firmware(board: string, input?: Uint8Array): Promise<Uint8Array> {
  const elf = await buildFirmware(program, board, input)
  if (isMissing(elf)) throw new Error(elf.tool)
  return elf
}

/** Runs `action` with the path of a file holding `bytes`. */
function withFile<T>(bytes: Uint8Array, action: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'))
  try {
    const path = join(folder, 'firmware.elf')
    writeFileSync(path, bytes)
    return action(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function boot(board: string, elf: Uint8Array): { text: string; status: number | null } {
  const args = ['-M', board, '-display', 'none', '-serial', 'none', '-monitor', 'none']
  const semihosting = ['-semihosting-config', 'enable=on,target=native', '-kernel']
  return withFile(elf, path => {
    const options = { encoding: 'utf8', timeout: 60_000 } as const
    const { stdout, stderr, status } = spawnSync(
      'qemu-system-arm',
      [...args, ...semihosting, path],
      options,
    )
    return { text: stdout + stderr, status }
  })
}

function crcText(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}

/** The noise the firmware makes when it has no input: Knuth's generator, from 1, top byte. */
function noise(bytes: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

for (const board of boards) {
  t.test(
    `firmware for ${board} prints the CRC of the outputs and its stack`,
    { skip: noQemu },
    async t => {
      const inputs = inference(3)
      const given = boot(board, await firmware(board, Buffer.concat(inputs)))
      t.match(given, { status: 0, text: `output ${crcText(expected(inputs).out)}\n` })

      const bytes = noise(2 * length)
      const made = boot(board, await firmware(board))
      const out = expected([bytes.subarray(0, length), bytes.subarray(length)]).out
      t.match(made, { status: 0, text: `output ${crcText(out)}\n` })

      const used = Number(/stack (\d+)\n/.exec(made.text)?.[1])
      const core = board === 'mps2-an386' ? 'cortex-m4' : 'cortex-m7'
      const measured = await measurePackage(program, core)
      if (isMissing(measured)) throw new Error(measured.tool)
      t.ok(used > 0 && used <= (measured.stack.bytes ?? 0), 'painted stack is within the bound')
    },
  )
}

t.test(
  'the marks around the measured inference are functions of their own',
  { skip: noGcc },
  async t => {
    for (const board of [...boards, 'stm32f746g-disco']) {
      const listing = withFile(await firmware(board), path => {
        const options = { encoding: 'utf8', maxBuffer: 1 << 26 } as const
        return spawnSync('arm-none-eabi-objdump', ['-d', '-h', path], options).stdout
      })
      t.match(listing, /<thimble_roi_begin>:\n[^<]*nop\n[^<]*bx\tlr/)
      t.match(listing, /<thimble_roi_end>:\n[^<]*nop\n[^<]*bx\tlr/)
      const main = /<main>:\n([\s\S]*?)\n\n/.exec(listing)?.[1] ?? ''
      t.match(main, /bl\t\w+ <thimble_roi_begin>[\s\S]*blx?\t[\s\S]*bl\t\w+ <thimble_roi_end>/)
      t.match(listing, '.debug_line')
    }
  },
)

t.test('firmware is refused for an unknown board and for inputs of the wrong size', async t => {
  const refusals = [
    ['TH6101', buildFirmware(program, 'uno')],
    ['TH6103', buildFirmware(program, 'mps2-an386', new Uint8Array(2 * length - 1))],
  ] as const
  for (const [code, promise] of refusals) {
    const error: unknown = await promise.catch((reason: unknown) => reason)
    t.ok(error instanceof HostError && error.code === code, code)
  }
})

t.test('a package is measured by what it links to', { skip: noGcc }, async t => {
  const small = await measurePackage(program, 'cortex-m4')
  const large = await measurePackage(fakeProgram({ traced: false, ballast: 1000 }), 'cortex-m4')
  const looping = fakeProgram({ traced: false, fault: 'recursesForever' })
  const recursive = await measurePackage(looping, 'cortex-m4')
  if (isMissing(small) || isMissing(large) || isMissing(recursive)) throw new Error('no tools')
  t.equal(small.weightBytes, length)
  t.equal(large.weightBytes, length + 1000)
  t.equal(large.codeBytes, small.codeBytes)
  t.ok(recursive.codeBytes > small.codeBytes)
  t.equal(small.constantBytes, 0)
  t.match(recursive.stack, { bytes: null, reason: /recursive/ })
})

const disassembly = `
00000010 <thimble_x_invoke>:
  10:\tpush\t{r4, r5, r6, lr}
  12:\tsub\tsp, #24
  14:\tbl\t00000030 <kernel>
  18:\tbeq.n\t00000014 <thimble_x_invoke+0x4>
  1a:\tb.w\t00000050 <tail.constprop.0>

00000030 <kernel>:
  30:\tstmdb\tsp!, {r4, r5, r6, r7, r8, r9, r10, r11, lr}
  34:\tvpush\t{d8-d9}
  38:\tsub.w\tsp, sp, #512\t@ 0x200
  3c:\tblt.n\t00000030 <kernel>
  3e:\tbl\t00000060 <helper>

00000050 <tail.constprop.0>:
  50:\tstr.w\tlr, [sp, #-4]!
  54:\tbl\t00000060 <helper>

00000060 <helper>:
  60:\tbx\tlr
`

t.test('the stack bound adds frames along the deepest chain of calls', async t => {
  const kernel = 36 + 16 + 512
  const none = new Map<string, number>()
  t.same(boundStack(disassembly, none, 'thimble_x_invoke'), {
    bytes: 16 + 24 + kernel,
    path: ['thimble_x_invoke', 'kernel'],
    reason: '',
  })
  const usage = parseStackUsage([
    'a.c:1:2:kernel\t8\tstatic\na.c:9:1:tail\t4000\tstatic\n',
    'b.c:3:1:helper\t16\tdynamic,bounded\nb.c:3:1:other\t16\tdynamic\n',
  ])
  t.match(boundStack(disassembly, usage, 'thimble_x_invoke'), {
    bytes: 40 + 4000 + 16,
    path: ['thimble_x_invoke', 'tail.constprop.0', 'helper'],
  })
  t.match(boundStack(disassembly, none, 'absent'), { bytes: null, reason: /absent/ })
})

t.test('there is no stack bound over recursion, pointers or variable arrays', async t => {
  const change = (to: string): unknown => {
    const text = disassembly.replace('60:\tbx\tlr', `60:\t${to}`)
    return boundStack(text, new Map(), 'thimble_x_invoke')
  }
  t.match(change('bl\t00000030 <kernel>'), { bytes: null, reason: 'kernel is recursive' })
  t.match(change('blx\tr3'), {
    bytes: null,
    reason: /pointer/,
    path: [/invoke/, 'kernel', 'helper'],
  })
  t.match(change('sub\tsp, r3'), { bytes: null, reason: /variable size/ })
  t.match(change('b.n\t00000004 <outside>'), { bytes: null, reason: /leaves the program/ })
})

t.test('the doctor names every tool, found or with the way to get it', async t => {
  for (const row of await doctorReport()) {
    t.equal(row.found, row.path !== '')
    if (row.found) t.match(row.version, /\d+\.\d+/)
    t.match(row.howToGet, /apt-get install/)
    t.not(row.neededFor, '')
  }
})
