// Profiles a firmware: exact counts from QEMU, cycles from a model of the core, by function, line, operator.

import { runTool } from '../hosts/build.ts'
import type { Missing } from '../hosts/host.ts'
import { HostError, isMissing, tail } from '../hosts/host-error.ts'
import { machines, type ArmCore, type Machine } from '../hosts/targets.ts'
import { requireTools } from '../hosts/toolchain.ts'
import { closeWorkFolder, openWorkFolder, writeFiles } from '../hosts/work-folder.ts'
import { attribute, type TimedBlock } from './attribute.ts'
import {
  instructionsOf,
  parseDisassembly,
  type Disassembly,
  type Instruction,
} from './disassembly.ts'
import { joinBlocks } from './join.ts'
import { sourceLines, type SourceLine } from './lines.ts'
import { profilePlugin } from './plugin.ts'
import type { MemoryWork, Profile, ProfileOptions } from './profile.ts'
import { countBlocks, elfName, firstOwner, type Counts, type MemoryCount } from './run.ts'
import { timings } from './timing/index.ts'
import { plural } from './timing/timing.ts'

export * from './profile.ts'

const defaultTimeoutSeconds = 300

/**
 * Profiles what runs between `thimble_roi_begin` and `thimble_roi_end` of a firmware linked for the
 * machine of its core (`buildCoreFirmware`). Instructions are exact and the same in every run; cycles are modelled
 * (docs/measuring.md) with memory that never waits.
 *
 * Throws HostError TH5102 to TH5106 (tools), TH6104 to TH6106 (the run), TH6111 (no such symbol).
 */
export async function profileFirmware(
  elf: Uint8Array,
  core: ArmCore,
  options: ProfileOptions = {},
): Promise<Profile | Missing> {
  const tools = requireTools('arm-none-eabi-objdump', 'arm-none-eabi-addr2line', 'qemu-system-arm')
  if (isMissing(tools)) return tools
  const plugin = await profilePlugin()
  if (typeof plugin !== 'string') return plugin
  const folder = await openWorkFolder('profile')
  try {
    await writeFiles(folder, new Map([[elfName, elf]]))
    const code = await disassemble(tools['arm-none-eabi-objdump'], core, folder)
    const machine = machines[core]
    const cut = await countBlocks({
      ...{ qemu: tools['qemu-system-arm'], plugin, machine, folder, symbols: code.symbols },
      order: options.order ?? null,
      regions: options.regions ?? [],
      timeoutSeconds: options.timeoutSeconds ?? defaultTimeoutSeconds,
    })
    const counts = { ...cut, blocks: joinBlocks(cut.blocks, code) }
    const lines =
      options.lines === false
        ? new Map<number, SourceLine>()
        : await linesOf(tools['arm-none-eabi-addr2line'], folder, code, counts)
    return await profileOf(core, machine, code, counts, lines, options)
  } finally {
    await closeWorkFolder(folder)
  }
}

async function disassemble(objdump: string, core: ArmCore, folder: string): Promise<Disassembly> {
  // A linked file does not say that it has vector instructions, which are coprocessor loads without them.
  const machine = core === 'cortex-m55' ? ['-m', 'armv8.1-m.main'] : []
  const result = await runTool(objdump, ['-d', '-w', ...machine, elfName], folder)
  if (result.code === 0) return parseDisassembly(result.stdout)
  throw new HostError('TH5105', { tool: 'arm-none-eabi-objdump', detail: tail(result.stderr) })
}

function linesOf(
  addr2line: string,
  folder: string,
  code: Disassembly,
  { blocks }: Counts,
): Promise<ReadonlyMap<number, SourceLine>> {
  const addresses = new Set<number>()
  for (const { address, instructions } of blocks) {
    for (const each of instructionsOf(code, address, instructions)) addresses.add(each.address)
  }
  return sourceLines(addr2line, folder, elfName, [...addresses])
}

async function profileOf(
  core: ArmCore,
  machine: Machine,
  code: Disassembly,
  counts: Counts,
  lines: ReadonlyMap<number, SourceLine>,
  { order, regions = [] }: ProfileOptions,
): Promise<Profile | Missing> {
  const codes = counts.blocks.map(b => instructionsOf(code, b.address, b.instructions))
  const timed = await timings[core](codes)
  if (isMissing(timed)) return timed
  const blocks = counts.blocks.map((count, i): TimedBlock => {
    const instructions = codes[i]!
    // By addresses alone, a jump to what lies right behind it looks like going on.
    const taken = endsInJump(instructions) ? count.executed : count.taken
    return { count: { ...count, taken }, code: instructions, timing: timed.blocks[i]! }
  })
  const operators = order?.calls.reduce((most, c) => Math.max(most, c.operator + 1), 0) ?? 0
  const memory = (owned: readonly MemoryCount[]): readonly MemoryWork[] =>
    [...regions.map(region => region.name), 'other'].map((name, i) =>
      sumMemory(
        name,
        owned.filter(m => m.region === i),
      ),
    )
  const wanted = regions.length > 0
  return {
    core,
    machine,
    ...attribute(blocks, code, lines, operators),
    stackBytes: numberOf(/^stack (\d+)$/m.exec(counts.printed)),
    output: /^output ([0-9a-f]+)$/m.exec(counts.printed)?.[1] ?? null,
    memory: wanted ? memory(counts.memory) : [],
    operatorMemory: Array.from({ length: wanted ? operators : 0 }, (_, operator) =>
      memory(counts.memory.filter(m => m.owner === firstOwner + operator)).map(work => ({
        operator,
        ...work,
      })),
    ).flat(),
    warnings: [...timed.warnings, ...codeWarnings(counts, codes), ...callWarnings(counts)],
  }
}

function endsInJump(code: readonly Instruction[]): boolean {
  return /^(b|bl|bx|blx|tbb|tbh)(\.[nw])?$/.test(code.at(-1)?.mnemonic ?? '')
}

function sumMemory(region: string, counts: readonly MemoryCount[]): MemoryWork {
  const sum = (of: (count: MemoryCount) => number): number =>
    counts.reduce((total, count) => total + of(count), 0)
  return {
    region,
    reads: sum(c => c.reads),
    readBytes: sum(c => c.readBytes),
    writes: sum(c => c.writes),
    writtenBytes: sum(c => c.writtenBytes),
    unaligned: sum(c => c.unaligned),
  }
}

function codeWarnings({ blocks }: Counts, codes: readonly (readonly unknown[])[]): string[] {
  const short = blocks.filter((b, i) => codes[i]!.length < b.instructions)
  if (short.length === 0) return []
  return [
    `the disassembler takes the code of ${plural(short.length, 'block')} for data: 1 cycle per instruction`,
  ]
}

function callWarnings({ calls: { seen, listed } }: Counts): readonly string[] {
  if (seen === listed || listed === 0) return []
  return [`${seen} kernel calls ran where the schedule has ${listed}: operators are not told apart`]
}

function numberOf(match: RegExpExecArray | null): number | null {
  return match === null ? null : Number(match[1])
}
