// Figures of other systems for models that can be recognised by their files, each with source and kind.

import mcunet from '../../bench/peers/mcunet-published.json' with { type: 'json' }
import mlperf from '../../bench/peers/mlperf-tiny.json' with { type: 'json' }
import tflm from '../../bench/peers/tflm-cmsis-nn.json' with { type: 'json' }
import tinyengine from '../../bench/peers/tinyengine.json' with { type: 'json' }

/**
 * `modelled`: built and run as we do here: exact instructions in QEMU, cycles of the core by model, with
 * memory that never waits. `silicon`: published by others for a real board, wait states included. The
 * two are never set against each other.
 */
export type PeerKind = 'modelled' | 'silicon'

export interface PeerModel {
  /** Of the .tflite file. */
  readonly sha256: string
  readonly name: string
  /**
   * `int8`: without the conversions at its ends; `model`: with them; `either`: the file has int8 ends.
   */
  readonly io: 'int8' | 'model' | 'either'
}

export interface PeerFigure {
  readonly model: PeerModel
  /** How it was set up: build flags, mode of the generator, version. */
  readonly variant: string
  readonly core: string
  /** The board or chip of silicon; null for models of a core. */
  readonly board: string | null
  /** null where the publication does not say. */
  readonly clockHz: number | null
  readonly instructions: number | null
  readonly cycles: number | null
  readonly milliseconds: number | null
  /** All static RAM the peer asks for an inference; null where not published. */
  readonly sramBytes: number | null
  /** Code and constants. */
  readonly flashBytes: number | null
  /** Whether its bytes are TFLite's; null where nobody has looked. */
  readonly exact: boolean | null
  readonly compiler: string | null
  /** Where this figure is to be found. */
  readonly source: string
}

export interface Peer {
  readonly peer: string
  readonly kind: PeerKind
  /** Version, commit or rounds. */
  readonly version: string
  /** What must be known to read the figures. */
  readonly notes: readonly string[]
  readonly figures: readonly PeerFigure[]
}

export const peers: readonly Peer[] = [
  ...([tflm, tinyengine] as Peer[]),
  ...(mlperf as Peer[]),
  ...(mcunet as Peer[]),
]
