// Cycles of cores whose manuals have no table: throughput of each block by LLVM's machine code analyzer.

import { openWorkFolder, closeWorkFolder, writeFiles } from '../../hosts/work-folder.ts'
import { runTool } from '../../hosts/build.ts'
import { isMissing } from '../../hosts/host-error.ts'
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

/** Of one execution of a block, as often as it is asked for. */
interface Analyzed {
  readonly cycles: number
  readonly warnings: readonly string[]
}

/** Missing: llvm-mca. */
export function mcaTiming(core: McaCore): Timing {
  const known = new Map<string, Analyzed>()
  return async blocks => {
    const tools = requireTools('llvm-mca')
    if (isMissing(tools)) return tools
    const texts = blocks.map(block => analyzerLines(block).join('\n'))
    const wanted = [...new Set(texts)].filter(text => text !== '' && !known.has(text))
    const folder = await openWorkFolder('mca')
    try {
      const analyzer = new Analyzer(tools['llvm-mca'], core, folder)
      for (let at = 0; at < wanted.length; at += chunk) {
        const answers = await analyzer.analyze(wanted.slice(at, at + chunk))
        answers.forEach((answer, i) => known.set(wanted[at + i]!, answer))
      }
    } finally {
      await closeWorkFolder(folder)
    }
    const found = texts.map(text => known.get(text) ?? { cycles: 0, warnings: [] })
    return {
      blocks: found.map(({ cycles }, i) => share(cycles, blocks[i]!)),
      warnings: [...new Set(found.flatMap(({ warnings }) => warnings))],
    }
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

  constructor(path: string, core: McaCore, folder: string) {
    this.#path = path
    this.#core = core
    this.#folder = folder
  }

  async analyze(texts: readonly string[]): Promise<readonly Analyzed[]> {
    const blocks = texts.map(text => text.split('\n'))
    const refused = texts.map((): string[] => [])
    let answer = await this.#run(blocks)
    if (answer.kind === 'refused') {
      for (const { block, line } of answer.places) {
        refused[block]!.push(blocks[block]![line]!)
        // Its place in the block stays, so that other places keep their numbers.
        blocks[block]![line] = ''
      }
      answer = await this.#run(blocks)
    }
    if (answer.kind === 'cycles') {
      return answer.cycles.map((cycles, i) => ({
        cycles: cycles + refused[i]!.length,
        warnings: refused[i]!.map(
          line => `llvm-mca does not know '${line}' of ${this.#core.cpu}: counted as 1 cycle`,
        ),
      }))
    }
    // It crashed, on which block it does not say.
    if (blocks.length > 1) {
      const half = blocks.length >> 1
      return [
        ...(await this.analyze(texts.slice(0, half))),
        ...(await this.analyze(texts.slice(half))),
      ]
    }
    const warning = 'llvm-mca fails on a block: 1 cycle for each of its instructions'
    return [{ cycles: blocks[0]!.length, warnings: [warning] }]
  }

  async #run(blocks: readonly (readonly string[])[]): Promise<Answer> {
    const lines: string[] = []
    const places: { readonly block: number; readonly line: number }[] = []
    for (const [block, text] of blocks.entries()) {
      lines.push(`# LLVM-MCA-BEGIN b${block}`)
      for (const [line, each] of text.entries()) {
        places[lines.length] = { block, line }
        lines.push(each)
      }
      // A label ends the IT block that the assembler may still be making of the last instructions.
      lines.push(`.Lend${block}:`, `# LLVM-MCA-END b${block}`)
    }
    await writeFiles(this.#folder, new Map([['blocks.s', `${lines.join('\n')}\n`]]))
    const views = ['-instruction-info=false', '-resource-pressure=false']
    const lenient = ['-arm-implicit-it=always', '-skip-unsupported-instructions=lack-sched']
    const target = [`-mtriple=${this.#core.triple}`, `-mcpu=${this.#core.cpu}`]
    const args = [...target, `-iterations=${rounds}`, ...views, ...lenient, 'blocks.s']
    const { code, stdout, stderr } = await runTool(this.#path, args, this.#folder)
    if (code !== 0) {
      const errors = stderr.matchAll(/^blocks\.s:(\d+):\d+: error:/gm)
      const numbers = new Set(Array.from(errors, ([, number]) => Number(number) - 1))
      const refused = [...numbers].flatMap(number => places[number] ?? [])
      return refused.length > 0 ? { kind: 'refused', places: refused } : { kind: 'crashed' }
    }
    const regions = stdout.split(/^\[\d+\] Code Region - b/m).slice(1)
    const found = regions.map(r => [Number.parseInt(r, 10), Number(total.exec(r)?.[1])] as const)
    const byNumber = new Map(found)
    // A region of instructions that cost nothing is left out of the answer.
    return { kind: 'cycles', cycles: blocks.map((_, i) => (byNumber.get(i) ?? 0) / rounds) }
  }
}

type Answer =
  | { readonly kind: 'cycles'; readonly cycles: readonly number[] }
  /** Instructions it could not read. */
  | {
      readonly kind: 'refused'
      readonly places: readonly { readonly block: number; readonly line: number }[]
    }
  | { readonly kind: 'crashed' }

const total = /^Total Cycles:\s+(\d+)$/m
