// What a profile of a firmware says: exact counts, modelled core cycles, and where they went.

import type { ArmCore } from '../hosts/targets.ts'

/** Of one inference, or of a part of it. */
export interface Work {
  /** Executed instructions, exact. */
  readonly instructions: number
  /** Modelled cycles of the core with memory that never waits. */
  readonly cycles: number
}

export interface FunctionWork extends Work {
  readonly name: string
}

export interface LineWork extends Work {
  /** For example `kernels/conv2d/reference.kernel.ts`; '' for code that comes from no source line. */
  readonly file: string
  /** From 1 on. */
  readonly line: number
}

/** What the code of one owner of the call order did. */
export interface OperatorWork extends Work {
  /** The number used in the call order. */
  readonly operator: number
  readonly functions: readonly FunctionWork[]
}

/** Data accesses; instruction fetches and literal pools in flash count as reads of flash only when loaded. */
export interface MemoryWork {
  /** Name of the region; 'other' for everything outside of all. */
  readonly region: string
  readonly reads: number
  readonly readBytes: number
  readonly writes: number
  readonly writtenBytes: number
  /** Accesses at an address that is no multiple of their size. */
  readonly unaligned: number
}

/** A stretch of straight code as it was entered and left. */
export interface BlockWork {
  /** Function that it lies in. */
  readonly function: string
  readonly address: number
  readonly bytes: number
  readonly instructions: number
  readonly executed: number
  /** How often something else than the code right behind it followed. */
  readonly taken: number
  /** Modelled cycles of all executions together. */
  readonly cycles: number
}

export interface Profile extends Work {
  readonly core: ArmCore
  /** Machine of qemu-system-arm that ran the code. */
  readonly machine: string
  /** Stack of the inference as the firmware painted it; null when it printed none. */
  readonly stackBytes: number | null
  /** CRC-32 of the outputs as the firmware printed it; null when it printed none. */
  readonly output: string | null
  /** Most cycles first, as all lists here. */
  readonly functions: readonly FunctionWork[]
  /** Empty without debug information. */
  readonly lines: readonly LineWork[]
  /** In the order of their numbers; empty without a call order. */
  readonly operators: readonly OperatorWork[]
  /** The part of the function that runs the model, and of what it calls besides kernels. */
  readonly schedule: Work
  readonly transfers: Work
  /** Empty unless asked for. */
  readonly memory: readonly MemoryWork[]
  /** The same by owner of the call order; empty unless both were given. */
  readonly operatorMemory: readonly (MemoryWork & { readonly operator: number })[]
  readonly blocks: readonly BlockWork[]
  /** What the timing does not know and how it was counted, as sentences. */
  readonly warnings: readonly string[]
}

export interface MemoryRegion {
  readonly name: string
  readonly begin: number
  readonly end: number
}

/** `times` calls of kernels one after the other that belong to one operator. */
export interface CallRun {
  readonly operator: number
  readonly times: number
}

/** Who calls which kernels in which order, so that work can be told apart by operator. */
export interface CallOrder {
  /** Symbol of the function that runs the model. */
  readonly invoke: string
  /** Symbols of the functions it calls that are kernels. */
  readonly kernels: readonly string[]
  readonly calls: readonly CallRun[]
}

export interface ProfileOptions {
  readonly order?: CallOrder
  /** Count data accesses of these; several times slower. */
  readonly regions?: readonly MemoryRegion[]
  /** Attribute work to source lines; default true. */
  readonly lines?: boolean
  /** Limit for the emulation; default 300. */
  readonly timeoutSeconds?: number
}
