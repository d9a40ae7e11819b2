// Splits mnemonics and operands of the Thumb instruction set as objdump prints them.

const conditions = 'eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al'
const condition = new RegExp(`^(.+?)(${conditions})$`)

/**
 * The instruction's name without width, condition, data types and the s of flag setting, as far as `known`
 * needs it: names that are known are not split (`bls` is a branch, `mls` is not).
 */
export function baseName(mnemonic: string, known: (name: string) => boolean): string | null {
  const plain = mnemonic.replace(/\.[nw]$/, '').split('.')[0] ?? ''
  const unconditional = condition.exec(plain)?.[1]
  const withoutFlags = plain.replace(/s$/, '')
  const both = unconditional?.replace(/s$/, '')
  const names = [plain, unconditional, withoutFlags, both]
  return names.find(name => name !== undefined && known(name)) ?? null
}

/** Registers inside brackets: what an address is made of. */
export function addressRegisters(operands: string): readonly string[] {
  const inside = /\[([^\]]*)\]/.exec(operands)?.[1] ?? ''
  return inside.split(',').flatMap(part => /^\s*([a-z]{2}|r\d+)\b/.exec(part)?.[1] ?? [])
}

/** The register named first, which loads write. */
export function firstRegister(operands: string): string {
  return /^\s*([a-z]+\d*)/.exec(operands)?.[1] ?? ''
}

/** Registers in `{r4, r5, r8-r11, lr}`. */
export function listedRegisters(operands: string): number {
  const list = /\{(.*)\}/.exec(operands)?.[1] ?? ''
  return list.split(',').reduce((sum, part) => {
    const range = /[a-z](\d+)-[a-z](\d+)/.exec(part)
    return sum + (range === null ? 1 : Number(range[2]) - Number(range[1]) + 1)
  }, 0)
}

/** Whether a load or a computation ends in the program counter. */
export function writesPc(name: string, operands: string): boolean {
  if (/^(pop|ldm)/.test(name)) return /\bpc\b[^,]*\}/.test(operands)
  return firstRegister(operands) === 'pc' && !/^(cmp|cmn|tst|teq|str)/.test(name)
}
