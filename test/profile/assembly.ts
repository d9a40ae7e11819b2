// Small assembly programs with the two marks, assembled and linked for a machine of QEMU.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ArmCore } from '../../runtime/hosts/targets.ts'

/** Addresses of readable and writable memory on the machine of each core. */
const ram: Readonly<Record<ArmCore, number>> = {
  'cortex-m0plus': 0x2000_0000,
  'cortex-m4': 0x2000_0000,
  'cortex-m33': 0x2000_0000,
  'cortex-m7': 0x2000_0000,
  'cortex-m55': 0x2000_0000,
}

/**
 * An ELF file that runs `body` once between the marks. Before it, r6 and r7 hold addresses of words in RAM
 * that hold r6 themselves, and the FPU is on.
 */
export function assemble(core: ArmCore, body: string, more = ''): Uint8Array {
  const start = ram[core]
  const fpu =
    core === 'cortex-m0plus' ? '' : 'ldr r0, =0xE000ED88\nldr r1, =0xF00000\nstr r1, [r0]\n'
  const text = `.syntax unified
.thumb
.text
.word ${start + 0x8000}
.word start + 1
.global start, thimble_roi_begin, thimble_roi_end
.type start, %function
start:
${fpu}ldr r6, =${start + 0x100}
ldr r7, =${start + 0x200}
str r6, [r6]
str r6, [r6, #4]
str r6, [r7]
movs r5, #3
bl thimble_roi_begin
${body}
bl thimble_roi_end
movs r0, #0x18
ldr r1, =0x20026
bkpt 0xAB
.ltorg
.type thimble_roi_begin, %function
thimble_roi_begin:
bx lr
.type thimble_roi_end, %function
thimble_roi_end:
bx lr
${more}
`
  const folder = mkdtempSync(join(tmpdir(), 'thimble-assembly-'))
  try {
    writeFileSync(join(folder, 'a.s'), text)
    const float =
      core === 'cortex-m0plus' ? ['-mfloat-abi=soft'] : ['-mfloat-abi=hard', '-mfpu=auto']
    const flags = [`-mcpu=${core}`, ...float, '-nostdlib', '-Wl,-Ttext=0', '-Wl,--entry=start']
    execFileSync('arm-none-eabi-gcc', [...flags, 'a.s', '-o', 'a.elf'], { cwd: folder })
    return readFileSync(join(folder, 'a.elf'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
