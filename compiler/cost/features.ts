// The features of a call that its cost is made of.

import type { KernelCall, WorkCounts } from '../../kernels/op.ts'

/** What a call costs each time it is made, whatever its shape. */
export const callsFeature = 'calls'

/** Features of one batch: of each call of the kernel, of each group of rows, and of all rows together. */
export interface Features {
  readonly run: WorkCounts
  readonly group: WorkCounts
  readonly rows: WorkCounts
}

/** Kernels that count nothing are judged by their products and outputs. */
export function featuresOf(call: KernelCall, outputBytes: number): Features {
  const { counts, runCounts, groupCounts, macs, batches } = call
  const counted = Object.keys(counts).length > 0
  return {
    run: { [callsFeature]: 1, ...runCounts },
    group: groupCounts,
    rows: counted
      ? { ...counts, ...formCounts(call) }
      : { macs: macs / batches, outputs: outputBytes },
  }
}

/** Counts that cost more in some forms of a kernel, and the static parameters that choose the form. */
const forms: Readonly<Record<string, readonly [count: string, statics: readonly string[]]>> = {
  'depthwise_conv2d/dsp': ['outputs', ['form', 'clamped']],
  'depthwise_conv2d/groups': ['outputs', ['form', 'clamped']],
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

/** Groups of rows that a call makes of `rows` rows; of an average number of them about so many. */
export function groupsIn({ groupRows }: KernelCall, rows: number): number {
  return Number.isInteger(rows) ? Math.ceil(rows / groupRows) : Math.max(1, rows / groupRows)
}

/** Features of calls that do so many of the call's rows each, of all batches. */
export function workOf(
  call: KernelCall,
  outputBytes: number,
  runRows: readonly number[],
): ReadonlyMap<string, number> {
  const features = featuresOf(call, outputBytes)
  const work = new Map<string, number>()
  const add = (counts: WorkCounts, times: number): void => {
    for (const [name, count] of Object.entries(counts)) {
      work.set(name, (work.get(name) ?? 0) + count * times * call.batches)
    }
  }
  for (const rows of runRows) {
    add(features.run, 1)
    add(features.group, groupsIn(call, rows))
    add(features.rows, rows / call.outputRows)
  }
  return work
}
