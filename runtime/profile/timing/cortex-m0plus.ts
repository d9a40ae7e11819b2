// Cycles of the Cortex-M0+ by the table of its manual (Arm DDI 0484C, table 3-1), single-cycle multiplier.

import type { Instruction } from '../disassembly.ts'
import { baseName, listedRegisters, writesPc } from './mnemonic.ts'
import { Unknowns, type BlockTiming, type Timing } from './timing.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const single = words(`
  mov mvn add adr sub adc sbc rsb neg mul cmp cmn and eor orr bic tst lsl lsr asr ror sxtb sxth uxtb uxth
  rev rev16 revsh nop cpsie cpsid cpy sev yield
`)
const accesses = words('ldr ldrb ldrh ldrsb ldrsh str strb strh')
const multiples = words('ldm ldmia ldmfd stm stmia stmea push pop')
const branches = words('b bl bx blx')
const slow = words('mrs msr dmb dsb isb')

const isKnown = (name: string): boolean =>
  [single, accesses, multiples, branches, slow].some(set => set.has(name))

/** Never missing a tool: the table is all it needs. */
export const cortexM0PlusTiming: Timing = blocks => {
  const unknowns = new Unknowns()
  const timed = blocks.map(block => timeBlock(block, unknowns))
  return Promise.resolve({ blocks: timed, warnings: unknowns.warnings('Cortex-M0+') })
}

function timeBlock(block: readonly Instruction[], unknowns: Unknowns): BlockTiming {
  const names = block.map(instruction => {
    const name = baseName(instruction.mnemonic, isKnown)
    if (name === null) unknowns.add(instruction)
    return name
  })
  const cycles = names.map((name, i) => (name === null ? 1 : cyclesOf(name, block[i]!.operands)))
  const last = names.at(-1) ?? ''
  return { cycles, takenCycles: takenCycles(last, block.at(-1)?.operands ?? '') }
}

function cyclesOf(name: string, operands: string): number {
  if (accesses.has(name)) return 2
  if (multiples.has(name)) return 1 + listedRegisters(operands)
  return slow.has(name) ? 3 : 1
}

/** B, BX, BLX and moves to the pc take 2 when taken, BL 3, POP with the pc 3 + N. */
function takenCycles(name: string, operands: string): number {
  return name === 'bl' || (name === 'pop' && writesPc(name, operands)) ? 2 : 1
}
