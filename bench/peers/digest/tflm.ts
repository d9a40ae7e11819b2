// Digest of TensorFlow Lite Micro with CMSIS-NN as it was built and counted here.

import type { Peer, PeerFigure } from '../../../cli/bench/peers.ts'
import { recordedModels, unknown } from './models.ts'

interface Build {
  readonly instructions: number
  readonly cycles_modelled: number
  readonly arena_used: number
  readonly code: number
}

interface Recorded {
  readonly provenance: {
    readonly repositories: Readonly<Record<string, string>>
    readonly compiler: string
    readonly qemu: string
  }
  readonly models: Readonly<
    Record<
      string,
      {
        readonly sha256: string
        readonly model_bytes: number
        readonly cpu: Readonly<Record<string, Readonly<Record<string, Build>>>>
      }
    >
  >
  readonly bit_exactness: Readonly<
    Record<
      string,
      { readonly same_output_as_host_reference_kernels: Readonly<Record<string, boolean>> }
    >
  >
}

const builds = { O2: '-O2 (defaults of its makefile)', Ofast: '-Ofast (defaults of CMSIS-NN)' }

export function tflmPeer(value: unknown): Peer {
  const recorded = value as Recorded
  const { repositories, compiler, qemu } = recorded.provenance
  const of = (repository: string): string => (repositories[repository] ?? '').slice(0, 12)
  const figures = Object.entries(recorded.models).flatMap(([name, model]) =>
    Object.entries(model.cpu).flatMap(([core, byBuild]) =>
      Object.entries(builds).flatMap(([key, variant]): PeerFigure[] => {
        const build = byBuild[key]
        const known = recordedModels[name]
        if (build === undefined || known === undefined) return []
        // Taking operators out changes the file, so that only unchanged ones can be checked.
        if (known.io !== 'int8' && known.sha256 !== model.sha256) throw new Error(name)
        const exact = recorded.bit_exactness[name]?.same_output_as_host_reference_kernels
        return [
          {
            ...{ ...unknown, model: known, variant, core, compiler },
            instructions: build.instructions,
            cycles: build.cycles_modelled,
            sramBytes: build.arena_used,
            flashBytes: build.code + model.model_bytes,
            exact: exact?.[`${core} ${key}`] ?? null,
            source: `built from source and counted in qemu-system-arm ${qemu.split(';')[0] ?? qemu}`,
          },
        ]
      }),
    ),
  )
  return {
    peer: 'TFLM + CMSIS-NN',
    kind: 'modelled',
    version: `tflite-micro ${of('tensorflow/tflite-micro')}, CMSIS-NN ${of('ARM-software/CMSIS-NN')}`,
    notes: [
      'Instructions are exact, cycles are of a core whose memory never waits: as `thimble bench` makes them.',
      'SRAM is the arena as the interpreter reports it, flash is code (int8 kernels only) and model file.',
    ],
    figures,
  }
}
