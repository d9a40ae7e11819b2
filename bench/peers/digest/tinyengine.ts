// Digest of TinyEngine as it was generated, built and counted here.

import type { Peer, PeerFigure } from '../../../cli/bench/peers.ts'
import { mlperfModels, recordedModels, unknown } from './models.ts'

interface Recorded {
  readonly commit: string
  readonly toolchain: string
  readonly emulator: string
  readonly models: readonly {
    readonly model: string
    readonly sha256: string
    readonly mode: string
    readonly mode_note: string
    readonly validity: string
    readonly sram: { readonly peakmem_total: number; readonly total_with_full_input?: number }
    readonly cpu: Readonly<
      Record<
        string,
        {
          readonly instructions: number
          readonly cycles_tool: number
          readonly flash_total: number
        }
      >
    >
  }[]
}

export function tinyenginePeer(value: unknown): Peer {
  const recorded = value as Recorded
  const known = [...Object.values(mlperfModels), recordedModels['tinyengine_vww_i8io']]
  const figures = recorded.models.flatMap(entry => {
    const model = known.find(each => each?.sha256 === entry.sha256)
    if (model === undefined) return []
    return Object.entries(entry.cpu).map(([core, cpu]): PeerFigure => {
      return {
        ...{ ...unknown, model, core, compiler: recorded.toolchain },
        variant: `${entry.mode}: ${entry.mode_note}; ${entry.validity}`,
        instructions: cpu.instructions,
        cycles: cpu.cycles_tool,
        sramBytes: entry.sram.total_with_full_input ?? entry.sram.peakmem_total,
        flashBytes: cpu.flash_total,
        exact: entry.validity === 'bit-exact with TFLite',
        source: `generated, built and counted in ${recorded.emulator.split(',')[0] ?? ''}`,
      }
    })
  })
  return {
    peer: 'TinyEngine',
    kind: 'modelled',
    version: `mit-han-lab/tinyengine ${recorded.commit.slice(0, 12)}`,
    notes: [
      'Instructions are exact, cycles are of a core whose memory never waits: as `thimble bench` makes them.',
      'The generator refuses kws_ref_model and takes only int8 ends.',
      'SRAM is its arena with buffers, with the whole input where that lies outside; flash is the whole image.',
    ],
    figures,
  }
}
