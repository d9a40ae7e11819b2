// Reads the disassembly of an ELF file: its instructions by address, and which function each is in.

export interface Instruction {
  readonly address: number
  readonly bytes: number
  /** As objdump prints them, `ldr.w` and `r3, [r1], #4`, without its remarks. */
  readonly mnemonic: string
  readonly operands: string
}

export interface CodeSymbol {
  readonly name: string
  readonly address: number
  /** Address behind its last instruction or literal. */
  readonly end: number
}

export interface Disassembly {
  readonly instructions: ReadonlyMap<number, Instruction>
  readonly symbols: ReadonlyMap<string, CodeSymbol>
  /** Name of the function at an address; '' where there is none. */
  readonly functionAt: (address: number) => string
}

type OpenSymbol = { -readonly [Field in keyof CodeSymbol]: CodeSymbol[Field] }

/** Of `objdump -d`. Symbols with one address (aliases) keep the name objdump prints. */
export function parseDisassembly(text: string): Disassembly {
  const instructions = new Map<number, Instruction>()
  const found: OpenSymbol[] = []
  let current: OpenSymbol | null = null
  for (const line of text.split('\n')) {
    const label = /^([0-9a-f]{8,16}) <(.+)>:$/.exec(line)
    if (label !== null) {
      const address = parseInt(label[1] ?? '', 16)
      current = { name: label[2] ?? '', address, end: address }
      found.push(current)
      continue
    }
    const match = /^\s*([0-9a-f]+):\t([0-9a-f ]+)\t(\S+)(?:\t(.*))?$/.exec(line)
    if (match === null) continue
    const [, at = '', code = '', mnemonic = '', rest = ''] = match
    const address = parseInt(at, 16)
    const bytes = code.replaceAll(' ', '').length / 2
    if (current !== null) current.end = address + bytes
    const operands = rest.replace(/\s*[;@].*$/, '').trim()
    // Literal pools, and bytes that are no instruction.
    if (mnemonic.startsWith('.')) continue
    instructions.set(address, { address, bytes, mnemonic, operands })
  }
  found.sort((a, b) => a.address - b.address)
  const symbols = new Map(found.map(symbol => [symbol.name, symbol]))
  return { instructions, symbols, functionAt: address => nameAt(found, address) }
}

function nameAt(found: readonly CodeSymbol[], address: number): string {
  let [low, high] = [0, found.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (found[middle]!.address <= address) low = middle + 1
    else high = middle
  }
  const symbol = found[low - 1]
  return symbol !== undefined && address < symbol.end ? symbol.name : ''
}

/** The instructions of a block; shorter than `count` when objdump took some of them for data. */
export function instructionsOf(
  { instructions }: Disassembly,
  address: number,
  count: number,
): readonly Instruction[] {
  const list: Instruction[] = []
  let at = address
  for (let i = 0; i < count; i++) {
    const next = instructions.get(at)
    if (next === undefined) break
    list.push(next)
    at += next.bytes
  }
  return list
}
