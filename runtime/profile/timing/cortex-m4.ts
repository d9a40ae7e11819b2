// Cycles of the Cortex-M4 (and M33) by the table of its manual, with pipelined loads; docs/measuring.md explains.

import type { Instruction } from '../disassembly.ts'
import { addressRegisters, baseName, firstRegister, listedRegisters, writesPc } from './mnemonic.ts'
import { Unknowns, type BlockTiming, type Timing } from './timing.ts'

/**
 * Arm 100166 (Cortex-M4 TRM r0p1), table 3-1: P, the refill of the pipeline, is 1 to 3; the middle is
 * taken for every branch.
 */
const refill = 2
/** The same table: 2 to 12 by the values; 7 is the middle. */
const division = 7

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** One cycle each: table 3-1 (moves to clz, saturation, extension, bit fields) and 3-2 (DSP). */
const single = words(`
  mov movw movt mvn add addw sub subw adc sbc rsb neg adr mul mla mls smull umull smlal umlal umaal
  ssat usat cmp cmn and eor orr orn bic tst teq lsl lsr asr ror rrx clz rbit rev rev16 revsh cpy
  sxtb sxth uxtb uxth sxtab sxtah uxtab uxtah sxtb16 uxtb16 sxtab16 uxtab16 bfc bfi sbfx ubfx
  ssat16 usat16 qadd qsub qdadd qdsub qadd8 qadd16 qsub8 qsub16 qasx qsax uqadd8 uqadd16 uqsub8 uqsub16
  uqasx uqsax sadd8 sadd16 ssub8 ssub16 sasx ssax uadd8 uadd16 usub8 usub16 uasx usax shadd8 shadd16
  shsub8 shsub16 shasx shsax uhadd8 uhadd16 uhsub8 uhsub16 uhasx uhsax pkhbt pkhtb sel usad8 usada8
  smlabb smlabt smlatb smlatt smulbb smulbt smultb smultt smlawb smlawt smulwb smulwt smlad smladx
  smlsd smlsdx smuad smuadx smusd smusdx smlald smlaldx smlsld smlsldx smlalbb smlalbt smlaltb smlaltt
  smmla smmlar smmls smmlsr smmul smmulr nop mrs msr cpsie cpsid dmb dsb isb
  vabs vadd vcmp vcmpe vcvt vcvtr vmov vmrs vmsr vmul vneg vnmul vsub fmstat
`)
const loads = words('ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht ldrex ldrexb ldrexh')
const stores = words('str strb strh strt strbt strht strex strexb strexh')
const multiples = words(
  'ldm ldmia ldmdb ldmfd ldmea stm stmia stmdb stmfd stmea push pop ldrd strd',
)
const vectorMultiples = words('vldm vldmia vldmdb vstm vstmia vstmdb vpush vpop')
const branches = words('b bl bx blx cbz cbnz')

/** Arm 100166, table 7-1 (FPU); also ITs and table branches of table 3-1. */
const others: Readonly<Record<string, number>> = {
  sdiv: division,
  udiv: division,
  tbb: 2,
  tbh: 2,
  vdiv: 14,
  vsqrt: 14,
  ...Object.fromEntries(
    [...words('vfma vfms vfnma vfnms vmla vmls vnmla vnmls')].map(name => [name, 3]),
  ),
}

const isIt = (name: string): boolean => /^it[te]{0,3}$/.test(name)

const isKnown = (name: string): boolean =>
  [single, loads, stores, multiples, vectorMultiples, branches].some(set => set.has(name)) ||
  Object.hasOwn(others, name) ||
  /^v(ldr|str)$/.test(name) ||
  isIt(name)

interface Decoded {
  readonly name: string
  readonly instruction: Instruction
}

/** Never missing a tool: the tables are all it needs. */
export const cortexM4Timing: Timing = blocks => {
  const unknowns = new Unknowns()
  const timed = blocks.map(block => timeBlock(block, unknowns))
  return Promise.resolve({ blocks: timed, warnings: unknowns.warnings('Cortex-M4') })
}

function timeBlock(block: readonly Instruction[], unknowns: Unknowns): BlockTiming {
  let previous: Decoded | null = null
  const cycles = block.map(instruction => {
    const name = baseName(instruction.mnemonic, isKnown)
    if (name === null) {
      unknowns.add(instruction)
      previous = null
      return 1
    }
    const own = cyclesOf({ name, instruction }, previous)
    previous = { name, instruction }
    return own
  })
  return { cycles, takenCycles: refill }
}

function cyclesOf({ name, instruction }: Decoded, previous: Decoded | null): number {
  const { operands } = instruction
  if (stores.has(name)) return 1
  if (loads.has(name)) return pipelines(previous, operands) ? 1 : 2
  if (multiples.has(name)) return 1 + (name.endsWith('rd') ? 2 : listedRegisters(operands))
  if (vectorMultiples.has(name)) {
    return 1 + (/\{\s*d/.test(operands) ? 2 : 1) * listedRegisters(operands)
  }
  if (/^v(ldr|str)$/.test(name)) return operands.startsWith('d') ? 3 : 2
  // Table 7-1: a move between two core registers and a double or two singles.
  if (name === 'vmov') return /^(d\d+|r\d+|[a-z]{2}|s\d+),.*,/.test(operands) ? 2 : 1
  // Folded behind a 16-bit instruction, the manual says, but not when: counted as not folded.
  return others[name] ?? 1
}

/**
 * Section 3.3.2: a load next to a load or store overlaps with it, unless its address needs what that
 * loads; nothing overlaps with a store whose address has a register offset. Base updates are no obstacle
 * here.
 */
function pipelines(previous: Decoded | null, operands: string): boolean {
  if (previous === null) return false
  const { name, instruction } = previous
  if (stores.has(name)) return addressRegisters(instruction.operands).length < 2
  if (!loads.has(name) || writesPc(name, instruction.operands)) return false
  return !addressRegisters(operands).includes(firstRegister(instruction.operands))
}
