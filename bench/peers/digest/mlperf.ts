// Digest of MLPerf Tiny: the fastest published run of each engine for each chip and model.

import type { Peer, PeerFigure } from '../../../cli/bench/peers.ts'
import { mlperfModels, unknown } from './models.ts'

interface Row {
  readonly round: string
  readonly division: string
  readonly submitter: string
  readonly board: string
  readonly core: string
  readonly clock_mhz: number
  readonly accelerator?: string
  readonly framework: string
  readonly compiler?: string
  readonly task: string
  readonly cycles_per_inference: number | null
  readonly ms_per_inference: number | null
  readonly source: string
}

const engines: Readonly<Record<string, RegExp>> = {
  'X-CUBE-AI': /^X-CUBE-AI/,
  Plumerai: /^Plumerai/,
  HALE: /\bHALE\b/,
  microTVM: /^microTVM/,
  ONNC: /^ONNC/,
  'TFLM reference': /^TensorFlow Lite for Microcontrollers v2/,
}

const cores: Readonly<Record<string, string>> = {
  'Cortex-M0+': 'cortex-m0plus',
  'Cortex-M33': 'cortex-m33',
  'Cortex-M4': 'cortex-m4',
  'Cortex-M7': 'cortex-m7',
}

/** One peer per engine. */
export function mlperfPeers(value: unknown): readonly Peer[] {
  const rows = (value as { readonly table: readonly Row[] }).table
  return Object.entries(engines).map(([peer, pattern]) => ({
    peer,
    kind: 'silicon',
    version: 'MLPerf Tiny v0.5 to v1.3, closed division',
    notes: [
      'Cycles are nominal clock over throughput: flash wait states and caches are inside.',
      'The fastest run of all rounds for each chip. Whether its bytes equal TFLite is not published.',
    ],
    figures: fastest(rows.filter(row => pattern.test(row.framework) && counts(row))).map(figure),
  }))
}

function counts(row: Row): boolean {
  const { task, core, division, accelerator, cycles_per_inference: cycles } = row
  const plain = division === 'closed' && accelerator === undefined && cycles !== null
  return plain && Object.hasOwn(cores, core) && Object.hasOwn(mlperfModels, task)
}

function fastest(rows: readonly Row[]): readonly Row[] {
  const best = new Map<string, Row>()
  for (const row of rows) {
    const key = `${row.core} ${row.board.toUpperCase()} ${row.task}`
    const known = best.get(key)
    const cycles = row.cycles_per_inference ?? Infinity
    if (known === undefined || cycles < (known.cycles_per_inference ?? Infinity)) best.set(key, row)
  }
  return [...best.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

function figure(row: Row): PeerFigure {
  const model = mlperfModels[row.task]
  if (model === undefined) throw new Error(row.task)
  return {
    ...{ ...unknown, model },
    variant: `${row.framework}, ${row.round}, submitted by ${row.submitter}`,
    core: cores[row.core] ?? row.core,
    board: row.board,
    clockHz: row.clock_mhz * 1e6,
    cycles: row.cycles_per_inference,
    milliseconds: row.ms_per_inference,
    compiler: row.compiler ?? null,
    source: row.source,
  }
}
