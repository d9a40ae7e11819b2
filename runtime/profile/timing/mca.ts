// Cycles of cores whose manuals have no table: throughput of each block by LLVM's machine code analyzer.

import { openWorkFolder, closeWorkFolder, writeFiles } from '../../hosts/work-folder.ts'
import { runTool } from '../../hosts/build.ts'
import { HostError, isMissing, tail } from '../../hosts/host-error.ts'
import { requireTools } from '../../hosts/toolchain.ts'
import type { Instruction } from '../disassembly.ts'
import { analyzerLines } from './mca-text.ts'
import type { BlockTiming, Timing } from './timing.ts'

export interface McaCore {
  readonly cpu: string
  readonly triple: string
}

/**
 * The block is run this often by the analyzer and the cycles divided: what it costs in a row of equal
 * ones, as in a loop. Blocks that are no loops are taken the same, for an in-order core goes on with the
 * next block as it would with the next round.
 */
const rounds = 100
/** Of any core here: the fetch after a taken branch that was predicted. */
const takenCycles = 1
/** Regions given to one run of the analyzer. */
const chunk = 400

/** Missing: llvm-mca. */
export function mcaTiming(core: McaCore): Timing {
  const known = new Map<string, number>()
  return async blocks => {
    const tools = requireTools('llvm-mca')
    if (isMissing(tools)) return tools
    const warnings: string[] = []
    const texts = blocks.map(block => analyzerLines(block).join('\n'))
    const wanted = [...new Set(texts)].filter(text => text !== '' && !known.has(text))
    const folder = await openWorkFolder('mca')
    try {
      for (let at = 0; at < wanted.length; at += chunk) {
        const analyzer = new Analyzer(tools['llvm-mca'], core, folder, warnings)
        const cycles = await analyzer.cycles(wanted.slice(at, at + chunk))
        cycles.forEach((value, i) => known.set(wanted[at + i]!, value))
      }
    } finally {
      await closeWorkFolder(folder)
    }
    const timed = texts.map((text, i) => share(known.get(text) ?? 0, blocks[i]!))
    return { blocks: timed, warnings: [...new Set(warnings)] }
  }
}

/** The analyzer times blocks; their instructions get equal parts. */
function share(cycles: number, block: readonly Instruction[]): BlockTiming {
  return { cycles: block.map(() => cycles / block.length), takenCycles }
}

class Analyzer {
  readonly #path: string
  readonly #core: McaCore
  readonly #folder: string
  readonly #warnings: string[]

  constructor(path: string, core: McaCore, folder: string, warnings: string[]) {
    this.#path = path
    this.#core = core
    this.#folder = folder
    this.#warnings = warnings
  }

  /** Per execution of each text. Throws HostError TH5105. */
  async cycles(texts: readonly string[]): Promise<readonly number[]> {
    const first = await this.#run(texts)
    if (first !== null) return first
    // Some instruction was refused: one by one finds out where.
    const [only = ''] = texts;
    if (texts.length > 1) {
      const half = texts.length >> 1
      return [
        ...(await this.cycles(texts.slice(0, half))),
        ...(await this.cycles(texts.slice(half))),
      ]
    }
    return [await this.#withoutRefused(only)]
  }

  async #withoutRefused(text: string): Promise<number> {
    const kept: string[] = []
    let refused = 0
    for (const line of text.split('\n')) {
      // Conditions need the instruction before them, which was tried already.
      if ((await this.#run([line.replace(/^it.*$/, 'nop')])) !== null) kept.push(line)
      else {
        refused++
        this.#warnings.push(
          `llvm-mca does not know '${line}' of ${this.#core.cpu}: counted as 1 cycle`,
        )
      }
    }
    if (kept.length === 0) return refused
    const rest = await this.#run([kept.join('\n')])
    if (rest === null) {
      this.#warnings.push(`llvm-mca fails on a block: 1 cycle for each of its instructions`)
      return kept.length + refused
    }
    return rest[0]! + refused
  }

  /** Null when the analyzer refuses the input or crashes on it. */
  async #run(texts: readonly string[]): Promise<readonly number[] | null> {
    const source = texts
      .map((text, i) => `# LLVM-MCA-BEGIN b${i}\n${text}\n# LLVM-MCA-END b${i}\n`)
      .join('')
    await writeFiles(this.#folder, new Map([['blocks.s', source]]))
    const views = ['-instruction-info=false', '-resource-pressure=false']
    const lenient = '-skip-unsupported-instructions=lack-sched'
    const target = [`-mtriple=${this.#core.triple}`, `-mcpu=${this.#core.cpu}`]
    const args = [...target, `-iterations=${rounds}`, ...views, lenient, 'blocks.s']
    const result = await runTool(this.#path, args, this.#folder)
    if (result.code === null && result.signal === null) {
      throw new HostError('TH5105', { tool: 'llvm-mca', detail: tail(result.stderr) })
    }
    if (result.code !== 0) return null
    const regions = result.stdout.split(/^\[\d+\] Code Region - b/m).slice(1)
    const found = regions.map(r => [Number.parseInt(r, 10), Number(total.exec(r)?.[1])] as const)
    const byNumber = new Map(found)
    // A region of instructions that cost nothing is left out of the answer.
    return texts.map((_, i) => (byNumber.get(i) ?? 0) / rounds)
  }
}

const total = /^Total Cycles:\s+(\d+)$/m
