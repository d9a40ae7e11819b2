// Boards and cores: what a board file holds, and the check that it makes sense.

export type Feature = 'base' | 'dsp' | 'mve'

/** An instruction set to compile for. */
export interface Core {
  readonly name: string
  /** Arm architecture, such as `armv7e-m`; `host` for the machine that compiles. */
  readonly architecture: string
  /** Instruction groups the core has; a kernel variant needs one of them. */
  readonly features: readonly Feature[]
  /** gcc flags that select the core; empty for the machine that compiles. */
  readonly gccFlags: readonly string[]
  /** The same for clang, with its target triple. */
  readonly clangFlags: readonly string[]
  /** The manual that says so. */
  readonly source: string
}

export interface MemoryBank {
  readonly name: string
  readonly kind: 'sram' | 'flash'
  readonly bytes: number
}

export interface Board {
  readonly name: string
  readonly core: string
  /** 0 when the board has no fixed clock (simulators, hosts). */
  readonly clockHz: number
  readonly memory: readonly MemoryBank[]
  /** Machine of qemu-system-arm that stands for the board, if there is one. */
  readonly qemu: string | null
  /** Where the figures come from. */
  readonly source: string
}

/** Bytes of all banks of a kind. Boards list only banks that a program can use as one. */
export function memoryBytes(board: Board, kind: MemoryBank['kind']): number {
  return board.memory.filter(bank => bank.kind === kind).reduce((sum, b) => sum + b.bytes, 0)
}

/** What is wrong with a board file, as sentences; empty when it is sound. */
export function validateBoard(board: Board, cores: ReadonlyMap<string, Core>): readonly string[] {
  const problems: string[] = []
  if (!/^[a-z0-9][a-z0-9-]*$/.test(board.name))
    problems.push(`name '${board.name}' is not kebab-case`)
  if (!cores.has(board.core)) problems.push(`core '${board.core}' is not known`)
  if (!Number.isInteger(board.clockHz) || board.clockHz < 0) problems.push('clockHz is not a count')
  if (board.source.trim() === '') problems.push('the source of the figures is missing')
  for (const bank of board.memory) {
    if (!Number.isInteger(bank.bytes) || bank.bytes <= 0) problems.push(`${bank.name}: no bytes`)
  }
  const names = new Set(board.memory.map(bank => bank.name))
  if (names.size !== board.memory.length) problems.push('two banks have one name')
  for (const kind of ['sram', 'flash'] as const) {
    if (memoryBytes(board, kind) === 0) problems.push(`no ${kind}`)
  }
  return problems
}
