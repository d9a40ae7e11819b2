// The features of a call that its cost is made of.

import type { KernelCall, WorkCounts } from '../../kernels/op.ts'

/** What a call costs each time it is made, whatever its shape. */
export const callsFeature = 'calls'

/** Features of one batch: those of each call of the kernel, and those of all of its rows together. */
export interface Features {
  readonly run: WorkCounts
  readonly rows: WorkCounts
}

/** Kernels that count nothing are judged by their products and outputs. */
export function featuresOf(call: KernelCall, outputBytes: number): Features {
  const { counts, runCounts, macs, batches } = call
  const counted = Object.keys(counts).length > 0
  return {
    run: { [callsFeature]: 1, ...runCounts },
    rows: counted ? counts : { macs: macs / batches, outputs: outputBytes },
  }
}

/** Features of `runs` calls that do `rows` of the call's rows together, of all batches. */
export function workOf(
  call: KernelCall,
  outputBytes: number,
  runs: number,
  rows: number,
): ReadonlyMap<string, number> {
  const features = featuresOf(call, outputBytes)
  const work = new Map<string, number>()
  const add = (counts: WorkCounts, times: number): void => {
    for (const [name, count] of Object.entries(counts)) {
      work.set(name, (work.get(name) ?? 0) + count * times * call.batches)
    }
  }
  add(features.run, runs)
  add(features.rows, rows / call.outputRows)
  return work
}
