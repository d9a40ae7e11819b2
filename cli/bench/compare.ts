// Our figures beside those of other systems for the same model file, never mixing kinds of figures.

import type { BoardCycles } from '../../runtime/profile/board-cycles.ts'
import type { BenchResult } from './result.ts'
import { peers as recordedPeers, type Peer, type PeerFigure, type PeerKind } from './peers.ts'

/** What is compared of a run of ours. */
export interface OwnFigures extends Pick<
  BenchResult,
  'core' | 'macs' | 'instructions' | 'coreCycles' | 'sramBytes'
> {
  /** Weights, constants and code; null where the compiler did not tell. */
  readonly flashBytes: number | null
  /** For boards with this core. */
  readonly boards: readonly BoardCycles[]
}

export interface ModelKey {
  readonly sha256: string
  /** With `--io int8` the conversions at the ends are left out. */
  readonly io: 'int8' | 'model'
}

export interface ComparisonRow extends PeerFigure {
  readonly peer: string
  readonly version: string
  readonly cyclesPerMac: number | null
  /**
   * Their cycles over ours, where both were made the same way; else null. Above 1: ours is faster.
   */
  readonly speedup: number | null
}

export interface Comparison {
  readonly own: OwnFigures & { readonly cyclesPerMac: number | null }
  /** Made as ours. */
  readonly modelled: readonly ComparisonRow[]
  /** Published for real boards with this core. */
  readonly silicon: readonly ComparisonRow[]
  /** What must be known to read the rows, by peer. */
  readonly notes: Readonly<Record<string, readonly string[]>>
  /** Why there are no rows; '' when there are. */
  readonly missing: string
}

/** `peers` are looked through for the same file, ends and core. */
export function comparison(
  own: OwnFigures,
  model: ModelKey,
  peers: readonly Peer[] = recordedPeers,
): Comparison {
  const ofModel = peers.map(peer => ({
    ...peer,
    figures: peer.figures.filter(figure => isOf(figure, model)),
  }))
  const rowsOf = (kind: PeerKind): readonly ComparisonRow[] =>
    ofModel
      .filter(peer => peer.kind === kind)
      .flatMap(peer =>
        peer.figures
          .filter(({ core }) => core === own.core)
          .map(figure => rowOf(own, peer, figure)),
      )
      .sort(fastestFirst)
  const [modelled, silicon] = [rowsOf('modelled'), rowsOf('silicon')]
  const named = new Set([...modelled, ...silicon].map(({ peer }) => peer))
  const noted = ofModel.filter(({ peer }) => named.has(peer))
  return {
    own: { ...own, cyclesPerMac: perMac(own.coreCycles, own.macs) },
    ...{ modelled, silicon },
    notes: Object.fromEntries(noted.map(({ peer, notes }) => [peer, notes])),
    missing: named.size > 0 ? '' : reason(ofModel, own, model, peers),
  }
}

function isOf({ model }: PeerFigure, key: ModelKey): boolean {
  return model.sha256 === key.sha256 && (model.io === 'either' || model.io === key.io)
}

/** By cycles; those who publish none by time, after the others. */
function fastestFirst(a: ComparisonRow, b: ComparisonRow): number {
  if (a.cycles !== null || b.cycles !== null) {
    return a.cycles === null ? 1 : b.cycles === null ? -1 : a.cycles - b.cycles
  }
  return (a.milliseconds ?? Infinity) - (b.milliseconds ?? Infinity)
}

function rowOf(own: OwnFigures, peer: Peer, figure: PeerFigure): ComparisonRow {
  const { cycles } = figure
  const same = peer.kind === 'modelled' && cycles !== null && own.coreCycles > 0
  return {
    ...figure,
    ...{ peer: peer.peer, version: peer.version },
    cyclesPerMac: perMac(cycles, own.macs),
    speedup: same ? Math.round((cycles / own.coreCycles) * 1000) / 1000 : null,
  }
}

function perMac(cycles: number | null, macs: number): number | null {
  return cycles === null || macs === 0 ? null : Math.round((cycles / macs) * 1000) / 1000
}

function reason(
  ofModel: readonly Peer[],
  own: OwnFigures,
  model: ModelKey,
  peers: readonly Peer[],
): string {
  const cores = new Set(ofModel.flatMap(({ figures }) => figures.map(({ core }) => core)))
  if (cores.size > 0) {
    return `no peer has figures of this model for ${own.core}, only for ${[...cores].join(', ')}`
  }
  const known = peers.flatMap(({ figures }) => figures).filter(f => f.model.sha256 === model.sha256)
  const ends = known.some(({ model: { io } }) => io === 'int8')
  if (ends) return 'peers have figures of this model with int8 ends only: add --io int8'
  return `no peer has figures of this model (SHA-256 ${model.sha256.slice(0, 16)}…)`
}
