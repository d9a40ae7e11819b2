// Digest of what the authors of MCUNet published for networks whose files are at hand.

import type { Peer, PeerFigure } from '../../../cli/bench/peers.ts'
import { recordedModels, unknown } from './models.ts'

type Cell = number | 'OOM'

interface Recorded {
  readonly tinyengine_readme_H743: {
    readonly source: string
    readonly flags: string
    readonly columns: readonly string[]
    readonly latency_ms: Readonly<Record<string, readonly Cell[]>>
    readonly peak_sram_kB: Readonly<Record<string, readonly Cell[]>>
    readonly flash_kB: Readonly<Record<string, readonly Cell[]>>
  }
}

/** The published names of networks; the schedule of mcunet-vww1 is that of the file mcunet_vww. */
const networks = { 'mcunet-vww1': 'tinyengine_vww_i8io', 'mcunet-in3': 'mcunet-in3' }

export function mcunetPeers(value: unknown): readonly Peer[] {
  const { source, flags, columns, ...tables } = (value as Recorded).tinyengine_readme_H743
  const at = (table: Readonly<Record<string, readonly Cell[]>>, name: string, column: number) => {
    const cell = table[name]?.[column]
    return typeof cell === 'number' ? cell : null
  }
  const kilo = (value: number | null): number | null => (value === null ? null : value * 1000)
  return columns.map((version, column) => ({
    peer: `${version.replace(/ \S+$/, '')} (as published for MCUNet)`,
    kind: 'silicon',
    version,
    notes: [
      'The clock is not stated, so that no cycles follow; the chip runs at up to 480 MHz.',
      'Published in kB, taken for 1000 bytes.',
    ],
    figures: Object.entries(networks).flatMap(([name, recorded]): PeerFigure[] => {
      const model = recordedModels[recorded]
      const milliseconds = at(tables.latency_ms, name, column)
      if (model === undefined || milliseconds === null) return []
      return [
        {
          ...{ ...unknown, model, milliseconds, source, compiler: flags },
          variant: `${version}, ${name}`,
          core: 'cortex-m7',
          board: 'STM32H743',
          sramBytes: kilo(at(tables.peak_sram_kB, name, column)),
          flashBytes: kilo(at(tables.flash_kB, name, column)),
        },
      ]
    }),
  }))
}
