// Counts live bytes while a segment runs, without building a schedule: the inner loop of the search.

import { groupRowsOf } from './cost.ts'
import { flowOf, type Flow, type InputFlow } from './flow.ts'
import type { StorageId } from './schedule.ts'
import { streamFlows } from './stream.ts'
import type { Steps } from './steps.ts'

/** What the search asks about every segment it considers. */
export interface SegmentFigures {
  /** Largest sum of live row bytes and scratch in one of its runs. */
  readonly peakBytes: number
  /** Runs by step of the segment, and groups of rows that these do together (`groupRowsOf`). */
  readonly runs: Int32Array
  readonly groups: Int32Array
}

const never = Number.MAX_SAFE_INTEGER

/** Flows and lifetimes of all steps, prepared once for any number of segments. */
export class SegmentMeter {
  readonly #steps: Steps
  readonly #whole: readonly Flow[]
  readonly #streamed: readonly Flow[]
  /** By storage: the step that writes it, -1 for what is there before the first. */
  readonly #producer: Int32Array
  /** By storage: the last step that reads it. */
  readonly #lastUse: Float64Array
  /** By storage: where streamed steps read it. */
  readonly #readers: readonly Reader[][]
  /** By storage: how many of its first n rows are ever read; the others die as they are written. */
  readonly #read: readonly Int32Array[]
  /** By step: bytes of storages that exist before it and are needed by it or later. */
  readonly #crossing: Float64Array

  readonly #groupRows: { readonly whole: Int32Array; readonly streamed: Int32Array }

  constructor(steps: Steps) {
    this.#steps = steps
    const [whole, streamed] = [false, true].map(way =>
      Int32Array.from(steps.steps, (_, index) => groupRowsOf(stepOf(steps, index, way))),
    )
    this.#groupRows = { whole: whole!, streamed: streamed! }
    const flow = (index: number, streamed: boolean): Flow =>
      flowOf(stepOf(steps, index, streamed), steps.storages, false)
    this.#whole = steps.steps.map((_, index) => flow(index, false))
    this.#streamed = steps.steps.map((_, index) =>
      steps.streamed.has(index) ? flow(index, true) : this.#whole[index]!,
    )
    this.#producer = new Int32Array(steps.storages.length).fill(-1)
    this.#lastUse = new Float64Array(steps.storages.length).fill(-1)
    for (const [index, step] of steps.steps.entries()) {
      if (step.output !== null) this.#producer[step.output] = index
      for (const id of step.inputs) if (id !== null) this.#lastUse[id] = index
    }
    for (const id of steps.resident.outputs) this.#lastUse[id] = never
    this.#readers = steps.storages.map(() => [])
    for (const [step, { inputs }] of this.#streamed.entries()) {
      for (const input of inputs) this.#readers[input.storage]!.push({ step, input })
    }
    this.#read = readRows(steps)
    this.#crossing = new Float64Array(steps.steps.length + 1)
    for (const { id, rows, rowBytes } of steps.storages) {
      const end = Math.min(this.#lastUse[id]!, steps.steps.length)
      for (let at = this.#producer[id]! + 1; at <= end; at++) {
        this.#crossing[at]! += this.#read[id]![rows]! * rowBytes
      }
    }
  }

  /** Bytes of the graph inputs that are there before the first step. */
  get residentBytes(): number {
    const { resident, storages } = this.#steps
    return resident.inputs.reduce((sum, id) => {
      const { rows, rowBytes } = storages[id]!
      return sum + rows * rowBytes
    }, 0)
  }

  /** Steps [first, end) in runs of at most `band` positions; a single step as a whole when infinite. */
  measure(first: number, end: number, band: number): SegmentFigures {
    const whole = band === Infinity
    const flows = (whole ? this.#whole : this.#streamed).slice(first, end)
    const count = new LiveCount(this.#crossing[first]!)
    const [runs, groups] = [new Int32Array(flows.length), new Int32Array(flows.length)]
    const groupRows = (whole ? this.#groupRows.whole : this.#groupRows.streamed).slice(first, end)
    const meters = flows.map((flow, i) => this.#meter(flow, first, i, end, whole, count))
    streamFlows(flows, band, (index, from, to) => {
      runs[index]!++
      groups[index]! += Math.ceil((to - from) / groupRows[index]!)
      meters[index]!(from, to)
    })
    // Before the first run, inputs hold all that the caller has written, read or not.
    const peakBytes = first === 0 ? Math.max(count.peak, this.residentBytes) : count.peak
    return { peakBytes, runs, groups }
  }

  /** What one flow does to the count when it runs. */
  #meter(
    flow: Flow,
    first: number,
    index: number,
    end: number,
    whole: boolean,
    count: LiveCount,
  ): (from: number, to: number) => void {
    const { storages } = this.#steps
    const step = stepOf(this.#steps, first + index, !whole)
    const counted = (id: StorageId): StorageCount =>
      count.storage(id, storages[id]!.rowBytes, this.#read[id]!)
    const output = flow.output === null ? null : counted(flow.output)
    if (output !== null && this.#lastUse[flow.output!]! < first + index) output.freed = never
    const drains: Drain[] = []
    for (const { storage } of flow.inputs) {
      if (this.#lastUse[storage]! >= end || drains.some(d => d.id === storage)) continue
      const of = counted(storage)
      // All of what an earlier segment has left is there.
      if (this.#producer[storage]! < first) of.written = storages[storage]!.rows
      const readers = whole
        ? flow.inputs.filter(i => i.storage === storage).map(input => ({ step: first, input }))
        : this.#readers[storage]!.filter(({ step: reader }) => reader >= first)
      const overwritten = step.inPlace.some(position => step.inputs[position] === storage)
      drains.push({ id: storage, of, readers, overwritten })
    }
    const { done } = count
    const { scratchBytes, keepsScratch } = step
    return (from, to) => {
      done[index] = to
      if (keepsScratch && from === 0) count.live += scratchBytes
      let added = 0
      let kept = 0
      if (output !== null) {
        const before = liveBytes(output)
        added = (flow.written[to]! - flow.written[from]!) * output.rowBytes
        output.written = flow.written[to]!
        kept = liveBytes(output) - before
      }
      let freed = 0
      let replaced = 0
      for (const { of, readers, overwritten } of drains) {
        let mark = never
        for (const { step: reader, input } of readers) {
          mark = Math.min(mark, input.frees[done[reader - first] ?? 0]!)
        }
        const before = liveBytes(of)
        of.freed = Math.max(of.freed, mark)
        const bytes = before - liveBytes(of)
        freed += bytes
        if (overwritten) replaced = Math.max(replaced, Math.min(bytes, added))
      }
      const scratch = keepsScratch ? 0 : scratchBytes
      count.peak = Math.max(count.peak, count.live + added + scratch - replaced)
      count.live += kept - freed
      if (keepsScratch && to === flow.positions) count.live -= scratchBytes
    }
  }
}

/** The step at a position, as it runs alone or streamed with others. */
export function stepOf(steps: Steps, index: number, streamed: boolean): Steps['steps'][number] {
  return (streamed ? steps.streamed.get(index) : undefined) ?? steps.steps[index]!
}

interface Drain {
  readonly id: StorageId
  readonly of: StorageCount
  readonly readers: readonly Reader[]
  readonly overwritten: boolean
}

interface Reader {
  readonly step: number
  readonly input: InputFlow
}

interface StorageCount {
  readonly rowBytes: number
  readonly read: Int32Array
  written: number
  freed: number
}

/** Bytes of rows that are written and will be read, or that leave the segment. */
function liveBytes({ rowBytes, read, written, freed }: StorageCount): number {
  return freed >= written ? 0 : (read[written]! - read[freed]!) * rowBytes
}

function readRows({ steps, storages, resident }: Steps): readonly Int32Array[] {
  const isRead = storages.map(({ rows }) => new Uint8Array(rows))
  for (const id of resident.outputs) isRead[id]!.fill(1)
  for (const { inputs, reads, positions } of steps) {
    for (const [index, id] of inputs.entries()) {
      if (id === null) continue
      const { begin, end } = reads[index]!
      for (let p = 0; p < positions; p++) isRead[id]!.fill(1, begin[p], end[p])
    }
  }
  return isRead.map(rows => {
    let count = 0
    return Int32Array.from([0, ...rows], row => (count += row))
  })
}

class LiveCount {
  readonly done: number[] = []
  live: number
  peak: number
  readonly #storages = new Map<StorageId, StorageCount>()

  constructor(live: number) {
    this.live = live
    this.peak = live
  }

  storage(id: StorageId, rowBytes: number, read: Int32Array): StorageCount {
    let found = this.#storages.get(id)
    if (found === undefined) {
      found = { rowBytes, read, written: 0, freed: 0 }
      this.#storages.set(id, found)
    }
    return found
  }
}
