// How far the models of cores are from published silicon: `npx tsx bench/validation.ts [--json]`.

import { fileURLToPath } from 'node:url'
import { peers, type PeerFigure } from '../cli/bench/peers.ts'

/** One network on one board: a publication, and the model of the same kernels on the same core. */
export interface ValidationRow {
  readonly board: string
  readonly core: string
  readonly network: string
  /** Whose kernels ran on both sides. */
  readonly kernels: string
  /** Million cycles, published: wait states and caches are inside. */
  readonly silicon: number
  /** Million cycles, modelled with memory that never waits. */
  readonly modelled: number
  /** silicon / modelled. */
  readonly ratio: number
  /** What is assumed or differs; '' for nothing. */
  readonly but: string
  readonly source: string
}

const all = peers.flatMap(({ peer, kind, figures }) => figures.map(f => ({ peer, kind, ...f })))

/** The clock at which the H743 results are taken to have run: they do not say. */
const assumedHz = 480e6

const million = (cycles: number): number => Math.round(cycles / 1e4) / 100

function row(
  published: PeerFigure,
  modelled: PeerFigure,
  kernels: string,
  but: string,
): readonly ValidationRow[] {
  const { milliseconds, cycles, board, core, model, source } = published
  const silicon = cycles ?? (milliseconds ?? 0) * 1e-3 * assumedHz
  if (modelled.cycles === null || silicon === 0 || board === null) return []
  return [
    {
      ...{ board, core, network: model.name, kernels, but, source },
      silicon: million(silicon),
      modelled: million(modelled.cycles),
      ratio: Math.round((silicon / modelled.cycles) * 100) / 100,
    },
  ]
}

/** The figure of the same network and core with the fewest cycles among those of `variant`. */
function modelledOf(published: PeerFigure, peer: string, variant: RegExp): PeerFigure | undefined {
  const { sha256, io } = published.model
  return all.find(
    f =>
      f.peer === peer &&
      f.kind === 'modelled' &&
      variant.test(f.variant) &&
      f.core === published.core &&
      f.model.sha256 === sha256 &&
      f.model.io === io,
  )
}

/** microTVM with CMSIS-NN against TFLM with CMSIS-NN: the same kernels do nearly all of the work. */
function cmsisOnMlperf(): readonly ValidationRow[] {
  return all
    .filter(f => f.peer === 'microTVM' && /cmsis[-_]?nn/i.test(f.source))
    .flatMap(published => {
      const modelled = modelledOf(published, 'TFLM + CMSIS-NN', /^-O2/)
      if (modelled === undefined) return []
      return row(published, modelled, 'CMSIS-NN', 'microTVM on the board, TFLM in the model')
    })
}

/** The H743 table of the authors of MCUNet. */
function mcunetOnH743(): readonly ValidationRow[] {
  const clock = `clock not published, ${assumedHz / 1e6} MHz assumed`
  return all
    .filter(f => f.board === 'STM32H743')
    .flatMap(published => {
      const isTiny = /^TinyEngine/.test(published.variant)
      const isCmsis = /^CMSIS-NN/.test(published.variant)
      if (!isTiny && !isCmsis) return []
      const modelled = isTiny
        ? modelledOf(published, 'TinyEngine', /^layer-fp/)
        : modelledOf(published, 'TFLM + CMSIS-NN', /^-Ofast/)
      if (modelled === undefined) return []
      return row(published, modelled, isTiny ? 'TinyEngine' : 'CMSIS-NN', clock)
    })
}

export function validation(): readonly ValidationRow[] {
  return [...cmsisOnMlperf(), ...mcunetOnH743()]
}

/** The table of docs/measuring.md. */
export function validationTable(rows: readonly ValidationRow[]): string {
  const head = [
    '| board | core | network | kernels | published, M cycles | modelled, M cycles | ratio | but |',
    '|---|---|---|---|---|---|---|---|',
  ]
  const lines = rows.map(
    ({ board, core, network, kernels, silicon, modelled, ratio, but }) =>
      `| ${board} | ${core} | ${network} | ${kernels} | ${silicon.toFixed(2)} | ${modelled.toFixed(2)} | ${ratio.toFixed(2)} | ${but} |`,
  )
  return [...head, ...lines].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = validation()
  const json = process.argv.includes('--json')
  process.stdout.write(`${json ? JSON.stringify(rows, null, 2) : validationTable(rows)}\n`)
}
