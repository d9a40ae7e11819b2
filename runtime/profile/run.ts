// Runs a firmware in QEMU under the plugin and reads the counts it leaves.

import { checkRun } from '../hosts/exit-codes.ts'
import { HostError } from '../hosts/host-error.ts'
import { runProcess } from '../hosts/process.ts'
import { readResult, writeFiles } from '../hosts/work-folder.ts'
import { qemuCommand } from '../hosts/qemu.ts'
import type { Machine } from '../hosts/targets.ts'
import type { CallOrder, MemoryRegion } from './profile.ts'

/** Owners in the counts: the model's own function, what else it calls, then those of the call order. */
export const ownOwner = 0
export const otherOwner = 1
export const firstOwner = 2

export interface BlockCount {
  readonly address: number
  readonly instructions: number
  readonly bytes: number
  readonly owner: number
  readonly executed: number
  readonly taken: number
}

export interface MemoryCount {
  /** Position in the regions; one more for everything else. */
  readonly region: number
  readonly owner: number
  readonly reads: number
  readonly readBytes: number
  readonly writes: number
  readonly writtenBytes: number
  readonly unaligned: number
}

export interface Counts {
  readonly blocks: readonly BlockCount[]
  readonly memory: readonly MemoryCount[]
  /** Calls of kernels that were seen, and that the call order lists. */
  readonly calls: { readonly seen: number; readonly listed: number }
  /** What the firmware printed. */
  readonly printed: string
}

export interface RunInput {
  readonly qemu: string
  readonly plugin: string
  readonly machine: Machine
  /** Where `program.elf` lies and files may be written. */
  readonly folder: string
  readonly symbols: ReadonlyMap<string, { readonly address: number; readonly end: number }>
  readonly order: CallOrder | null
  readonly regions: readonly MemoryRegion[]
  readonly timeoutSeconds: number
}

/** Throws HostError TH5105, TH6104 to TH6106 or TH6111. */
export async function countBlocks(input: RunInput): Promise<Counts> {
  const { folder, machine, timeoutSeconds } = input
  await writeFiles(folder, new Map([['control.txt', controlText(input)]]))
  // Paths with a comma would end the option: the plugin's own files are named in its working folder.
  const plugin = ['-plugin', `${input.plugin},control=control.txt,out=counts.txt`]
  const [command, ...args] = qemuCommand(input.qemu, machine, elfName)
  const result = await runProcess(command, [...args, ...plugin], { cwd: folder, timeoutSeconds })
  checkRun(result, `qemu ${machine}`, timeoutSeconds)
  const text = new TextDecoder().decode(await readResult(folder, 'counts.txt'))
  return { ...parseCounts(text), printed: result.stdout + result.stderr }
}

export const elfName = 'program.elf'

function controlText({ symbols, order, regions }: RunInput): string {
  const address = (name: string): string => hex(requireSymbol(symbols, name).address)
  const lines = [`begin ${address('thimble_roi_begin')}`, `end ${address('thimble_roi_end')}`]
  for (const { begin, end } of regions) lines.push(`region ${hex(begin)} ${hex(end)}`)
  if (order !== null) {
    const invoke = requireSymbol(symbols, order.invoke)
    lines.push(`invoke ${hex(invoke.address)} ${hex(invoke.end)}`)
    for (const name of order.kernels) lines.push(`kernel ${address(name)}`)
    for (const { operator, times } of order.calls) lines.push(`call ${times} ${operator}`)
  }
  return `${lines.join('\n')}\n`
}

function requireSymbol(
  symbols: RunInput['symbols'],
  name: string,
): { readonly address: number; readonly end: number } {
  const symbol = symbols.get(name)
  if (symbol === undefined) throw new HostError('TH6111', { symbol: name })
  return symbol
}

const hex = (value: number): string => value.toString(16)

function parseCounts(text: string): Omit<Counts, 'printed'> {
  const blocks: BlockCount[] = []
  const memory: MemoryCount[] = []
  let calls = { seen: 0, listed: 0 }
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.split(' ')
    if (word === 'block') blocks.push(blockOf(rest))
    else if (word === 'memory') memory.push(memoryOf(rest.map(Number)))
    else if (word === 'calls') calls = { seen: Number(rest[0]), listed: Number(rest[1]) }
  }
  // The plugin walks its own table; addresses give an order that says nothing about it.
  blocks.sort((a, b) => a.address - b.address || a.bytes - b.bytes || a.owner - b.owner)
  return { blocks, memory, calls }
}

function blockOf([address = '', ...numbers]: readonly string[]): BlockCount {
  const [instructions = 0, bytes = 0, owner = 0, executed = 0, taken = 0] = numbers.map(Number)
  return { address: parseInt(address, 16), instructions, bytes, owner, executed, taken }
}

function memoryOf(numbers: readonly number[]): MemoryCount {
  const [region = 0, owner = 0, reads = 0, readBytes = 0, ...rest] = numbers
  const [writes = 0, writtenBytes = 0, unaligned = 0] = rest
  return { region, owner, reads, readBytes, writes, writtenBytes, unaligned }
}
