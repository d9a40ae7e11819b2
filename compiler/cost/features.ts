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
    rows: counted
      ? { ...counts, ...formCounts(call) }
      : { macs: macs / batches, outputs: outputBytes },
  }
}

/** Counts that cost more in some forms of a kernel, and the static parameters that choose the form. */
const forms: Readonly<Record<string, readonly [count: string, statics: readonly string[]]>> = {
  'depthwise_conv2d/dsp': ['outputs', ['form', 'clamped']],
  'add/dsp': ['elements', ['clamps']],
  'add/portable': ['elements', ['clamps']],
  'mul/dsp': ['elements', ['clamps']],
  'mul/portable': ['elements', ['clamps']],
}

/** What such a form adds to the plainest one, all parameters 0: a feature for each of its values. */
function formCounts({ kernel, counts, statics }: KernelCall): WorkCounts {
  const [name, choosing] = forms[kernel] ?? ['', []]
  const entries = choosing.flatMap(parameter => {
    const value = statics[parameter] ?? 0
    return value === 0 ? [] : [[`${name} ${parameter} ${value}`, counts[name] ?? 0] as const]
  })
  return Object.fromEntries(entries)
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
