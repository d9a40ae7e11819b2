// Rewrites disassembled instructions into what LLVM's assembler and analyzer accept.

import type { Instruction } from '../disassembly.ts'

/** The lines for a block: mostly one per instruction, two for an access that moves its base. */
export function analyzerLines(block: readonly Instruction[]): readonly string[] {
  return block.flatMap(instruction => analyzerText(instruction))
}

function analyzerText({ mnemonic, operands }: Instruction): readonly string[] {
  // The width was the assembler's choice; LLVM refuses some of the explicit ones.
  const name = mnemonic.replace(/\.[nw]$/, '')
  const condition = conditionOf(name)
  // LLVM has no timing for IT either; it puts them back where conditions need them, and skips them.
  if (/^it[te]{0,3}$/.test(name)) return []
  // Loops of Armv8.1-M have no timing in LLVM: their ends are counted like other branches.
  if (/^(dls|wls)$/.test(name)) return [`mov ${operands.split(',').slice(0, 2).join(',')}`]
  if (name === 'le') return ['nop']
  // Calls are jumps here: the analyzer takes them for 100 cycles.
  if (/^blx?$/.test(name)) return [operands.startsWith('r') ? `bx ${operands}` : 'b target']
  if (isBranch(name)) return [`${name} ${operands.replace(/\b[0-9a-f]+ <[^>]*>/, 'target')}`]
  const post = /^(.*)\[([a-z]+\d*)\],\s*(.+)$/.exec(operands)
  if (post !== null && isAccess(name)) {
    const [, value = '', base = '', step = ''] = post
    return [`${name} ${value}[${base}]`, moved(base, step, condition)]
  }
  const pre = /^(.*)\[([a-z]+\d*),\s*(.+)\]!$/.exec(operands)
  if (pre !== null && isAccess(name)) {
    const [, value = '', base = '', step = ''] = pre
    return [`${name} ${value}[${base}, ${step}]`, moved(base, step, condition)]
  }
  return [`${name} ${operands}`.trim()]
}

function isBranch(name: string): boolean {
  return /^(bl?(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?|cbn?z)$/.test(name)
}

function isAccess(name: string): boolean {
  return /^v?(ldr|str)/.test(name)
}

/** `ldreq` in an IT block: the add goes by the same condition, which LLVM wants to see. */
function conditionOf(name: string): string {
  const match = /^(?:ldr|str)(?:s?[bh]|d)?(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)$/
  return match.exec(name)?.[1] ?? ''
}

function moved(base: string, step: string, condition: string): string {
  const negative = /^#-(\d+)/.exec(step)
  if (negative !== null) return `sub${condition} ${base}, ${base}, #${negative[1] ?? ''}`
  return `add${condition} ${base}, ${base}, ${step}`
}
