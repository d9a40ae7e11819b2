// Boards and cores: what a board file holds, and how much memory a program can use as one.

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
  /** It issues two instructions in a cycle, in their order: code is ordered for that. */
  readonly dualIssue?: boolean
  /** The manual that says so. */
  readonly source: string
}

/** `sram` holds data, `flash` code and constants; the rest is listed and not planned with. */
export type MemoryKind = 'sram' | 'flash' | 'itcm' | 'external'

export const memoryKinds: readonly MemoryKind[] = ['sram', 'flash', 'itcm', 'external']

export interface MemoryBank {
  readonly name: string
  readonly kind: MemoryKind
  readonly bytes: number
  /** Where it begins; left out where programs have no fixed addresses. */
  readonly address?: number
  /** A program can use it as one with the bank listed next. */
  readonly joinsNext?: boolean
  /** Bus cycles that an access takes beyond the first, at the board's clock; 0 unless given. */
  readonly waitStates?: number
  /** Core cycles for each cycle of the bus the bank is on; 1 unless given. */
  readonly busDivider?: number
  /** Tightly coupled to the core: no cache in front of it, and none needed. */
  readonly coupled?: boolean
  /** Bits that one access of the memory delivers; 32 unless given. */
  readonly fetchBits?: number
}

/** A cache, or the buffers of a flash accelerator. */
export interface Cache {
  readonly bytes: number
  readonly lineBytes: number
  /** Core cycles that filling a line takes beyond the wait states of the memory. */
  readonly fillCycles: number
  /** Kinds of banks behind it. */
  readonly covers: readonly MemoryKind[]
}

export interface Caches {
  readonly instruction: Cache | null
  readonly data: Cache | null
  /** `instruction` holds data too, and `data` is null. */
  readonly unified: boolean
  /** The next line of instructions is fetched while one is executed. */
  readonly prefetch: boolean
}

/** Where figures come from. */
export interface Source {
  /** Parts of the file, such as `clockHz`, `memory.sram1`, `memory.flash.waitStates`, `caches`. */
  readonly of: readonly string[]
  readonly document: string
  /**
   * Read in the document, a public copy or summary of it, or the maker's own code; false where the
   * figure was written down from memory or the document leaves it open.
   */
  readonly confirmed: boolean
}

export interface Board {
  readonly name: string
  /** What the board is for people; the name unless given. */
  readonly title?: string
  readonly core: string
  /** 0 when the board has no fixed clock (simulators, hosts). */
  readonly clockHz: number
  readonly memory: readonly MemoryBank[]
  /** Left out where there are none. */
  readonly caches?: Caches
  /** Machine of qemu-system-arm that stands for the board, if there is one. */
  readonly qemu: string | null
  /** Every figure has one; of two the one that names it more closely counts. */
  readonly sources: readonly Source[]
}

/** Banks of a kind that a program can use as one, in the order of the file. */
export function regions(board: Board, kind: MemoryKind): readonly (readonly MemoryBank[])[] {
  const result: MemoryBank[][] = []
  let region: MemoryBank[] = []
  let joined = false
  for (const bank of board.memory.filter(each => each.kind === kind)) {
    if (!joined) result.push((region = []))
    region.push(bank)
    joined = bank.joinsNext === true
  }
  return result
}

export function bytesOf(banks: readonly MemoryBank[]): number {
  return banks.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The largest region of a kind; empty where there is none. */
export function largestRegion(board: Board, kind: MemoryKind): readonly MemoryBank[] {
  const largest = (best: readonly MemoryBank[], each: readonly MemoryBank[]) =>
    bytesOf(each) > bytesOf(best) ? each : best
  return regions(board, kind).reduce(largest, [])
}

/** Bytes of a kind that a program can use as one: those of the largest region. */
export function memoryBytes(board: Board, kind: MemoryKind): number {
  return bytesOf(largestRegion(board, kind))
}

/** Bytes of all banks of a kind, whether they adjoin or not. */
export function totalBytes(board: Board, kind: MemoryKind): number {
  return bytesOf(board.memory.filter(bank => bank.kind === kind))
}

/** The source of a figure, the one that names it most closely; null where none does. */
export function sourceOf(board: Board, figure: string): Source | null {
  const covers = (path: string): boolean => figure === path || figure.startsWith(`${path}.`)
  let best: Source | null = null
  let length = -1
  for (const source of board.sources) {
    for (const path of source.of) {
      if (covers(path) && path.length > length) [best, length] = [source, path.length]
    }
  }
  return best
}

/** Every figure of a board as a path: what must have a source. */
export function figuresOf(board: Board): readonly string[] {
  const ofBank = (bank: MemoryBank): readonly string[] =>
    Object.keys(bank)
      .filter(key => key !== 'name' && key !== 'kind')
      .map(key => `memory.${bank.name}.${key}`)
  return [
    'clockHz',
    ...board.memory.flatMap(ofBank),
    ...(board.caches === undefined ? [] : ['caches']),
  ]
}

/** The figures of a board that were not read in a document. */
export function unconfirmedFigures(board: Board): readonly string[] {
  return figuresOf(board).filter(figure => sourceOf(board, figure)?.confirmed !== true)
}
